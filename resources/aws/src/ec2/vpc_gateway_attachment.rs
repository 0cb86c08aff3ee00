//! `aws:ec2:VpcGatewayAttachment`

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_ec2::types::AttachmentStatus;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{FILTER_VALUES, delete_failure, filter, ours};
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:VpcGatewayAttachment`; its physical id is `igw-…|vpc-…`.
pub struct VpcGatewayAttachment;

#[async_trait]
impl Handler for VpcGatewayAttachment {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let gateways: BTreeSet<&str> =
            targets.iter().filter_map(|target| parts(&target.id)).map(|(gateway, _)| gateway).collect();
        let gateways: Vec<&str> = gateways.into_iter().collect();
        let mut live = Vec::new();
        for batch in gateways.chunks(FILTER_VALUES) {
            live.extend(attachments(aws, batch).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let id = physical_id(inputs)?;
        let found = attachments(aws, &[inputs.required("internet_gateway_id")?]).await?;
        Ok(found.iter().filter(|live| live.id == id).map(|live| ours(&live.id)).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let id = physical_id(inputs)?;
        aws.ec2()
            .attach_internet_gateway()
            .internet_gateway_id(inputs.required("internet_gateway_id")?)
            .vpc_id(inputs.required("vpc_id")?)
            .send()
            .await
            .map_err(|error| refused("ec2:AttachInternetGateway", &error))?;
        Ok(id)
    }

    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // Both of its properties make it another attachment.
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some((gateway, vpc)) = parts(&target.id) else { return Ok(Deleted::Gone) };
        aws.ec2().detach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc).send().await.map_err(
            |error| {
                delete_failure(
                    "ec2:DetachInternetGateway",
                    &["Gateway.NotAttached", "InvalidInternetGateway", "InvalidVpcI"],
                    &error,
                )
            },
        )?;
        Ok(Deleted::Gone)
    }
}

fn physical_id(inputs: &Map) -> Result<String, Failure> {
    Ok(format!("{}|{}", inputs.required("internet_gateway_id")?, inputs.required("vpc_id")?))
}

fn parts(id: &str) -> Option<(&str, &str)> {
    id.split_once('|')
}

/// The attachments of some gateways: what hangs on a gateway is read with it.
async fn attachments(aws: &Region, gateways: &[&str]) -> Result<Vec<Live>, Failure> {
    let mut pages = aws
        .ec2()
        .describe_internet_gateways()
        .filters(filter("internet-gateway-id", gateways.iter().copied()))
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeInternetGateways", &error))?;
        for gateway in page.internet_gateways() {
            let id = gateway.internet_gateway_id().unwrap_or_default();
            for attachment in gateway.attachments() {
                let vpc = attachment.vpc_id().unwrap_or_default();
                let health = match attachment.state() {
                    Some(AttachmentStatus::Detached) => continue,
                    Some(AttachmentStatus::Attaching) => Health::Pending("attaching".to_owned()),
                    Some(AttachmentStatus::Detaching) => Health::Deleting("detaching".to_owned()),
                    // Of an internet gateway it is `available`, which the model does not list.
                    _ => Health::Ready,
                };
                let properties = Values::new().set("vpc_id", vpc).set("internet_gateway_id", id);
                found.push(Live {
                    id: format!("{id}|{vpc}"),
                    properties: properties.build(),
                    outputs: Map::new(),
                    health,
                });
            }
        }
    }
    Ok(found)
}
