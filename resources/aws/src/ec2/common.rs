//! What all EC2 handlers share: tags, filters, finding by owner tag, what EC2 means by its codes.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Live, OWNER_TAG, OwnerId, Target};
use finsight_engine::value::Map;

use crate::failure::{refused, unread};
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

/// The failure of a call that takes something away.
///
/// It is gone only where the code names it: `own` holds the beginnings of the
/// codes by which EC2 says that it does not find this type. That EC2 misses
/// something else proves nothing.
pub fn delete_failure<E>(operation: &str, own: &[&str], error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    on_delete(refused(operation, error), own)
}

/// The same for a failure that came inside a successful answer.
pub fn on_delete(mut failure: Failure, own: &[&str]) -> Failure {
    let ours = own.iter().any(|beginning| failure.code.starts_with(beginning));
    failure.class = match failure.class {
        FailureClass::Absent if !ours => FailureClass::Ambiguous,
        class => class,
    };
    failure
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
        let page = page.map_err(|error| unread("ec2:DescribeTags", &error))?;
        found.extend(page.tags().iter().filter_map(|tag| tag.resource_id()).map(ours));
    }
    Ok(found)
}

/// The candidates among resources that a filter for the owner tag let through.
///
/// The tag is looked at once more: to take over what is not ours is worse than
/// to find nothing, and not every endpoint that speaks EC2 knows every filter.
pub fn owned(owner: &OwnerId, found: &[Live]) -> Vec<Candidate> {
    found
        .iter()
        .filter(|live| live.properties.tags().get(OWNER_TAG).is_some_and(|id| id == owner.as_str()))
        .map(|live| ours(&live.id))
        .collect()
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
            .map_err(|error| refused("ec2:CreateTags", &error))?;
    }
    if !removed.is_empty() {
        let tags = removed.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.ec2()
            .delete_tags()
            .resources(id)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| refused("ec2:DeleteTags", &error))?;
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
    use crate::failure::reported;

    #[test]
    fn only_its_own_absence_says_that_a_thing_is_gone() {
        let check = |code: &str, expected| {
            let failure = reported("ec2:DeleteVpcEndpoints", Some(code), Some("why"));
            assert_eq!(on_delete(failure, &["InvalidVpcEndpoint"]).class, expected, "{code}");
        };
        check("InvalidVpcEndpointId.NotFound", FailureClass::Absent);
        check("InvalidVpcEndpoint.NotFound", FailureClass::Absent);
        check("InvalidRoute.NotFound", FailureClass::Ambiguous);
        check("IncorrectState", FailureClass::Blocked);
        check("DependencyViolation", FailureClass::Blocked);
    }
}
