//! What the RDS handlers share: tags, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

use crate::failure::{Effect, failure};
use crate::session::Region;
use crate::values::tag_changes;

/// The failure of a call that makes, changes or deletes something (`aws-semantics.md` 0.4, 0.5, 2).
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    failure.class = match failure.code.as_str() {
        // It is busy with something else, or there is no capacity just now.
        "InvalidDBInstanceState" | "InsufficientDBInstanceCapacity" | "InvalidDBParameterGroupState" => {
            FailureClass::Transient
        }
        // A key, a role or a group made a moment ago.
        "KMSKeyNotAccessibleFault" => FailureClass::NotYet,
        "InvalidParameterValue" | "InvalidParameterCombination" if role_not_ready(&failure.message) => {
            FailureClass::NotYet
        }
        code if failure.class == FailureClass::Absent && code != "DBInstanceNotFound" => FailureClass::NotYet,
        _ => failure.class,
    };
    failure
}

fn role_not_ready(message: &str) -> bool {
    message.contains("ENHANCED_MONITORING")
        || message.contains("IAM role ARN value is invalid or does not include the required permissions")
}

/// Tags of a call.
pub fn tags_of(pairs: BTreeMap<String, String>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

/// Sets and removes tags until they are the desired ones.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.rds().add_tags_to_resource().resource_name(arn).set_tags(Some(tags_of(set)));
        call.send().await.map_err(|error| refused("rds:AddTagsToResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.rds().remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("rds:RemoveTagsFromResource", &error))?;
    }
    Ok(())
}
