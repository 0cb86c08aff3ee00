//! What the X-Ray handlers share: tags, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_xray::types::Tag;
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{refused, unexpected, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// The tags of a call.
pub fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

/// The tags of a group or a rule.
pub async fn tags_at(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut found = BTreeMap::new();
    let mut next = None;
    loop {
        let call = aws.xray().list_tags_for_resource().resource_arn(arn).set_next_token(next);
        let answer = call.send().await;
        let answer = answer.map_err(|error| unread("xray:ListTagsForResource", &error))?;
        found.extend(answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
        next = answer.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// Makes the tags those that are wanted.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.xray().tag_resource().resource_arn(arn).set_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("xray:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.xray().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("xray:UntagResource", &error))?;
    }
    Ok(())
}
