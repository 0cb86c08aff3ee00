//! `aws:ec2:Vpc`

use async_trait::async_trait;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Tenancy, VpcAttributeName, VpcState};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{FILTER_VALUES, converge_tags, differs, filter, find_by_owner, tag_pairs, tag_specification};
use crate::failure::{Effect, failure, unexpected};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:Vpc`.
pub struct Vpc;

#[async_trait]
impl Handler for Vpc {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            let mut pages = aws
                .ec2()
                .describe_vpcs()
                .filters(filter("vpc-id", batch.iter().map(|target| &target.id)))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| failure("ec2:DescribeVpcs", Effect::None, &error))?;
                for vpc in page.vpcs() {
                    live.push(described(aws, vpc).await?);
                }
            }
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, "vpc", owner).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_vpc()
            .cidr_block(inputs.required("cidr_block")?)
            .set_instance_tenancy(inputs.text("instance_tenancy").map(Tenancy::from))
            .tag_specifications(tag_specification(ResourceType::Vpc, inputs))
            .send()
            .await
            .map_err(|error| failure("ec2:CreateVpc", Effect::Mutates, &error))?;
        answer
            .vpc()
            .and_then(|vpc| vpc.vpc_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateVpc", "the answer has no VPC id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // One attribute a call; DNS support before host names, which need it.
        let wanted = |name: &str| AttributeBooleanValue::builder().set_value(desired.flag(name)).build();
        if differs(differing, "enable_dns_support") {
            aws.ec2()
                .modify_vpc_attribute()
                .vpc_id(&target.id)
                .enable_dns_support(wanted("enable_dns_support"))
                .send()
                .await
                .map_err(|error| failure("ec2:ModifyVpcAttribute", Effect::Mutates, &error))?;
        }
        if differs(differing, "enable_dns_hostnames") {
            aws.ec2()
                .modify_vpc_attribute()
                .vpc_id(&target.id)
                .enable_dns_hostnames(wanted("enable_dns_hostnames"))
                .send()
                .await
                .map_err(|error| failure("ec2:ModifyVpcAttribute", Effect::Mutates, &error))?;
        }
        converge_tags(aws, &target.id, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.ec2()
            .delete_vpc()
            .vpc_id(&target.id)
            .send()
            .await
            .map_err(|error| failure("ec2:DeleteVpc", Effect::Mutates, &error))?;
        Ok(Deleted::Gone)
    }
}

async fn described(aws: &Region, vpc: &aws_sdk_ec2::types::Vpc) -> Result<Live, Failure> {
    let id = vpc.vpc_id().unwrap_or_default();
    let own = |name: &'static str| async move {
        let answer = aws
            .ec2()
            .describe_security_groups()
            .filters(filter("vpc-id", [id]))
            .filters(filter("group-name", [name]))
            .send()
            .await
            .map_err(|error| failure("ec2:DescribeSecurityGroups", Effect::None, &error))?;
        Ok::<_, Failure>(answer.security_groups().first().and_then(|group| group.group_id()).map(str::to_owned))
    };
    let main = aws
        .ec2()
        .describe_route_tables()
        .filters(filter("vpc-id", [id]))
        .filters(filter("association.main", ["true"]))
        .send()
        .await
        .map_err(|error| failure("ec2:DescribeRouteTables", Effect::None, &error))?;
    let main = main.route_tables().first().and_then(|table| table.route_table_id()).map(str::to_owned);
    let properties = Values::new()
        .set("cidr_block", vpc.cidr_block())
        .set("enable_dns_support", attribute(aws, id, VpcAttributeName::EnableDnsSupport).await?)
        .set("enable_dns_hostnames", attribute(aws, id, VpcAttributeName::EnableDnsHostnames).await?)
        .set("instance_tenancy", vpc.instance_tenancy().map(|tenancy| tenancy.as_str()))
        .tags(tag_pairs(vpc.tags()));
    let outputs = Values::new().set("default_security_group_id", own("default").await?).set("main_route_table_id", main);
    let health = match vpc.state() {
        Some(VpcState::Available) | None => Health::Ready,
        Some(state) => Health::Pending(state.as_str().to_owned()),
    };
    Ok(Live { id: id.to_owned(), properties: properties.build(), outputs: outputs.build(), health })
}

/// One boolean attribute: the API gives one a call.
async fn attribute(aws: &Region, id: &str, name: VpcAttributeName) -> Result<Option<bool>, Failure> {
    let answer = aws
        .ec2()
        .describe_vpc_attribute()
        .vpc_id(id)
        .attribute(name.clone())
        .send()
        .await
        .map_err(|error| failure("ec2:DescribeVpcAttribute", Effect::None, &error))?;
    let value = match name {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value))
}
