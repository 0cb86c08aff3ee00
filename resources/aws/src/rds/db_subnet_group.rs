//! `aws:rds:DBSubnetGroup`

use async_trait::async_trait;
use aws_sdk_rds::types::DbSubnetGroup as Described;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{candidate, converge_tags, deleted, instances, tags_at, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Tags are read for so many groups at a time.
const AT_ONCE: usize = 10;

/// The handler of `aws:rds:DBSubnetGroup`.
pub struct DbSubnetGroup;

#[async_trait]
impl Handler for DbSubnetGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut groups = Vec::new();
        let mut pages = aws.rds().describe_db_subnet_groups().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("rds:DescribeDBSubnetGroups", &error))?;
            groups.extend(page.db_subnet_groups.unwrap_or_default());
        }
        groups.retain(|group| targets.iter().any(|target| group.db_subnet_group_name() == Some(&target.id)));
        let mut found = Vec::new();
        for batch in groups.chunks(AT_ONCE) {
            found.extend(try_join_all(batch.iter().map(|group| live(aws, group))).await?);
        }
        Ok(in_order(targets, found.into_iter().flatten()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("db_subnet_group_name")?.to_ascii_lowercase();
        let answer = aws.rds().describe_db_subnet_groups().db_subnet_group_name(&name).send().await;
        let answer = answer.map_err(|error| unread("rds:DescribeDBSubnetGroups", &error));
        match absent_as_none(answer)?.as_ref().and_then(|answer| answer.db_subnet_groups().first()) {
            Some(group) => candidate(aws, owner, &name, group.db_subnet_group_arn()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .rds()
            .create_db_subnet_group()
            .db_subnet_group_name(inputs.required("db_subnet_group_name")?)
            .db_subnet_group_description(inputs.required("db_subnet_group_description")?)
            .set_subnet_ids(Some(inputs.texts("subnet_ids")))
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateDBSubnetGroup", &error))?;
        let name = answer.db_subnet_group().and_then(|group| group.db_subnet_group_name());
        name.map(str::to_owned).ok_or_else(|| unexpected("rds:CreateDBSubnetGroup", "the answer has no name"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|name| name != "tags") {
            aws.rds()
                .modify_db_subnet_group()
                .db_subnet_group_name(&target.id)
                .set_db_subnet_group_description(
                    desired.text("db_subnet_group_description").map(str::to_owned),
                )
                .set_subnet_ids(Some(desired.texts("subnet_ids")))
                .send()
                .await
                .map_err(|error| refused("rds:ModifyDBSubnetGroup", &error))?;
        }
        if let Some(arn) = live.outputs.text("arn") {
            converge_tags(aws, arn, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.rds().delete_db_subnet_group().db_subnet_group_name(&target.id);
        deleted("rds:DeleteDBSubnetGroup", call.send().await)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        instances(aws, |instance| {
            let group = instance.db_subnet_group().and_then(|group| group.db_subnet_group_name());
            group == Some(&target.id)
        })
        .await
    }
}

async fn live(aws: &Region, group: &Described) -> Result<Option<Live>, Failure> {
    let arn = group.db_subnet_group_arn();
    let Some(tags) = tags_at(aws, arn.unwrap_or_default()).await? else { return Ok(None) };
    let properties = Values::new()
        .set("db_subnet_group_name", group.db_subnet_group_name())
        .set("db_subnet_group_description", group.db_subnet_group_description())
        .set("vpc_id", group.vpc_id())
        .list("subnet_ids", group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier()))
        .tags(tags);
    let outputs = Values::new().set("arn", arn).set("vpc_id", group.vpc_id());
    let health = match group.subnet_group_status() {
        Some("Complete") | None => Health::Ready,
        Some(other) => Health::Pending(other.to_owned()),
    };
    let id = group.db_subnet_group_name().unwrap_or_default().to_owned();
    Ok(Some(Live { id, properties: properties.build(), outputs: outputs.build(), health }))
}
