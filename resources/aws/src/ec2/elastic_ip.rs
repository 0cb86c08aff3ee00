//! `aws:ec2:EIP`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, DomainType, ResourceType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, by_owner, converge_tags, delete_failure, owned, tag_pairs, tag_specifications,
};
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:EIP`.
pub struct ElasticIp;

#[async_trait]
impl Handler for ElasticIp {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            live.extend(described(aws, by_id("allocation-id", batch)).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(owned(owner, &described(aws, by_owner(owner)).await?))
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .allocate_address()
            .domain(DomainType::Vpc)
            .set_network_border_group(inputs.text("network_border_group").map(str::to_owned))
            .set_tag_specifications(tag_specifications(ResourceType::ElasticIp, inputs))
            .send()
            .await
            .map_err(|error| refused("ec2:AllocateAddress", &error))?;
        answer
            .allocation_id()
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:AllocateAddress", "the answer has no allocation id"))
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
        aws.ec2()
            .release_address()
            .allocation_id(&target.id)
            // Outside the region's own group EC2 does not find the address without it.
            .set_network_border_group(target.inputs.text("network_border_group").map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                delete_failure("ec2:ReleaseAddress", &["InvalidAllocation", "InvalidAddress"], &error)
            })?;
        Ok(Deleted::Gone)
    }
}

/// The addresses that a filter lets through: the one Describe call of EC2 without pages.
async fn described(aws: &Region, filter: types::Filter) -> Result<Vec<Live>, Failure> {
    let answer = aws
        .ec2()
        .describe_addresses()
        .filters(filter)
        .send()
        .await
        .map_err(|error| unread("ec2:DescribeAddresses", &error))?;
    Ok(answer.addresses().iter().map(live).collect())
}

fn live(address: &types::Address) -> Live {
    let properties = Values::new()
        .set("network_border_group", address.network_border_group())
        .tags(tag_pairs(address.tags()));
    Live {
        id: address.allocation_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("public_ip", address.public_ip()).build(),
        health: Health::Ready,
    }
}
