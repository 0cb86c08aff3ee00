//! What the CloudWatch handlers share: descriptions, tags, deletes.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm, Tag};
use finsight_engine::contract::{Candidate, Failure, OWNER_TAG, OwnerId};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;
use crate::values::tag_changes;

/// One call describes at most this many alarms (`aws-semantics.md` 12).
const BATCH: usize = 100;
/// Tags are read one resource a call, this many at a time.
const AT_ONCE: usize = 5;

/// Alarms of both kinds, which share their names.
#[derive(Default)]
pub struct Alarms {
    pub metric: Vec<MetricAlarm>,
    pub composite: Vec<CompositeAlarm>,
}

impl Alarms {
    pub fn is_empty(&self) -> bool {
        self.metric.is_empty() && self.composite.is_empty()
    }
}

/// The alarms that stand among those named.
pub async fn described(aws: &Region, names: &[String]) -> Result<Alarms, Failure> {
    let mut found = Alarms::default();
    for batch in names.chunks(BATCH) {
        let mut pages = aws
            .cloudwatch()
            .describe_alarms()
            .set_alarm_names(Some(batch.to_vec()))
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("cloudwatch:DescribeAlarms", &error))?;
            found.metric.extend(page.metric_alarms.unwrap_or_default());
            found.composite.extend(page.composite_alarms.unwrap_or_default());
        }
    }
    Ok(found)
}

/// The alarm of a name, if its owner tag proves it ours.
pub async fn find_alarm(aws: &Region, owner: &OwnerId, name: &str) -> Result<Vec<Candidate>, Failure> {
    if described(aws, &[name.to_owned()]).await?.is_empty() {
        return Ok(Vec::new());
    }
    let Some(tags) = tags_of(aws, &alarm_arn(aws, name)).await? else { return Ok(Vec::new()) };
    Ok(vec![candidate(name, &tags, owner)])
}

pub fn candidate(id: &str, tags: &BTreeMap<String, String>, owner: &OwnerId) -> Candidate {
    Candidate { id: id.to_owned(), ours: tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str()) }
}

pub fn alarm_arn(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:cloudwatch:{}:{}:alarm:{name}", account.partition, aws.name(), account.id)
}

/// Takes an alarm away.
pub async fn delete_alarm(aws: &Region, name: &str) -> Result<(), Failure> {
    let call = aws.cloudwatch().delete_alarms().alarm_names(name);
    call.send().await.map_err(|error| refused("cloudwatch:DeleteAlarms", &error))?;
    Ok(())
}

/// The tags of a call.
pub fn tags(pairs: BTreeMap<String, String>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of an alarm or dashboard; `None` where it is gone.
pub async fn tags_of(aws: &Region, arn: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let call = aws.cloudwatch().list_tags_for_resource().resource_arn(arn);
    let answer = call.send().await.map_err(|error| unread("cloudwatch:ListTagsForResource", &error));
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(absent_as_none(answer)?
        .map(|answer| answer.tags.unwrap_or_default().into_iter().filter_map(pair).collect()))
}

/// The tags of many, in their order.
pub async fn all_tags(
    aws: &Region,
    arns: &[String],
) -> Result<Vec<Option<BTreeMap<String, String>>>, Failure> {
    let mut found = Vec::new();
    for some in arns.chunks(AT_ONCE) {
        let mut reads = Vec::new();
        for arn in some {
            reads.push(tags_of(aws, arn));
        }
        found.extend(try_join_all(reads).await?);
    }
    Ok(found)
}

/// Makes the tags what they should be.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.cloudwatch().tag_resource().resource_arn(arn).set_tags(Some(tags(set)));
        call.send().await.map_err(|error| refused("cloudwatch:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.cloudwatch().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("cloudwatch:UntagResource", &error))?;
    }
    Ok(())
}
