//! `aws:ec2:NatGateway`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, ConnectivityType, NatGatewayState, ResourceType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, by_owner, converge_tags, delete_failure, filter, owned, tag_pairs,
    tag_specifications,
};
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:NatGateway`.
pub struct NatGateway;

#[async_trait]
impl Handler for NatGateway {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            live.extend(described(aws, by_id("nat-gateway-id", batch)).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        // Not by DescribeTags: a deleted gateway keeps its tags for about an hour.
        Ok(owned(owner, &described(aws, by_owner(owner)).await?))
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_nat_gateway()
            .subnet_id(inputs.required("subnet_id")?)
            .set_allocation_id(inputs.text("allocation_id").map(str::to_owned))
            .set_connectivity_type(inputs.text("connectivity_type").map(ConnectivityType::from))
            .set_private_ip_address(inputs.text("private_ip_address").map(str::to_owned))
            .set_tag_specifications(tag_specifications(ResourceType::Natgateway, inputs))
            .client_token(owner.as_str())
            .send()
            .await
            .map_err(|error| refused("ec2:CreateNatGateway", &error))?;
        answer
            .nat_gateway()
            .and_then(|gateway| gateway.nat_gateway_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateNatGateway", "the answer has no gateway id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        // It stands on the attachment, and AWS keeps nothing of that.
        Ok(differing.iter().filter(|name| *name == "vpc_gateway_attachment").cloned().collect())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.ec2().delete_nat_gateway().nat_gateway_id(&target.id).send().await.map_err(|error| {
            delete_failure("ec2:DeleteNatGateway", &["NatGateway", "InvalidNatGateway"], &error)
        })?;
        Ok(Deleted::Pending)
    }

    /// Who has the address.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let same = |live: &Live, name: &str| {
            inputs.text(name).is_some_and(|wanted| live.properties.text(name) == Some(wanted))
        };
        let has = |live: &&Live| {
            same(live, "allocation_id") || (same(live, "subnet_id") && same(live, "private_ip_address"))
        };
        // No filter knows its address.
        let states = ["pending", "available", "deleting"];
        Ok(described(aws, filter("state", states)).await?.iter().filter(has).map(standing_as).collect())
    }
}

/// The gateways that a filter lets through, without the deleted ones, which EC2 goes on listing.
async fn described(aws: &Region, filter: types::Filter) -> Result<Vec<Live>, Failure> {
    let mut pages = aws.ec2().describe_nat_gateways().filter(filter).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeNatGateways", &error))?;
        found.extend(
            page.nat_gateways()
                .iter()
                .filter(|gateway| gateway.state() != Some(&NatGatewayState::Deleted))
                .map(live),
        );
    }
    Ok(found)
}

fn live(gateway: &types::NatGateway) -> Live {
    let addresses = gateway.nat_gateway_addresses();
    let primary =
        addresses.iter().find(|address| address.is_primary() == Some(true)).or_else(|| addresses.first());
    let properties = Values::new()
        .set("subnet_id", gateway.subnet_id())
        .set("allocation_id", primary.and_then(|address| address.allocation_id()))
        .set("connectivity_type", gateway.connectivity_type().map(ConnectivityType::as_str))
        .set("private_ip_address", primary.and_then(|address| address.private_ip()))
        .tags(tag_pairs(gateway.tags()));
    let outputs = Values::new()
        .set("public_ip", primary.and_then(|address| address.public_ip()))
        .set("network_interface_id", primary.and_then(|address| address.network_interface_id()));
    let health = match gateway.state() {
        Some(NatGatewayState::Available) | None => Health::Ready,
        Some(NatGatewayState::Deleting) => Health::Deleting("deleting".to_owned()),
        Some(NatGatewayState::Failed) => Health::Failed(format!(
            "{}: {}",
            gateway.failure_code().unwrap_or("failed"),
            gateway.failure_message().unwrap_or("no reason given"),
        )),
        Some(state) => Health::Pending(state.as_str().to_owned()),
    };
    Live {
        id: gateway.nat_gateway_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health,
    }
}
