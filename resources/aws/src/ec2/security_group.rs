//! `aws:ec2:SecurityGroup`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, ResourceType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, converge_tags, delete_failure, filter, find_by_owner, tag_pairs, tag_specifications,
};
use super::{holders, rule_changes, rules};
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::lambda::network;
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:SecurityGroup`, which owns all of its rules.
pub struct SecurityGroup;

#[async_trait]
impl Handler for SecurityGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        Ok(in_order(targets, groups(aws, &ids).await?))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, ResourceType::SecurityGroup, owner).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        // Rules do not fit into this call; the group starts with a rule that lets everything out.
        let answer = aws
            .ec2()
            .create_security_group()
            .vpc_id(inputs.required("vpc_id")?)
            .group_name(inputs.required("group_name")?)
            .description(inputs.required("group_description")?)
            .set_tag_specifications(tag_specifications(ResourceType::SecurityGroup, inputs))
            .send()
            .await
            .map_err(|error| refused("ec2:CreateSecurityGroup", &error))?;
        answer
            .group_id()
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateSecurityGroup", "the answer has no group id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        rule_changes::converge(aws, &target.id, desired, differing).await?;
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws.ec2().delete_security_group().group_id(&target.id).send().await;
        let own = ["InvalidGroup", "InvalidSecurityGroup"];
        match answer.map_err(|error| delete_failure("ec2:DeleteSecurityGroup", &own, &error)) {
            Ok(_) => Ok(Deleted::Gone),
            Err(failure) => Err(network::make_way(aws, target, "group-id", failure).await),
        }
    }

    /// Who has its name in the VPC.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let place = [
            filter("vpc-id", [inputs.required("vpc_id")?]),
            filter("group-name", [inputs.required("group_name")?]),
        ];
        let found = described(aws, place.to_vec()).await?;
        Ok(found.iter().map(|group| standing_as(&live(group, Values::new()))).collect())
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        holders::of_group(aws, &target.id).await
    }
}

/// Security groups with their rules: two calls for many.
pub(super) async fn groups(aws: &Region, ids: &[&str]) -> Result<Vec<Live>, Failure> {
    let mut groups: Vec<types::SecurityGroup> = Vec::new();
    for batch in ids.chunks(FILTER_VALUES) {
        groups.extend(described(aws, vec![filter("group-id", batch.iter().copied())]).await?);
    }
    let ids: Vec<&str> = groups.iter().filter_map(|group| group.group_id()).collect();
    let rules = rules::rules_of(aws, &ids).await?;
    Ok(groups
        .iter()
        .map(|group| {
            let id = group.group_id().unwrap_or_default();
            live(group, rules::properties(rules.get(id).map(Vec::as_slice).unwrap_or_default()))
        })
        .collect())
}

async fn described(aws: &Region, filters: Vec<types::Filter>) -> Result<Vec<types::SecurityGroup>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.ec2().describe_security_groups().set_filters(Some(filters)).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeSecurityGroups", &error))?;
        found.extend(page.security_groups.unwrap_or_default());
    }
    Ok(found)
}

fn live(group: &types::SecurityGroup, rules: Values) -> Live {
    let properties = rules
        .set("vpc_id", group.vpc_id())
        .set("group_description", group.description())
        .set("group_name", group.group_name())
        .tags(tag_pairs(group.tags()));
    Live {
        id: group.group_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
