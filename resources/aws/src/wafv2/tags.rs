//! Tags of web ACLs and IP sets, by ARN.

use std::collections::BTreeMap;

use aws_sdk_wafv2::types::Tag;
use finsight_engine::contract::{Failure, Live, OWNER_TAG, OwnerId};
use finsight_engine::value::Map;

use super::common::built;
use crate::failure::{refused, unread};
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// Tags for a call; AWS takes no empty list.
pub fn tag_list(tags: BTreeMap<String, String>) -> Result<Option<Vec<Tag>>, Failure> {
    let made = tags.into_iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build()));
    let made: Vec<Tag> = made.collect::<Result<_, _>>()?;
    Ok(Some(made).filter(|tags| !tags.is_empty()))
}

/// The tags that stand.
pub async fn tags_of(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut found = BTreeMap::new();
    let mut marker = None;
    loop {
        let call = aws.wafv2().list_tags_for_resource().resource_arn(arn).limit(100);
        let answer = call.set_next_marker(marker).send().await;
        let answer = answer.map_err(|error| unread("wafv2:ListTagsForResource", &error))?;
        let tags = answer.tag_info_for_resource.and_then(|info| info.tag_list).unwrap_or_default();
        found.extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
        marker = answer.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
}

/// Whether the owner tag says that a create call of ours made it.
pub async fn owned(aws: &Region, arn: &str, owner: &OwnerId) -> Result<bool, Failure> {
    Ok(tags_of(aws, arn).await?.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str()))
}

/// Sets and takes away what differs.
pub async fn converge_tags(aws: &Region, live: &Live, desired: &Map) -> Result<(), Failure> {
    let arn = live.outputs.required("arn")?;
    let (set, removed) = tag_changes(&live.properties, desired);
    if let Some(tags) = tag_list(set)? {
        let call = aws.wafv2().tag_resource().resource_arn(arn).set_tags(Some(tags));
        call.send().await.map_err(|error| refused("wafv2:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.wafv2().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("wafv2:UntagResource", &error))?;
    }
    Ok(())
}
