//! `aws:scheduler:ScheduleGroup`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_scheduler::operation::get_schedule_group::GetScheduleGroupOutput;
use aws_sdk_scheduler::types::{ScheduleGroupState, Tag};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, Target,
};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// Groups are read so many at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:scheduler:ScheduleGroup`.
pub struct ScheduleGroup;

#[async_trait]
impl Handler for ScheduleGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id));
            }
            found.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("name")?;
        let Some(group) = group_at(aws, name).await?.filter(|group| !is_going(group)) else {
            return Ok(Vec::new());
        };
        let arn = group.arn().map_or_else(|| arn_of(aws, name), str::to_owned);
        let Some(tags) = absent_as_none(tags_at(aws, &arn).await)? else { return Ok(Vec::new()) };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        let call = aws
            .scheduler()
            .create_schedule_group()
            .name(name)
            .client_token(owner.as_str())
            .set_tags(Some(tags_of(inputs.tags())?));
        let Err(mut refusal) =
            call.send().await.map_err(|error| refused("scheduler:CreateScheduleGroup", &error))
        else {
            return Ok(name.to_owned());
        };
        if refusal.code == "ConflictException" {
            // One that is on its way out keeps its name until it is gone.
            let going = group_at(aws, name).await?.is_none_or(|group| is_going(&group));
            refusal.class = if going { FailureClass::NotYet } else { FailureClass::Exists };
        }
        Err(refusal)
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let arn = arn_of(aws, &target.id);
        let (set, removed) = tag_changes(&live.properties, desired);
        if !set.is_empty() {
            let call = aws.scheduler().tag_resource().resource_arn(&arn).set_tags(Some(tags_of(set)?));
            call.send().await.map_err(|error| refused("scheduler:TagResource", &error))?;
        }
        if !removed.is_empty() {
            let call = aws.scheduler().untag_resource().resource_arn(&arn).set_tag_keys(Some(removed));
            call.send().await.map_err(|error| refused("scheduler:UntagResource", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.scheduler().delete_schedule_group().name(&target.id);
        match call.send().await.map_err(|error| refused("scheduler:DeleteScheduleGroup", &error)) {
            // Asked for already.
            Err(failure) if failure.code == "ConflictException" => Ok(Deleted::Pending),
            Err(failure) => Err(failure),
            Ok(_) => Ok(Deleted::Pending),
        }
    }

    /// Its schedules, which its delete takes along.
    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let group = target.id.as_str();
        let mut found = Vec::new();
        let mut pages = aws.scheduler().list_schedules().group_name(group).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("scheduler:ListSchedules", &error));
            let Some(page) = absent_as_none(page)? else { break };
            let names = page.schedules().iter().filter_map(|schedule| schedule.name());
            found.extend(names.map(|name| format!("{group}/{name} (schedule)")));
        }
        Ok(found)
    }
}

fn is_going(group: &GetScheduleGroupOutput) -> bool {
    group.state() == Some(&ScheduleGroupState::Deleting)
}

async fn group_at(aws: &Region, name: &str) -> Result<Option<GetScheduleGroupOutput>, Failure> {
    let answer = aws.scheduler().get_schedule_group().name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("scheduler:GetScheduleGroup", &error)))
}

async fn tags_at(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.scheduler().list_tags_for_resource().resource_arn(arn).send().await;
    let answer = answer.map_err(|error| unread("scheduler:ListTagsForResource", &error))?;
    Ok(answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

async fn read_one(aws: &Region, name: &str) -> Result<Option<Live>, Failure> {
    let Some(group) = group_at(aws, name).await? else { return Ok(None) };
    let arn = group.arn().map_or_else(|| arn_of(aws, name), str::to_owned);
    let tags = match absent_as_none(tags_at(aws, &arn).await)? {
        Some(tags) => tags,
        None if is_going(&group) => BTreeMap::new(),
        None => return Ok(None),
    };
    let health = if is_going(&group) { Health::Deleting("DELETING".to_owned()) } else { Health::Ready };
    let properties = Values::new().set("name", name).tags(tags).build();
    let outputs = Values::new().set("arn", arn).build();
    Ok(Some(Live { id: name.to_owned(), properties, outputs, health }))
}

fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

fn arn_of(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:scheduler:{}:{}:schedule-group/{name}", account.partition, aws.name(), account.id)
}
