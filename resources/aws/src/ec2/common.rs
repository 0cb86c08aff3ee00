//! What all EC2 handlers share: tags, filters, finding by owner tag.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use finsight_engine::contract::{Candidate, Failure, OWNER_TAG, OwnerId};
use finsight_engine::value::Map;

use crate::failure::{Effect, failure};
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// A filter over some values. Filters omit what is missing, where an id list fails as a whole.
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// At most this many values stand in one filter.
pub const FILTER_VALUES: usize = 200;

/// The tags of a create call.
pub fn tag_specification(resource_type: ResourceType, inputs: &Map) -> TagSpecification {
    let tags = inputs.tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    TagSpecification::builder().resource_type(resource_type).set_tags(Some(tags.collect())).build()
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

/// The ids of what carries the owner tag, whatever its type: one DescribeTags call.
pub async fn find_by_owner(
    aws: &Region,
    resource_type: &str,
    owner: &OwnerId,
) -> Result<Vec<Candidate>, Failure> {
    let answer = aws
        .ec2()
        .describe_tags()
        .filters(filter("key", [OWNER_TAG]))
        .filters(filter("value", [owner.as_str()]))
        .filters(filter("resource-type", [resource_type]))
        .send()
        .await
        .map_err(|error| failure("ec2:DescribeTags", Effect::None, &error))?;
    Ok(answer
        .tags()
        .iter()
        .filter_map(|tag| tag.resource_id())
        .map(|id| Candidate { id: id.to_owned(), ours: true })
        .collect())
}

/// Sets and removes tags until they are the desired ones.
pub async fn converge_tags(aws: &Region, id: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let tags = set.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        aws.ec2()
            .create_tags()
            .resources(id)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| failure("ec2:CreateTags", Effect::Mutates, &error))?;
    }
    if !removed.is_empty() {
        let tags = removed.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.ec2()
            .delete_tags()
            .resources(id)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| failure("ec2:DeleteTags", Effect::Mutates, &error))?;
    }
    Ok(())
}

/// Whether a property is among the differing ones.
pub fn differs(differing: &[String], name: &str) -> bool {
    differing.iter().any(|item| item == name)
}
