//! Tags, and what a batch says of its entries.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::Tag;
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::codes::class_of;
use crate::failure::{Effect, absent_as_none, refused, unexpected, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// The tags of a call.
pub(super) fn tags(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    let built: Result<Vec<Tag>, _> = pairs.into_iter().map(tag).collect();
    built.map_err(|error| unexpected("request", &error.to_string()))
}

/// The tags of a rule; `None` where it is gone.
pub(super) async fn tags_of(aws: &Region, arn: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let answer = aws.eventbridge().list_tags_for_resource().resource_arn(arn).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("events:ListTagsForResource", &error)))?;
    Ok(answer.map(|answer| {
        answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
    }))
}

/// Makes the tags what they should be.
pub(super) async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.eventbridge().tag_resource().resource_arn(arn).set_tags(Some(tags(set)?));
        call.send().await.map_err(|error| refused("events:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.eventbridge().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("events:UntagResource", &error))?;
    }
    Ok(())
}

/// A batch is answered with 200 whatever became of its entries: the first that failed.
pub(super) fn whole(operation: &str, failed: Option<(Option<&str>, Option<&str>)>) -> Result<(), Failure> {
    let Some((code, message)) = failed else { return Ok(()) };
    let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
    let mut failure = unexpected(operation, message);
    failure.class = class_of(operation, code, message, Effect::Mutates);
    failure.code = code.to_owned();
    Err(failure)
}
