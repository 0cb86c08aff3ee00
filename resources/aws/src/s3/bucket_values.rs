//! A bucket's settings between AWS's types and the shape of its spec.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, Tag, Transition, TransitionStorageClass,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::unfit;
use crate::values::{Inputs, Values};

/// The tags, as S3 takes them.
pub fn sdk_tags(inputs: &Map) -> Result<Vec<Tag>, Failure> {
    let tags = inputs.tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| unfit("s3:PutBucketTagging", "RequestNotBuilt", error))
}

/// A rule in the shape of the spec. What the spec has no word for is shown, so that it is a difference.
pub fn rule_value(rule: &LifecycleRule) -> Value {
    let filter = rule.filter();
    let narrower = filter.is_some_and(|filter| {
        filter.tag().is_some()
            || filter.and().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    let expiration = rule.expiration();
    let more = !rule.noncurrent_version_transitions().is_empty()
        || expiration.is_some_and(|e| e.date().is_some() || e.expired_object_delete_marker() == Some(true))
        || rule.transitions().iter().any(|transition| transition.date().is_some());
    // Before filters came, rules had a prefix of their own.
    #[allow(deprecated, reason = "rules put with it still stand in buckets")]
    let own_prefix = rule.prefix();
    let transitions: Vec<Value> = rule.transitions().iter().map(transition_value).collect();
    let values = Values::new()
        .set("id", rule.id())
        .set("prefix", filter.and_then(LifecycleRuleFilter::prefix).or(own_prefix).unwrap_or_default())
        .set("enabled", *rule.status() == ExpirationStatus::Enabled)
        .set("expiration_days", expiration.and_then(LifecycleExpiration::days))
        .set(
            "noncurrent_version_expiration_days",
            rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days),
        )
        .set(
            "abort_incomplete_multipart_upload_days",
            rule.abort_incomplete_multipart_upload()
                .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        )
        .set("transitions", if transitions.is_empty() { Value::Null } else { Value::List(transitions) })
        .set("narrower_filter", narrower.then_some(true))
        .set("more_actions", more.then_some(true));
    Value::Map(values.build())
}

fn transition_value(transition: &Transition) -> Value {
    let values = Values::new().set("days", transition.days());
    let class = transition.storage_class().map(TransitionStorageClass::as_str);
    Value::Map(values.set("storage_class", class).build())
}

/// The rules, as S3 takes them.
pub fn sdk_rules(inputs: &Map) -> Result<Vec<LifecycleRule>, Failure> {
    let rules = inputs.get("lifecycle_rules").and_then(Value::as_list).unwrap_or_default();
    rules.iter().filter_map(Value::as_map).map(sdk_rule).collect()
}

fn sdk_rule(rule: &Map) -> Result<LifecycleRule, Failure> {
    let days = |name: &str| rule.int32(name);
    let enabled = rule.flag("enabled").unwrap_or(true);
    let transitions: Vec<Transition> = rule
        .get("transitions")
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_map)
        .map(|transition| {
            Transition::builder()
                .set_days(transition.int32("days"))
                .set_storage_class(transition.text("storage_class").map(TransitionStorageClass::from))
                .build()
        })
        .collect();
    LifecycleRule::builder()
        .set_id(rule.text("id").map(str::to_owned))
        .filter(LifecycleRuleFilter::builder().prefix(rule.text("prefix").unwrap_or_default()).build())
        .status(if enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled })
        .set_expiration(days("expiration_days").map(|days| LifecycleExpiration::builder().days(days).build()))
        .set_noncurrent_version_expiration(
            days("noncurrent_version_expiration_days")
                .map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
        )
        .set_abort_incomplete_multipart_upload(
            days("abort_incomplete_multipart_upload_days")
                .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()),
        )
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .build()
        .map_err(|error| unfit("s3:PutLifecycleConfiguration", "RequestNotBuilt", error))
}
