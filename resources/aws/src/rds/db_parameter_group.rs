//! `aws:rds:DBParameterGroup`

use async_trait::async_trait;
use aws_sdk_rds::types::DbParameterGroup as Described;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::future::{try_join, try_join_all};

use super::common::{candidate, converge_tags, deleted, instances, tags_at, tags_of};
use super::parameters;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, text_map};

/// Parameters and tags are read for so many groups at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:rds:DBParameterGroup`.
pub struct DbParameterGroup;

#[async_trait]
impl Handler for DbParameterGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut groups = Vec::new();
        let mut pages = aws.rds().describe_db_parameter_groups().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("rds:DescribeDBParameterGroups", &error))?;
            groups.extend(page.db_parameter_groups.unwrap_or_default());
        }
        groups
            .retain(|group| targets.iter().any(|target| group.db_parameter_group_name() == Some(&target.id)));
        let mut found = Vec::new();
        for batch in groups.chunks(AT_ONCE) {
            found.extend(try_join_all(batch.iter().map(|group| live(aws, group, targets))).await?);
        }
        Ok(in_order(targets, found.into_iter().flatten()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("db_parameter_group_name")?.to_ascii_lowercase();
        let answer = aws.rds().describe_db_parameter_groups().db_parameter_group_name(&name).send().await;
        let answer = answer.map_err(|error| unread("rds:DescribeDBParameterGroups", &error));
        match absent_as_none(answer)?.as_ref().and_then(|answer| answer.db_parameter_groups().first()) {
            Some(group) => candidate(aws, owner, &name, group.db_parameter_group_arn()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .rds()
            .create_db_parameter_group()
            .db_parameter_group_name(inputs.required("db_parameter_group_name")?)
            .db_parameter_group_family(inputs.required("db_parameter_group_family")?)
            .description(inputs.required("description")?)
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateDBParameterGroup", &error))?;
        let name = answer.db_parameter_group().and_then(|group| group.db_parameter_group_name());
        name.map(str::to_owned)
            .ok_or_else(|| unexpected("rds:CreateDBParameterGroup", "the answer has no name"))
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
        if differing.iter().any(|name| name == "parameters") {
            parameters::converge(aws, &target.id, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.rds().delete_db_parameter_group().db_parameter_group_name(&target.id);
        deleted("rds:DeleteDBParameterGroup", call.send().await)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        instances(aws, |instance| {
            let mut groups = instance.db_parameter_groups().iter();
            groups.any(|group| group.db_parameter_group_name() == Some(&target.id))
        })
        .await
    }
}

async fn live(aws: &Region, group: &Described, targets: &[Target]) -> Result<Option<Live>, Failure> {
    let name = group.db_parameter_group_name().unwrap_or_default();
    let arn = group.db_parameter_group_arn().unwrap_or_default();
    let target = targets.iter().find(|target| target.id == name);
    let wanted = target.and_then(|target| target.inputs.get("parameters")).map(text_map).unwrap_or_default();
    let (tags, set) = try_join(tags_at(aws, arn), parameters::standing_in(aws, name, &wanted)).await?;
    let (Some(tags), Some(set)) = (tags, set) else { return Ok(None) };
    let set: Map = set.into_iter().map(|(name, value)| (name, Value::Text(value))).collect();
    let properties = Values::new()
        .set("db_parameter_group_name", name)
        .set("db_parameter_group_family", group.db_parameter_group_family())
        .set("description", group.description())
        .set("parameters", set)
        .tags(tags);
    let outputs = Values::new().set("arn", arn);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}
