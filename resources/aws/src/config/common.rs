//! What AWS Config's errors mean, and tags.

use std::collections::BTreeMap;

use aws_sdk_config::types::{ConfigurationRecorderStatus, RecorderStatus, Tag};
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// The tags of a call.
pub fn tags(pairs: BTreeMap<String, String>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a recorder or rule; `None` where it is gone.
pub async fn tags_of(aws: &Region, arn: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let mut found = BTreeMap::new();
    let mut pages = aws.config().list_tags_for_resource().resource_arn(arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("config:ListTagsForResource", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(None) };
        let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
        found.extend(page.tags.unwrap_or_default().into_iter().filter_map(pair));
    }
    Ok(Some(found))
}

/// Makes the tags what they should be.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.config().tag_resource().resource_arn(arn).set_tags(Some(tags(set)));
        call.send().await.map_err(|error| refused("config:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.config().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("config:UntagResource", &error))?;
    }
    Ok(())
}

/// Starts a recorder.
pub async fn start(aws: &Region, recorder: &str) -> Result<(), Failure> {
    let call = aws.config().start_configuration_recorder().configuration_recorder_name(recorder);
    call.send().await.map_err(|error| refused("config:StartConfigurationRecorder", &error))?;
    Ok(())
}

/// Stops a recorder.
pub async fn stop(aws: &Region, recorder: &str) -> Result<(), Failure> {
    let call = aws.config().stop_configuration_recorder().configuration_recorder_name(recorder);
    call.send().await.map_err(|error| refused("config:StopConfigurationRecorder", &error))?;
    Ok(())
}

/// A recorder of the account's own.
pub struct Recording {
    /// Its name.
    pub name: String,
    /// Whether it records.
    pub on: bool,
    /// How it fares with that.
    pub fares: String,
}

/// The account's own recorders and whether they record: one in a region.
pub async fn recording(aws: &Region) -> Result<Vec<Recording>, Failure> {
    let answer = aws
        .config()
        .describe_configuration_recorder_status()
        .send()
        .await
        .map_err(|error| unread("config:DescribeConfigurationRecorderStatus", &error))?;
    let own = answer.configuration_recorders_status.unwrap_or_default().into_iter();
    // Recorders of AWS services have a principal.
    let own = own.filter(|status| status.service_principal.is_none());
    let of = |status: ConfigurationRecorderStatus| {
        let word = status.last_status.as_ref().filter(|_| status.recording).map(RecorderStatus::as_str);
        let fares = outcome(word, status.last_error_code.as_deref(), status.last_error_message.as_deref());
        Some(Recording { name: status.name?, on: status.recording, fares })
    };
    Ok(own.filter_map(of).collect())
}

/// `SUCCESS`, or AWS's words for what has failed: its documents write `Failure`, its answers `FAILURE`.
pub fn outcome(status: Option<&str>, code: Option<&str>, message: Option<&str>) -> String {
    if !status.is_some_and(|status| status.eq_ignore_ascii_case("failure")) {
        return "SUCCESS".to_owned();
    }
    let words: Vec<&str> = [code, message].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    format!("FAILED: {}", if words.is_empty() { "no reason given".to_owned() } else { words.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_in_aws_s_words() {
        let failed = "FAILED: AccessDenied the bucket is closed";
        assert_eq!(outcome(Some("FAILURE"), Some("AccessDenied"), Some("the bucket is closed")), failed);
        assert_eq!(outcome(Some("Failure"), None, None), "FAILED: no reason given");
        for status in [Some("SUCCESS"), Some("PENDING"), Some("Not_Applicable"), None] {
            assert_eq!(outcome(status, Some("old"), None), "SUCCESS");
        }
    }
}
