//! `aws:xray:Group`

use async_trait::async_trait;
use aws_sdk_xray::types::{GroupSummary, InsightsConfiguration};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{converge_tags, tags_at, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:xray:Group`.
pub struct Group;

#[async_trait]
impl Handler for Group {
    /// One sweep serves all: a region has few groups.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for group in all(aws).await? {
            let name = group.group_name().unwrap_or_default();
            if targets.iter().any(|target| target.id == name) {
                found.extend(live(aws, &group).await?);
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("group_name")?;
        let mut found = Vec::new();
        for group in all(aws).await?.iter().filter(|group| group.group_name() == Some(name)) {
            let tags = absent_as_none(tags_at(aws, group.group_arn().unwrap_or_default()).await)?;
            let ours = tags.is_some_and(|tags| tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str()));
            found.push(Candidate { id: name.to_owned(), ours });
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("group_name")?;
        aws.xray()
            .create_group()
            .group_name(name)
            .set_filter_expression(
                inputs.text("filter_expression").filter(|text| !text.is_empty()).map(str::to_owned),
            )
            .insights_configuration(insights(inputs))
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("xray:CreateGroup", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|property| property != "tags") {
            aws.xray()
                .update_group()
                .group_name(&target.id)
                .filter_expression(desired.text("filter_expression").unwrap_or_default())
                .insights_configuration(insights(desired))
                .send()
                .await
                .map_err(|error| refused("xray:UpdateGroup", &error))?;
        }
        converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.xray().delete_group().group_name(&target.id);
        call.send().await.map_err(|error| refused("xray:DeleteGroup", &error))?;
        Ok(Deleted::Gone)
    }
}

fn insights(inputs: &Map) -> InsightsConfiguration {
    InsightsConfiguration::builder()
        .insights_enabled(inputs.flag("insights_enabled").unwrap_or(false))
        .notifications_enabled(inputs.flag("notifications_enabled").unwrap_or(false))
        .build()
}

async fn all(aws: &Region) -> Result<Vec<GroupSummary>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.xray().get_groups().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("xray:GetGroups", &error))?;
        found.extend(page.groups.unwrap_or_default());
    }
    Ok(found)
}

/// A group with its tags; `None` where it went between the two calls.
async fn live(aws: &Region, group: &GroupSummary) -> Result<Option<Live>, Failure> {
    let arn = group.group_arn().ok_or_else(|| unexpected("xray:GetGroups", "a group has no ARN"))?;
    let Some(tags) = absent_as_none(tags_at(aws, arn).await)? else { return Ok(None) };
    let name = group.group_name().unwrap_or_default();
    let insights = group.insights_configuration();
    let properties = Values::new()
        .set("group_name", name)
        .set("filter_expression", group.filter_expression().unwrap_or_default())
        .set("insights_enabled", insights.and_then(|insights| insights.insights_enabled()).unwrap_or(false))
        .set(
            "notifications_enabled",
            insights.and_then(|insights| insights.notifications_enabled()).unwrap_or(false),
        )
        .tags(tags);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", arn).build(),
        health: Health::Ready,
    }))
}
