//! `aws:rds:EventSubscription`

use async_trait::async_trait;
use aws_sdk_rds::types::EventSubscription as Described;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{candidate, converge_tags, tags_at, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Tags are read of so many at a time.
const AT_ONCE: usize = 5;
/// What a change differs in that one call makes.
const MODIFIED: [&str; 4] = ["sns_topic_arn", "event_categories", "enabled", "condition"];

/// The property `condition` of one whose topic is told.
const ACTIVE: &str = "active";

/// The handler of `aws:rds:EventSubscription`.
pub struct EventSubscription;

#[async_trait]
impl Handler for EventSubscription {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut standing = Vec::new();
        let mut pages = aws.rds().describe_event_subscriptions().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("rds:DescribeEventSubscriptions", &error))?;
            standing.extend(page.event_subscriptions_list.unwrap_or_default());
        }
        standing.retain(|one| targets.iter().any(|target| one.cust_subscription_id() == Some(&target.id)));
        let mut found = Vec::new();
        for batch in standing.chunks(AT_ONCE) {
            found.extend(try_join_all(batch.iter().map(|one| live(aws, one))).await?);
        }
        Ok(in_order(targets, found.into_iter().flatten()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("subscription_name")?.to_ascii_lowercase();
        let answer = aws.rds().describe_event_subscriptions().subscription_name(&name).send().await;
        let answer =
            absent_as_none(answer.map_err(|error| unread("rds:DescribeEventSubscriptions", &error)))?;
        match answer.as_ref().and_then(|answer| answer.event_subscriptions_list().first()) {
            Some(one) => candidate(aws, owner, &name, one.event_subscription_arn()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .rds()
            .create_event_subscription()
            .subscription_name(inputs.required("subscription_name")?)
            .sns_topic_arn(inputs.required("sns_topic_arn")?)
            .source_type(inputs.required("source_type")?)
            .set_source_ids(Some(inputs.texts("source_ids")))
            .set_event_categories(Some(inputs.texts("event_categories")))
            .set_enabled(inputs.flag("enabled"))
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateEventSubscription", &error))?;
        let name = answer.event_subscription.and_then(|one| one.cust_subscription_id);
        name.ok_or_else(|| unexpected("rds:CreateEventSubscription", "the answer has no name"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if let Some(arn) = live.outputs.text("arn") {
            converge_tags(aws, arn, &live.properties, desired).await?;
        }
        if differing.iter().any(|name| MODIFIED.contains(&name.as_str())) {
            aws.rds()
                .modify_event_subscription()
                .subscription_name(&target.id)
                .sns_topic_arn(desired.required("sns_topic_arn")?)
                .source_type(desired.required("source_type")?)
                .set_event_categories(Some(desired.texts("event_categories")))
                .set_enabled(desired.flag("enabled"))
                .send()
                .await
                .map_err(|error| refused("rds:ModifyEventSubscription", &error))?;
            // It is busy with that.
            return Ok(Vec::new());
        }
        if differing.iter().any(|name| name == "source_ids") {
            let (have, want) = (live.properties.texts("source_ids"), desired.texts("source_ids"));
            converge_sources(aws, &target.id, &have, &want).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws.rds().delete_event_subscription().subscription_name(&target.id).send().await;
        let answer = absent_as_none(answer.map_err(|error| refused("rds:DeleteEventSubscription", &error)))?;
        Ok(if answer.is_some() { Deleted::Pending } else { Deleted::Gone })
    }
}

/// First those that come: without any it would tell of all.
async fn converge_sources(aws: &Region, name: &str, have: &[String], want: &[String]) -> Result<(), Failure> {
    for source in want.iter().filter(|one| !have.contains(one)) {
        let call = aws.rds().add_source_identifier_to_subscription();
        let call = call.subscription_name(name).source_identifier(source);
        call.send().await.map_err(|error| refused("rds:AddSourceIdentifierToSubscription", &error))?;
    }
    for source in have.iter().filter(|one| !want.contains(one)) {
        let call = aws.rds().remove_source_identifier_from_subscription();
        let call = call.subscription_name(name).source_identifier(source);
        call.send().await.map_err(|error| refused("rds:RemoveSourceIdentifierFromSubscription", &error))?;
    }
    Ok(())
}

async fn live(aws: &Region, one: &Described) -> Result<Option<Live>, Failure> {
    let arn = one.event_subscription_arn().unwrap_or_default();
    let Some(tags) = tags_at(aws, arn).await? else { return Ok(None) };
    let name = one.cust_subscription_id().unwrap_or_default();
    let properties = Values::new()
        .set("subscription_name", name)
        .set("sns_topic_arn", one.sns_topic_arn())
        .set("source_type", one.source_type())
        .list("source_ids", one.source_ids_list().iter().cloned())
        .list("event_categories", one.event_categories_list().iter().cloned())
        .set("enabled", one.enabled())
        .tags(tags);
    let (condition, health) = match one.status().unwrap_or(ACTIVE) {
        status @ ("creating" | "modifying") => (ACTIVE, Health::Pending(status.to_owned())),
        status @ "deleting" => (ACTIVE, Health::Deleting(status.to_owned())),
        // `no-permission` or `topic-not-exist`: its topic hears nothing. A call that names the topic has RDS look again.
        status => (status, Health::Ready),
    };
    let properties = properties.set("condition", condition);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", arn).build(),
        health,
    }))
}
