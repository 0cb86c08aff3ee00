//! What all EC2 handlers share: tags, filters, finding by owner tag, what EC2 means by its codes.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Candidate, Failure, FailureClass, OWNER_TAG, OwnerId, Target};
use finsight_engine::value::Map;

use crate::failure::{Effect, failure};
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// At most this many values stand in one filter.
pub const FILTER_VALUES: usize = 200;

/// A filter over some values. Filters omit what is missing, where an id list fails as a whole.
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// A filter over the physical ids of some targets.
pub fn by_id(name: &str, targets: &[Target]) -> Filter {
    filter(name, targets.iter().map(|target| &target.id))
}

/// A filter for what carries the owner tag.
pub fn by_owner(owner: &OwnerId) -> Filter {
    filter(&format!("tag:{OWNER_TAG}"), [owner.as_str()])
}

/// The failure of a call that reads.
pub fn read_failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    failure(operation, Effect::None, error)
}

/// The failure of a call that makes or changes something.
pub fn change_failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    failure.class = class_on_change(&failure.code, failure.class);
    failure
}

/// The failure of a call that takes something away.
pub fn delete_failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    if failure.code == "IncorrectState" {
        failure.class = FailureClass::Blocked;
    }
    failure
}

/// What a code means on a create or change call.
///
/// EC2 names what it cannot find by `Invalid….NotFound`. The engine sends ids
/// that it has seen, so on these calls the thing is not visible yet
/// (`aws-semantics.md` 0.5), except where a name was never an id of ours.
fn class_on_change(code: &str, class: FailureClass) -> FailureClass {
    match code {
        "InvalidZone.NotFound" => FailureClass::Invalid,
        _ if code.starts_with("InvalidVpcEndpointService") => FailureClass::Invalid,
        _ if class == FailureClass::Absent || code.contains("NotFound") => FailureClass::NotYet,
        // `InvalidID` is how CreateTags says that it does not see a resource.
        "IncorrectState" | "InvalidID" => FailureClass::NotYet,
        "ConcurrentTagAccess" => FailureClass::Transient,
        _ if class == FailureClass::Invalid && code.ends_with("LimitExceeded") => FailureClass::Quota,
        _ => class,
    }
}

/// The tags of a create call; none where there are no tags, for EC2 refuses an empty list.
pub fn tag_specifications(resource_type: ResourceType, inputs: &Map) -> Option<Vec<TagSpecification>> {
    let tags: Vec<Tag> =
        inputs.tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    (!tags.is_empty())
        .then(|| vec![TagSpecification::builder().resource_type(resource_type).set_tags(Some(tags)).build()])
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

/// What carries the owner tag among the resources of a type: one DescribeTags call.
pub async fn find_by_owner(
    aws: &Region,
    resource_type: ResourceType,
    owner: &OwnerId,
) -> Result<Vec<Candidate>, Failure> {
    let mut pages = aws
        .ec2()
        .describe_tags()
        .filters(filter("key", [OWNER_TAG]))
        .filters(filter("value", [owner.as_str()]))
        .filters(filter("resource-type", [resource_type.as_str()]))
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| read_failure("ec2:DescribeTags", &error))?;
        found.extend(page.tags().iter().filter_map(|tag| tag.resource_id()).map(ours));
    }
    Ok(found)
}

/// A candidate that is proven ours.
pub fn ours(id: &str) -> Candidate {
    Candidate { id: id.to_owned(), ours: true }
}

/// Sets and removes tags until they are the desired ones, where they differ.
pub async fn converge_tags(
    aws: &Region,
    id: &str,
    live: &Map,
    desired: &Map,
    differing: &[String],
) -> Result<(), Failure> {
    if !differs(differing, "tags") {
        return Ok(());
    }
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let tags = set.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        aws.ec2()
            .create_tags()
            .resources(id)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| change_failure("ec2:CreateTags", &error))?;
    }
    if !removed.is_empty() {
        let tags = removed.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.ec2()
            .delete_tags()
            .resources(id)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| change_failure("ec2:DeleteTags", &error))?;
    }
    Ok(())
}

/// Whether a property is among the differing ones.
pub fn differs(differing: &[String], name: &str) -> bool {
    differing.iter().any(|item| item == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_found_on_a_change_is_not_visible_yet() {
        let check =
            |code: &str, class, expected| assert_eq!(class_on_change(code, class), expected, "{code}");
        check("InvalidGroup.NotFound", FailureClass::Absent, FailureClass::NotYet);
        check("Gateway.NotAttached", FailureClass::Absent, FailureClass::NotYet);
        check("InvalidZone.NotFound", FailureClass::Absent, FailureClass::Invalid);
        check("InvalidVpcEndpointServiceId.NotFound", FailureClass::Absent, FailureClass::Invalid);
        check("FlowLogsLimitExceeded", FailureClass::Invalid, FailureClass::Quota);
        check("RequestLimitExceeded", FailureClass::Throttled, FailureClass::Throttled);
        check("InvalidSubnet.Conflict", FailureClass::Exists, FailureClass::Exists);
    }
}
