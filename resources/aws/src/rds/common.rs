//! What the RDS handlers share: tags, deletes, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_kms::types::KeyState;
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
    classified(failure(operation, Effect::Mutates, error))
}

fn classified(mut failure: Failure) -> Failure {
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
        // For hours, after an earlier change (terraform-provider-aws#12493).
        "InvalidParameterCombination" if failure.message.contains("being optimized") => FailureClass::NotYet,
        // AWS's word for what the free plan of new accounts has not.
        "FreeTierRestrictionError" => FailureClass::Quota,
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

/// A key that RDS cannot use may have been made a moment ago; one that is switched off or on its way out stays so.
pub async fn unless_key_is_off(aws: &Region, mut failure: Failure, keys: &[Option<&str>]) -> Failure {
    if failure.code != "KMSKeyNotAccessibleFault" {
        return failure;
    }
    for key in keys {
        let Some(key) = *key else { continue };
        let Ok(answer) = aws.kms().describe_key().key_id(key).send().await else { continue };
        let state = answer.key_metadata.and_then(|key| key.key_state);
        let off =
            matches!(state, Some(KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable));
        if let Some(state) = state.filter(|_| off) {
            failure.class = FailureClass::Invalid;
            failure.message = format!("{}: the key {key} is {}", failure.message, state.as_str());
        }
    }
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
    ["does not exist", "do not exist", "not found", "Invalid security group", "input subnets in"]
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

    /// A3, Y7, H9, Y2: what is known a moment later, what storage waits for, and what the plan of an account has not.
    #[test]
    fn refusals_that_pass_are_told_from_those_that_stay() {
        let class = |code: &str, message: &str| {
            let mut failure = unexpected("rds:CreateDBInstance", message);
            failure.code = code.to_owned();
            failure.class = FailureClass::Invalid;
            classified(failure).class
        };
        let role = "Unable to create the resource. Verify that you have permission to create service linked role. \
                    Otherwise wait and try again later";
        assert_eq!(class("InvalidParameterValue", role), FailureClass::NotYet);
        assert_eq!(class("InvalidParameterValue", "Missing necessary credentials"), FailureClass::NotYet);
        let subnet = "Some input subnets in :[subnet-1] are invalid.";
        assert_eq!(class("InvalidSubnet", subnet), FailureClass::Absent);
        let group = "Invalid security group , groupId= sg-1, groupName=.";
        assert_eq!(class("InvalidParameterValue", group), FailureClass::Absent);
        let storage = "You can't currently modify the storage of this DB instance because the previous storage \
                       change is being optimized.";
        assert_eq!(class("InvalidParameterCombination", storage), FailureClass::NotYet);
        let plan = "This instance size isn't available with free plan accounts.";
        assert_eq!(class("FreeTierRestrictionError", plan), FailureClass::Quota);
        assert_eq!(class("InvalidParameterValue", "Invalid DB engine"), FailureClass::Invalid);
    }

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
