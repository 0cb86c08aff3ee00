//! What the RDS handlers share: tags, deletes, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbInstance, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Candidate, Failure, FailureClass, OWNER_TAG, OwnerId};
use finsight_engine::value::Map;

use crate::failure::{Effect, absent_as_none, failure};
use crate::handler::Deleted;
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
        "InvalidDBInstanceState" | "InsufficientDBInstanceCapacity" => FailureClass::Transient,
        // The same, for minutes.
        "InvalidDBParameterGroupState" | "InvalidDBProxyStateFault" => FailureClass::NotYet,
        // A key, a role or a group made a moment ago.
        "KMSKeyNotAccessibleFault" => FailureClass::NotYet,
        "InvalidParameterValue" | "InvalidParameterCombination" if role_not_ready(&failure.message) => {
            FailureClass::NotYet
        }
        // What it names is not known to RDS, which may be a subnet or group made a moment ago.
        "InvalidParameterValue" | "InvalidSubnet" | "InvalidVPCNetworkStateFault"
            if names_nothing(&failure.message) =>
        {
            FailureClass::Absent
        }
        _ => failure.class,
    };
    failure
}

/// How far a delete is: what is not there is gone, and what is in use or busy blocks.
pub fn deleted<T, E>(
    operation: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Deleted, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Err(error) = answer else { return Ok(Deleted::Gone) };
    let mut failure = failure(operation, Effect::Mutates, &error);
    match failure.class {
        FailureClass::Absent => Ok(Deleted::Gone),
        _ if failure.code.starts_with("InvalidDB") => {
            failure.class = FailureClass::Blocked;
            Err(failure)
        }
        _ => Err(failure),
    }
}

/// The failure of a call that uses an instance: busy for minutes, it may come yet.
/// Nobody starts one that is stopped.
pub fn not_yet(mut failure: Failure) -> Failure {
    let busy = failure.code == "InvalidDBInstanceState";
    if busy && failure.message.to_ascii_lowercase().contains("stopped") {
        failure.class = FailureClass::Invalid;
    } else if busy {
        failure.class = FailureClass::NotYet;
    }
    failure
}

fn role_not_ready(message: &str) -> bool {
    const PASSING: &[&str] = &[
        "ENHANCED_MONITORING",
        "IAM role ARN value is invalid or does not include the required permissions",
        // AWS makes the role for RDS with the first call of an account.
        "permission to create service linked role",
        "Missing necessary credentials",
    ];
    PASSING.iter().any(|words| message.contains(words))
}

fn names_nothing(message: &str) -> bool {
    ["does not exist", "do not exist", "not found", "Invalid security group"]
        .iter()
        .any(|words| message.contains(words))
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

/// The tags of what has this ARN; `None` where it does not exist.
pub async fn tags_at(aws: &Region, arn: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let answer = aws.rds().list_tags_for_resource().resource_name(arn).send().await;
    let answer = answer.map_err(|error| failure("rds:ListTagsForResource", Effect::None, &error));
    Ok(absent_as_none(answer)?.map(|answer| tag_pairs(answer.tag_list())))
}

/// What stands under a name as a candidate; ours if it carries the owner tag.
pub async fn candidate(
    aws: &Region,
    owner: &OwnerId,
    id: &str,
    arn: Option<&str>,
) -> Result<Vec<Candidate>, Failure> {
    let Some(tags) = tags_at(aws, arn.unwrap_or_default()).await? else { return Ok(Vec::new()) };
    let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
    Ok(vec![Candidate { id: id.to_owned(), ours }])
}

/// The instances of a kind, as holders of something.
pub async fn instances(aws: &Region, wanted: impl Fn(&DbInstance) -> bool) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.rds().describe_db_instances().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure("rds:DescribeDBInstances", Effect::None, &error))?;
        let held = page.db_instances().iter().filter(|instance| wanted(instance));
        found.extend(
            held.filter_map(|instance| Some(format!("{} (DB instance)", instance.db_instance_identifier()?))),
        );
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::unexpected;

    #[test]
    fn a_busy_instance_is_waited_for_and_a_stopped_one_is_not() {
        let class = |code: &str, message: &str| {
            let mut failure = unexpected("rds:RegisterDBProxyTargets", message);
            failure.code = code.to_owned();
            not_yet(failure).class
        };
        let creating = "DB Instance db is in an unsupported state - CREATING";
        assert_eq!(class("InvalidDBInstanceState", creating), FailureClass::NotYet);
        let stopped = "DB Instance db is in an unsupported state - STOPPED";
        assert_eq!(class("InvalidDBInstanceState", stopped), FailureClass::Invalid);
        assert_eq!(class("InvalidParameterValue", "stopped"), FailureClass::Ambiguous);
    }
}
