//! A bucket's access list and its rules for other origins; and what hangs on it that has no property.

use aws_sdk_s3::types::{
    AccessControlPolicy, CorsConfiguration, CorsRule, Grant, Grantee, NotificationConfiguration, Permission,
    Type,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{setting, unfit};
use crate::failure::refused;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Its access list besides what its owner has.
pub(super) async fn grants_of(aws: &Region, bucket: &str) -> Result<Vec<Value>, Failure> {
    let answer = aws.s3().get_bucket_acl().bucket(bucket).send().await;
    let Some(answer) = setting("s3:GetBucketAcl", answer)? else { return Ok(Vec::new()) };
    let owner = answer.owner.as_ref().and_then(|owner| owner.id().map(str::to_owned));
    let others = answer.grants().iter().filter(|grant| !is_owners(grant, owner.as_deref()));
    Ok(others.map(grant_value).collect())
}

fn is_owners(grant: &Grant, owner: Option<&str>) -> bool {
    let whole = grant.permission() == Some(&Permission::FullControl);
    whole && owner.is_some() && grant.grantee().and_then(Grantee::id) == owner
}

fn grant_value(grant: &Grant) -> Value {
    let grantee = grant.grantee().map(|grantee| match (grantee.id(), grantee.uri()) {
        (Some(id), _) => format!("id={id}"),
        (None, Some(uri)) => format!("uri={uri}"),
        (None, None) => grantee.email_address().unwrap_or_default().to_owned(),
    });
    let shown = Values::new().set("grantee", grantee);
    Value::Map(shown.set("permission", grant.permission().map(Permission::as_str)).build())
}

/// Puts the whole list: with what the owner has, who else would be locked out.
pub(super) async fn put_grants(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let unbuilt = |error| unfit("s3:PutBucketAcl", "RequestNotBuilt", error);
    let answer = aws.s3().get_bucket_acl().bucket(bucket).send().await;
    let owner = setting("s3:GetBucketAcl", answer)?.and_then(|answer| answer.owner);
    let id = owner.as_ref().and_then(|owner| owner.id()).unwrap_or_default();
    let mut grants = vec![sdk_grant(&format!("id={id}"), "FULL_CONTROL").map_err(unbuilt)?];
    for wanted in desired.maps("grants") {
        grants.push(sdk_grant(wanted.required("grantee")?, wanted.required("permission")?).map_err(unbuilt)?);
    }
    let list = AccessControlPolicy::builder().set_owner(owner.clone()).set_grants(Some(grants)).build();
    let call = aws.s3().put_bucket_acl().bucket(bucket).access_control_policy(list);
    call.send().await.map_err(|error| refused("s3:PutBucketAcl", &error))?;
    Ok(())
}

fn sdk_grant(grantee: &str, permission: &str) -> Result<Grant, aws_sdk_s3::error::BuildError> {
    let of = match grantee.strip_prefix("uri=") {
        Some(uri) => Grantee::builder().r#type(Type::Group).uri(uri),
        None => {
            Grantee::builder().r#type(Type::CanonicalUser).id(grantee.strip_prefix("id=").unwrap_or(grantee))
        }
    };
    Ok(Grant::builder().grantee(of.build()?).permission(Permission::from(permission)).build())
}

/// Its rules for other origins, in order.
pub(super) async fn cors_of(aws: &Region, bucket: &str) -> Result<Vec<Value>, Failure> {
    let answer = aws.s3().get_bucket_cors().bucket(bucket).send().await;
    let answer = setting("s3:GetBucketCors", answer)?;
    Ok(answer.iter().flat_map(|answer| answer.cors_rules()).map(cors_value).collect())
}

fn cors_value(rule: &CorsRule) -> Value {
    let some = |items: &[String]| {
        let items: Vec<Value> = items.iter().map(|item| Value::from(item.as_str())).collect();
        if items.is_empty() { Value::Null } else { Value::List(items) }
    };
    let shown = Values::new()
        .set("id", rule.id())
        .set("allowed_origins", some(rule.allowed_origins()))
        .set("allowed_methods", some(rule.allowed_methods()))
        .set("allowed_headers", some(rule.allowed_headers()))
        .set("expose_headers", some(rule.expose_headers()))
        .set("max_age_seconds", rule.max_age_seconds());
    Value::Map(shown.build())
}

pub(super) async fn put_cors(aws: &Region, bucket: &str, desired: &Map) -> Result<(), Failure> {
    let unbuilt = |error| unfit("s3:PutBucketCors", "RequestNotBuilt", error);
    let mut rules = Vec::new();
    for wanted in desired.maps("cors_rules") {
        let some = |name: &str| Some(wanted.texts(name)).filter(|items| !items.is_empty());
        let rule = CorsRule::builder()
            .set_id(wanted.text("id").map(str::to_owned))
            .set_allowed_origins(some("allowed_origins"))
            .set_allowed_methods(some("allowed_methods"))
            .set_allowed_headers(some("allowed_headers"))
            .set_expose_headers(some("expose_headers"))
            .set_max_age_seconds(wanted.int32("max_age_seconds"));
        rules.push(rule.build().map_err(unbuilt)?);
    }
    if rules.is_empty() {
        let call = aws.s3().delete_bucket_cors().bucket(bucket);
        call.send().await.map_err(|error| refused("s3:DeleteBucketCors", &error))?;
        return Ok(());
    }
    let configuration = CorsConfiguration::builder().set_cors_rules(Some(rules)).build().map_err(unbuilt)?;
    let call = aws.s3().put_bucket_cors().bucket(bucket).cors_configuration(configuration);
    call.send().await.map_err(|error| refused("s3:PutBucketCors", &error))?;
    Ok(())
}

/// What else hangs on it, by name: a site for everyone, calls at each object, copies elsewhere.
pub(super) async fn more_of(aws: &Region, bucket: &str) -> Result<Vec<String>, Failure> {
    let website = aws.s3().get_bucket_website().bucket(bucket).send().await;
    let told = aws.s3().get_bucket_notification_configuration().bucket(bucket).send().await;
    let copied = aws.s3().get_bucket_replication().bucket(bucket).send().await;
    let told = setting("s3:GetBucketNotification", told)?.is_some_and(|told| {
        !told.topic_configurations().is_empty()
            || !told.queue_configurations().is_empty()
            || !told.lambda_function_configurations().is_empty()
            || told.event_bridge_configuration().is_some()
    });
    let found = [
        ("notifications", told),
        ("replication", setting("s3:GetReplicationConfiguration", copied)?.is_some()),
        ("website", setting("s3:GetBucketWebsite", website)?.is_some()),
    ];
    Ok(found.iter().filter(|(_, stands)| *stands).map(|(name, _)| (*name).to_owned()).collect())
}

/// Takes all of that off.
pub(super) async fn take_off(aws: &Region, bucket: &str) -> Result<(), Failure> {
    for name in more_of(aws, bucket).await? {
        match name.as_str() {
            "website" => {
                let call = aws.s3().delete_bucket_website().bucket(bucket);
                call.send().await.map_err(|error| refused("s3:DeleteBucketWebsite", &error))?;
            }
            "replication" => {
                let call = aws.s3().delete_bucket_replication().bucket(bucket);
                call.send().await.map_err(|error| refused("s3:PutReplicationConfiguration", &error))?;
            }
            _ => {
                let none = NotificationConfiguration::builder().build();
                let call = aws.s3().put_bucket_notification_configuration().bucket(bucket);
                let call = call.notification_configuration(none);
                call.send().await.map_err(|error| refused("s3:PutBucketNotification", &error))?;
            }
        }
    }
    Ok(())
}
