//! `aws:ec2:Subnet`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, AttributeBooleanValue, ResourceType, SubnetState};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::normal::overlap;
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, converge_tags, delete_failure, differs, filter, find_by_owner, tag_pairs,
    tag_specifications,
};
use super::holders;
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::lambda::network;
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:Subnet`.
pub struct Subnet;

#[async_trait]
impl Handler for Subnet {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            live.extend(subnets(aws, by_id("subnet-id", batch)).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, ResourceType::Subnet, owner).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_subnet()
            .vpc_id(inputs.required("vpc_id")?)
            .cidr_block(inputs.required("cidr_block")?)
            .set_availability_zone(inputs.text("availability_zone").map(str::to_owned))
            .set_tag_specifications(tag_specifications(ResourceType::Subnet, inputs))
            .send()
            .await
            .map_err(|error| refused("ec2:CreateSubnet", &error))?;
        answer
            .subnet()
            .and_then(|subnet| subnet.subnet_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateSubnet", "the answer has no subnet id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // CreateSubnet does not take it.
        if let (true, Some(wanted)) =
            (differs(differing, "map_public_ip_on_launch"), desired.flag("map_public_ip_on_launch"))
        {
            aws.ec2()
                .modify_subnet_attribute()
                .subnet_id(&target.id)
                .map_public_ip_on_launch(AttributeBooleanValue::builder().value(wanted).build())
                .send()
                .await
                .map_err(|error| refused("ec2:ModifySubnetAttribute", &error))?;
        }
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws.ec2().delete_subnet().subnet_id(&target.id).send().await;
        match answer.map_err(|error| delete_failure("ec2:DeleteSubnet", &["InvalidSubnet"], &error)) {
            Ok(_) => Ok(Deleted::Gone),
            Err(failure) => Err(network::make_way(aws, target, "subnet-id", failure).await),
        }
    }

    /// Who has addresses of its range.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let Some(range) = inputs.get("cidr_block") else { return Ok(Vec::new()) };
        let shares = |live: &&Live| live.properties.get("cidr_block").is_some_and(|one| overlap(one, range));
        let found = subnets(aws, filter("vpc-id", [inputs.required("vpc_id")?])).await?;
        Ok(found.iter().filter(shares).map(standing_as).collect())
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        holders::of_subnet(aws, &target.id).await
    }
}

async fn subnets(aws: &Region, filter: types::Filter) -> Result<Vec<Live>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.ec2().describe_subnets().filters(filter).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeSubnets", &error))?;
        found.extend(page.subnets().iter().map(described));
    }
    Ok(found)
}

fn described(subnet: &types::Subnet) -> Live {
    let properties = Values::new()
        .set("vpc_id", subnet.vpc_id())
        .set("cidr_block", subnet.cidr_block())
        .set("availability_zone", subnet.availability_zone())
        .set("map_public_ip_on_launch", subnet.map_public_ip_on_launch())
        .tags(tag_pairs(subnet.tags()));
    let outputs = Values::new().set("availability_zone_id", subnet.availability_zone_id());
    let health = match subnet.state() {
        Some(SubnetState::Available) | None => Health::Ready,
        Some(state @ (SubnetState::Failed | SubnetState::FailedInsufficientCapacity)) => {
            Health::Failed(state.as_str().to_owned())
        }
        Some(state) => Health::Pending(state.as_str().to_owned()),
    };
    Live {
        id: subnet.subnet_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health,
    }
}
