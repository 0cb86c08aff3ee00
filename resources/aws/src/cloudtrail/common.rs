//! What CloudTrail's errors mean, and tags.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::types::Tag;
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{refused, unexpected, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// One call lists the tags of at most this many trails (`aws-semantics.md` 22).
const TAGGED_BATCH: usize = 20;

/// The tags of a call.
pub fn tags(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let build = |(key, value)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| unexpected("request", &error.to_string()))
    };
    pairs.into_iter().map(build).collect()
}

/// The tags of trails by ARN.
pub async fn tags_of(
    aws: &Region,
    arns: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let mut found = BTreeMap::new();
    for batch in arns.chunks(TAGGED_BATCH) {
        let mut pages =
            aws.cloudtrail().list_tags().set_resource_id_list(Some(batch.to_vec())).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("cloudtrail:ListTags", &error))?;
            for one in page.resource_tag_list.unwrap_or_default() {
                let pairs = one.tags_list.unwrap_or_default();
                let pairs = pairs.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default()));
                let tags: &mut BTreeMap<String, String> =
                    found.entry(one.resource_id.unwrap_or_default()).or_default();
                tags.extend(pairs);
            }
        }
    }
    Ok(found)
}

/// Makes the tags what they should be.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.cloudtrail().add_tags().resource_id(arn).set_tags_list(Some(tags(set)?));
        call.send().await.map_err(|error| refused("cloudtrail:AddTags", &error))?;
    }
    if !removed.is_empty() {
        // By their keys alone: an empty value is none that AWS takes.
        let mut call = aws.cloudtrail().remove_tags().resource_id(arn).set_tags_list(Some(Vec::new()));
        for key in removed {
            let tag = Tag::builder().key(key).build();
            call =
                call.tags_list(tag.map_err(|error| unexpected("cloudtrail:RemoveTags", &error.to_string()))?);
        }
        call.send().await.map_err(|error| refused("cloudtrail:RemoveTags", &error))?;
    }
    Ok(())
}
