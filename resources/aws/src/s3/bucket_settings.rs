//! Sends what differs of a bucket's settings, one after the other: S3 takes one change of a bucket at a time.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, LoggingEnabled,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tagging, VersioningConfiguration,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::bucket_more::{put_cors, put_grants, take_off};
use super::bucket_read::{encryption_of, lifecycle_of, log_of};
use super::bucket_values::{sdk_rules, sdk_tags};
use super::common::unfit;
use crate::document::to_text;
use crate::failure::refused;
use crate::session::Region;
use crate::values::Inputs;

/// Whether a property differs.
type Differs<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// Puts each setting whole that has a property which differs.
///
/// The public access block comes before the policy that it may refuse or let through.
pub async fn converge(
    aws: &Region,
    bucket: &str,
    desired: &Map,
    differs: Differs<'_>,
) -> Result<(), Failure> {
    let any = |names: &[&str]| names.iter().any(|name| differs(name));
    // An access list of others and an owner who alone counts exclude each other, in either order.
    let listless = desired.text("object_ownership") == Some("BucketOwnerEnforced");
    if differs("grants") && listless {
        put_grants(aws, bucket, desired).await?;
    }
    if differs("object_ownership") {
        put_ownership(aws, bucket, desired).await?;
    }
    if any(&["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"]) {
        put_block(aws, bucket, desired).await?;
    }
    if differs("grants") && !listless {
        put_grants(aws, bucket, desired).await?;
    }
    if differs("versioning_status") {
        let status = desired.text("versioning_status").map(BucketVersioningStatus::from);
        let configuration = VersioningConfiguration::builder().set_status(status).build();
        let call = aws.s3().put_bucket_versioning().bucket(bucket).versioning_configuration(configuration);
        call.send().await.map_err(|error| refused("s3:PutBucketVersioning", &error))?;
    }
    if any(&["sse_algorithm", "kms_master_key_id", "bucket_key_enabled"]) {
        put_encryption(aws, bucket, desired).await?;
    }
    if differs("policy") {
        put_policy(aws, bucket, desired.get("policy").filter(|policy| !policy.is_null())).await?;
    }
    if differs("lifecycle_rules") {
        put_rules(aws, bucket, desired).await?;
    }
    if differs("cors_rules") {
        put_cors(aws, bucket, desired).await?;
    }
    if differs("more_settings") {
        take_off(aws, bucket).await?;
    }
    if differs("logging") {
        put_logging(aws, bucket, desired).await?;
    }
    if differs("tags") {
        put_tags(aws, bucket, desired).await?;
    }
    Ok(())
}

async fn put_ownership(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let unbuilt = |error| unfit("s3:PutBucketOwnershipControls", "RequestNotBuilt", error);
    let ownership = desired.text("object_ownership").map(ObjectOwnership::from);
    let rule = OwnershipControlsRule::builder().set_object_ownership(ownership).build().map_err(unbuilt)?;
    let controls = OwnershipControls::builder().rules(rule).build().map_err(unbuilt)?;
    let call = aws.s3().put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls);
    call.send().await.map_err(|error| refused("s3:PutBucketOwnershipControls", &error))?;
    Ok(())
}

async fn put_block(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let block = PublicAccessBlockConfiguration::builder()
        .set_block_public_acls(desired.flag("block_public_acls"))
        .set_ignore_public_acls(desired.flag("ignore_public_acls"))
        .set_block_public_policy(desired.flag("block_public_policy"))
        .set_restrict_public_buckets(desired.flag("restrict_public_buckets"))
        .build();
    let call = aws.s3().put_public_access_block().bucket(bucket).public_access_block_configuration(block);
    call.send().await.map_err(|error| refused("s3:PutPublicAccessBlock", &error))?;
    Ok(())
}

async fn put_encryption(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let unbuilt = |error| unfit("s3:PutBucketEncryption", "RequestNotBuilt", error);
    let by = ServerSideEncryptionByDefault::builder()
        .set_sse_algorithm(desired.text("sse_algorithm").map(ServerSideEncryption::from))
        .set_kms_master_key_id(desired.text("kms_master_key_id").map(str::to_owned))
        .build()
        .map_err(unbuilt)?;
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by)
        .set_bucket_key_enabled(desired.flag("bucket_key_enabled"))
        // Which other encryptions are refused hangs on the same rule: put without it, they would be let in.
        .set_blocked_encryption_types(
            encryption_of(aws, bucket).await?.and_then(|rule| rule.blocked_encryption_types),
        )
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(unbuilt)?;
    let call = aws.s3().put_bucket_encryption().bucket(bucket);
    let call = call.server_side_encryption_configuration(configuration);
    call.send().await.map_err(|error| refused("s3:PutBucketEncryption", &error))?;
    Ok(())
}

async fn put_policy(aws: &Region, bucket: &str, policy: Option<&Value>) -> Result<(), Failure> {
    match policy {
        Some(policy) => {
            let call = aws.s3().put_bucket_policy().bucket(bucket).policy(to_text(policy));
            call.send().await.map_err(|error| refused("s3:PutBucketPolicy", &error))?;
        }
        None => {
            let call = aws.s3().delete_bucket_policy().bucket(bucket);
            call.send().await.map_err(|error| refused("s3:DeleteBucketPolicy", &error))?;
        }
    }
    Ok(())
}

async fn put_rules(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let rules = sdk_rules(desired)?;
    if rules.is_empty() {
        let call = aws.s3().delete_bucket_lifecycle().bucket(bucket);
        call.send().await.map_err(|error| refused("s3:DeleteBucketLifecycle", &error))?;
        return Ok(());
    }
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
    let configuration =
        configuration.map_err(|error| unfit("s3:PutLifecycleConfiguration", "RequestNotBuilt", error))?;
    // Which small objects move hangs on the rules: without it, AWS's usual answer would hold.
    let size = lifecycle_of(aws, bucket).await?.and_then(|it| it.transition_default_minimum_object_size);
    let call = aws.s3().put_bucket_lifecycle_configuration().bucket(bucket);
    let call = call.set_transition_default_minimum_object_size(size).lifecycle_configuration(configuration);
    call.send().await.map_err(|error| refused("s3:PutLifecycleConfiguration", &error))?;
    Ok(())
}

/// An empty status turns the log off.
async fn put_logging(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let wanted = desired.get("logging").and_then(Value::as_map);
    // How its files are named and who may read them besides is not ours to set, and goes along.
    let standing = log_of(aws, bucket).await?;
    let logging = wanted.map(|logging| {
        LoggingEnabled::builder()
            .set_target_object_key_format(
                standing.as_ref().and_then(|it| it.target_object_key_format.clone()),
            )
            .set_target_grants(standing.as_ref().and_then(|it| it.target_grants.clone()))
            .set_target_bucket(logging.text("target_bucket").map(str::to_owned))
            .target_prefix(logging.text("target_prefix").unwrap_or_default())
            .build()
            .map_err(|error| unfit("s3:PutBucketLogging", "RequestNotBuilt", error))
    });
    let status = BucketLoggingStatus::builder().set_logging_enabled(logging.transpose()?).build();
    let call = aws.s3().put_bucket_logging().bucket(bucket).bucket_logging_status(status);
    call.send().await.map_err(|error| refused("s3:PutBucketLogging", &error))?;
    Ok(())
}

/// All tags at once: the call takes away what it does not name.
async fn put_tags(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let tagging = Tagging::builder().set_tag_set(Some(sdk_tags(desired)?)).build();
    let tagging = tagging.map_err(|error| unfit("s3:PutBucketTagging", "RequestNotBuilt", error))?;
    let call = aws.s3().put_bucket_tagging().bucket(bucket).tagging(tagging);
    call.send().await.map_err(|error| refused("s3:PutBucketTagging", &error))?;
    Ok(())
}
