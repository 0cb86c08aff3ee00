//! Tags of zones and health checks: neither takes them in its create call.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{Tag, TagResourceType};
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{refused, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// One call reads the tags of at most this many resources, and sets this many tags.
const TAGS: usize = 10;

/// The tags of resources of one kind, by id.
pub(super) async fn tags_of(
    aws: &Region,
    kind: &TagResourceType,
    ids: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let mut found = BTreeMap::new();
    for batch in ids.chunks(TAGS) {
        let call = aws.route53().list_tags_for_resources();
        let call = call.resource_type(kind.clone()).set_resource_ids(Some(batch.to_vec()));
        let answer = call.send().await.map_err(|error| unread("route53:ListTagsForResources", &error))?;
        found.extend(answer.resource_tag_sets().iter().filter_map(|set| {
            let tags = set.tags().iter().map(|tag| {
                (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned())
            });
            Some((set.resource_id()?.to_owned(), tags.collect()))
        }));
    }
    Ok(found)
}

/// Sets and removes tags until they are the desired ones.
pub(super) async fn converge_tags(
    aws: &Region,
    kind: &TagResourceType,
    id: &str,
    live: &Map,
    desired: &Map,
) -> Result<(), Failure> {
    let (set, mut removed) = tag_changes(live, desired);
    let mut added: Vec<Tag> =
        set.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    while !added.is_empty() || !removed.is_empty() {
        let some: Vec<Tag> = added.drain(..added.len().min(TAGS)).collect();
        let gone: Vec<String> = removed.drain(..removed.len().min(TAGS)).collect();
        aws.route53()
            .change_tags_for_resource()
            .resource_type(kind.clone())
            .resource_id(id)
            .set_add_tags((!some.is_empty()).then_some(some))
            .set_remove_tag_keys((!gone.is_empty()).then_some(gone))
            .send()
            .await
            .map_err(|error| refused("route53:ChangeTagsForResource", &error))?;
    }
    Ok(())
}
