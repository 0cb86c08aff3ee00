//! A bucket with all that hangs on it.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types::{
    LoggingEnabled, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryptionRule, Tag,
};
use finsight_engine::contract::{Failure, Health, Live};
use finsight_engine::value::{Map, Value};
use futures::future::{try_join3, try_join4};

use super::bucket_more::{cors_of, grants_of, more_of};
use super::bucket_values::rule_value;
use super::common::{answered, setting};
use crate::document::from_text;
use crate::session::Region;
use crate::values::Values;

/// Whether the bucket is there.
pub async fn stands(aws: &Region, bucket: &str) -> Result<bool, Failure> {
    let answer = aws.s3().head_bucket().bucket(bucket).send().await;
    Ok(answered("s3:HeadBucket", answer)?.is_some())
}

/// Its tags.
pub async fn tags_of(aws: &Region, bucket: &str) -> Result<Vec<Tag>, Failure> {
    let answer = aws.s3().get_bucket_tagging().bucket(bucket).send().await;
    Ok(setting("s3:GetBucketTagging", answer)?.map(|answer| answer.tag_set).unwrap_or_default())
}

/// The bucket in the shape of its spec.
pub async fn read_one(aws: &Region, bucket: &str) -> Result<Option<Live>, Failure> {
    if !stands(aws, bucket).await? {
        return Ok(None);
    }
    let first = try_join4(
        versioning_of(aws, bucket),
        encryption_of(aws, bucket),
        block_of(aws, bucket),
        ownership_of(aws, bucket),
    );
    let second = try_join4(
        policy_of(aws, bucket),
        rules_of(aws, bucket),
        logging_of(aws, bucket),
        tags_of(aws, bucket),
    );
    let third = try_join3(grants_of(aws, bucket), cors_of(aws, bucket), more_of(aws, bucket));
    let ((versioning, encryption, block, ownership), (policy, rules, logging, tags), (grants, cors, more)) =
        try_join3(first, second, third).await?;
    let by = encryption.as_ref().and_then(|rule| rule.apply_server_side_encryption_by_default());
    let blocks = |flag: Option<bool>| flag.unwrap_or(false);
    let properties = Values::new()
        .set("bucket", bucket)
        .set("versioning_status", versioning)
        .set("sse_algorithm", by.map_or("AES256", |by| by.sse_algorithm().as_str()))
        .set("kms_master_key_id", by.and_then(|by| by.kms_master_key_id()))
        .set("bucket_key_enabled", blocks(encryption.as_ref().and_then(|rule| rule.bucket_key_enabled())))
        .set("block_public_acls", blocks(block.block_public_acls()))
        .set("ignore_public_acls", blocks(block.ignore_public_acls()))
        .set("block_public_policy", blocks(block.block_public_policy()))
        .set("restrict_public_buckets", blocks(block.restrict_public_buckets()))
        // Without controls objects belong to who wrote them.
        .set("object_ownership", ownership.unwrap_or_else(|| "ObjectWriter".to_owned()))
        .set("policy", policy)
        .set("lifecycle_rules", Value::List(rules))
        .set("grants", Value::List(grants))
        .set("cors_rules", Value::List(cors))
        .list("more_settings", more)
        .set("logging", logging)
        .tags(tags.into_iter().map(|tag| (tag.key, tag.value)));
    let partition = &aws.account().partition;
    let outputs = Values::new()
        .set("arn", format!("arn:{partition}:s3:::{bucket}"))
        .set("bucket_domain_name", format!("{bucket}.s3.amazonaws.com"))
        .set("bucket_regional_domain_name", format!("{bucket}.s3.{}.amazonaws.com", aws.name()));
    Ok(Some(Live {
        id: bucket.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}

/// A bucket that never kept versions is as one that stopped.
async fn versioning_of(aws: &Region, bucket: &str) -> Result<String, Failure> {
    let answer = aws.s3().get_bucket_versioning().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketVersioning", answer)?;
    let status = answer.and_then(|answer| answer.status);
    Ok(status.map_or_else(|| "Suspended".to_owned(), |status| status.as_str().to_owned()))
}

pub(super) async fn encryption_of(
    aws: &Region,
    bucket: &str,
) -> Result<Option<ServerSideEncryptionRule>, Failure> {
    let answer = aws.s3().get_bucket_encryption().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketEncryption", answer)?;
    let configuration = answer.and_then(|answer| answer.server_side_encryption_configuration);
    Ok(configuration.and_then(|configuration| configuration.rules.into_iter().next()))
}

async fn block_of(aws: &Region, bucket: &str) -> Result<PublicAccessBlockConfiguration, Failure> {
    let answer = aws.s3().get_public_access_block().bucket(bucket).send().await;
    let answer = setting("s3:GetPublicAccessBlock", answer)?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    Ok(block.unwrap_or_else(|| PublicAccessBlockConfiguration::builder().build()))
}

async fn ownership_of(aws: &Region, bucket: &str) -> Result<Option<String>, Failure> {
    let answer = aws.s3().get_bucket_ownership_controls().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketOwnershipControls", answer)?;
    let controls = answer.and_then(|answer| answer.ownership_controls);
    let rule = controls.as_ref().and_then(|controls| controls.rules().first());
    Ok(rule.map(OwnershipControlsRule::object_ownership).map(|ownership| ownership.as_str().to_owned()))
}

async fn policy_of(aws: &Region, bucket: &str) -> Result<Option<Value>, Failure> {
    let answer = aws.s3().get_bucket_policy().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketPolicy", answer)?;
    Ok(answer.and_then(|answer| answer.policy).as_deref().map(from_text))
}

pub(super) async fn lifecycle_of(
    aws: &Region,
    bucket: &str,
) -> Result<Option<GetBucketLifecycleConfigurationOutput>, Failure> {
    let answer = aws.s3().get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    setting("s3:GetLifecycleConfiguration", answer)
}

async fn rules_of(aws: &Region, bucket: &str) -> Result<Vec<Value>, Failure> {
    let answer = lifecycle_of(aws, bucket).await?;
    Ok(answer.iter().flat_map(|answer| answer.rules()).map(rule_value).collect())
}

pub(super) async fn log_of(aws: &Region, bucket: &str) -> Result<Option<LoggingEnabled>, Failure> {
    let answer = aws.s3().get_bucket_logging().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketLogging", answer)?;
    Ok(answer.and_then(|answer| answer.logging_enabled))
}

async fn logging_of(aws: &Region, bucket: &str) -> Result<Option<Map>, Failure> {
    Ok(log_of(aws, bucket).await?.map(|logging| {
        let values = Values::new().set("target_bucket", logging.target_bucket());
        values.set("target_prefix", logging.target_prefix()).build()
    }))
}
