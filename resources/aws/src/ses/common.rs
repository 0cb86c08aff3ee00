//! What the SES handlers share: tags, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_sesv2::types::Tag;
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{refused, unexpected};
use crate::session::Region;
use crate::values::tag_changes;

/// The ARN of an identity or a configuration set.
pub fn arn_of(aws: &Region, kind: &str, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:ses:{}:{}:{kind}/{name}", account.partition, aws.name(), account.id)
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

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

/// Makes the tags those that are wanted.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.sesv2().tag_resource().resource_arn(arn).set_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("ses:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.sesv2().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("ses:UntagResource", &error))?;
    }
    Ok(())
}
