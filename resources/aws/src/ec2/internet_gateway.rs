//! `aws:ec2:InternetGateway`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, ResourceType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, converge_tags, delete_failure, find_by_owner, tag_pairs, tag_specifications,
};
use super::holders;
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Values;

/// The handler of `aws:ec2:InternetGateway`.
pub struct InternetGateway;

#[async_trait]
impl Handler for InternetGateway {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            let mut pages = aws
                .ec2()
                .describe_internet_gateways()
                .filters(by_id("internet-gateway-id", batch))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| unread("ec2:DescribeInternetGateways", &error))?;
                live.extend(page.internet_gateways().iter().map(described));
            }
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, ResourceType::InternetGateway, owner).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_internet_gateway()
            .set_tag_specifications(tag_specifications(ResourceType::InternetGateway, inputs))
            .send()
            .await
            .map_err(|error| refused("ec2:CreateInternetGateway", &error))?;
        answer
            .internet_gateway()
            .and_then(|gateway| gateway.internet_gateway_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateInternetGateway", "the answer has no gateway id"))
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
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.ec2().delete_internet_gateway().internet_gateway_id(&target.id).send().await.map_err(
            |error| delete_failure("ec2:DeleteInternetGateway", &["InvalidInternetGateway"], &error),
        )?;
        Ok(Deleted::Gone)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        holders::of_gateway(aws, &target.id).await
    }
}

fn described(gateway: &types::InternetGateway) -> Live {
    Live {
        id: gateway.internet_gateway_id().unwrap_or_default().to_owned(),
        properties: Values::new().tags(tag_pairs(gateway.tags())).build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
