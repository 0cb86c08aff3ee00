//! `aws:ec2:Vpc`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, AttributeBooleanValue, ResourceType, Tenancy, VpcAttributeName, VpcState};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::common::{
    FILTER_VALUES, by_id, converge_tags, delete_failure, differs, filter, find_by_owner, tag_pairs,
    tag_specifications,
};
use super::holders;
use super::route_table::TABLES_A_PAGE;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Attribute calls at once: EC2 gives one attribute of one VPC a call.
const ATTRIBUTE_CALLS: usize = 8;

/// The handler of `aws:ec2:Vpc`.
pub struct Vpc;

#[async_trait]
impl Handler for Vpc {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            let mut pages = aws.ec2().describe_vpcs().filters(by_id("vpc-id", batch)).into_paginator().send();
            let mut vpcs = Vec::new();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| unread("ec2:DescribeVpcs", &error))?;
                vpcs.extend(page.vpcs.unwrap_or_default());
            }
            live.extend(described(aws, vpcs).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, ResourceType::Vpc, owner).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_vpc()
            .cidr_block(inputs.required("cidr_block")?)
            .set_instance_tenancy(inputs.text("instance_tenancy").map(Tenancy::from))
            .set_tag_specifications(tag_specifications(ResourceType::Vpc, inputs))
            .send()
            .await
            .map_err(|error| refused("ec2:CreateVpc", &error))?;
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
        // Host names need DNS support: it comes first, and goes last.
        let mut order = [VpcAttributeName::EnableDnsSupport, VpcAttributeName::EnableDnsHostnames];
        if desired.flag("enable_dns_support") == Some(false) {
            order.reverse();
        }
        for attribute in order {
            let name = property(&attribute);
            if let (true, Some(wanted)) = (differs(differing, name), desired.flag(name)) {
                set_attribute(aws, &target.id, &attribute, wanted).await?;
            }
        }
        if differs(differing, "instance_tenancy") {
            let call = aws.ec2().modify_vpc_tenancy().vpc_id(&target.id);
            let call = call.instance_tenancy(types::VpcTenancy::Default).send().await;
            call.map_err(|error| refused("ec2:ModifyVpcTenancy", &error))?;
        }
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.ec2()
            .delete_vpc()
            .vpc_id(&target.id)
            .send()
            .await
            .map_err(|error| delete_failure("ec2:DeleteVpc", &["InvalidVpcI"], &error))?;
        Ok(Deleted::Gone)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        holders::of_vpc(aws, &target.id).await
    }
}

/// VPCs with what other calls know of them: two calls for all, and two for each.
async fn described(aws: &Region, vpcs: Vec<types::Vpc>) -> Result<Vec<Live>, Failure> {
    let ids: Vec<&str> = vpcs.iter().filter_map(|vpc| vpc.vpc_id()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let groups = default_groups(aws, &ids).await?;
    let tables = main_tables(aws, &ids).await?;
    let reads: Vec<_> = vpcs
        .into_iter()
        .map(|vpc| {
            let id = vpc.vpc_id().unwrap_or_default();
            let (group, table) = (groups.get(id).cloned(), tables.get(id).cloned());
            live(aws, vpc, group, table)
        })
        .collect();
    stream::iter(reads).buffered(ATTRIBUTE_CALLS).try_collect().await
}

async fn live(
    aws: &Region,
    vpc: types::Vpc,
    group: Option<String>,
    table: Option<String>,
) -> Result<Live, Failure> {
    let id = vpc.vpc_id().unwrap_or_default();
    // A VPC just made is listed before its attributes can be read.
    let support = absent_as_none(attribute(aws, id, VpcAttributeName::EnableDnsSupport).await)?;
    let hostnames = absent_as_none(attribute(aws, id, VpcAttributeName::EnableDnsHostnames).await)?;
    // Others use these outputs: a VPC without them is not ready.
    let complete = support.is_some() && hostnames.is_some() && group.is_some() && table.is_some();
    let properties = Values::new()
        .set("cidr_block", vpc.cidr_block())
        .set("enable_dns_support", support.flatten())
        .set("enable_dns_hostnames", hostnames.flatten())
        .set("instance_tenancy", vpc.instance_tenancy().map(Tenancy::as_str))
        .tags(tag_pairs(vpc.tags()));
    let outputs = Values::new().set("default_security_group_id", group).set("main_route_table_id", table);
    let health = match vpc.state() {
        Some(VpcState::Available) | None if complete => Health::Ready,
        Some(VpcState::Available) | None => Health::Pending("not all of it visible yet".to_owned()),
        Some(VpcState::Deleting) => Health::Deleting("deleting".to_owned()),
        Some(state) => Health::Pending(state.as_str().to_owned()),
    };
    Ok(Live { id: id.to_owned(), properties: properties.build(), outputs: outputs.build(), health })
}

/// The default security groups of VPCs, by VPC.
pub(super) async fn default_groups(aws: &Region, vpcs: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pages = aws
        .ec2()
        .describe_security_groups()
        .filters(filter("vpc-id", vpcs.iter().copied()))
        .filters(filter("group-name", ["default"]))
        .into_paginator()
        .send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeSecurityGroups", &error))?;
        for group in page.security_groups() {
            if let (Some(vpc), Some(id)) = (group.vpc_id(), group.group_id()) {
                found.insert(vpc.to_owned(), id.to_owned());
            }
        }
    }
    Ok(found)
}

/// The main route tables of VPCs, by VPC.
async fn main_tables(aws: &Region, vpcs: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pages = aws
        .ec2()
        .describe_route_tables()
        .filters(filter("vpc-id", vpcs.iter().copied()))
        .filters(filter("association.main", ["true"]))
        .into_paginator()
        .page_size(TABLES_A_PAGE)
        .send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeRouteTables", &error))?;
        for table in page.route_tables() {
            if let (Some(vpc), Some(id)) = (table.vpc_id(), table.route_table_id()) {
                found.insert(vpc.to_owned(), id.to_owned());
            }
        }
    }
    Ok(found)
}

fn property(attribute: &VpcAttributeName) -> &'static str {
    match attribute {
        VpcAttributeName::EnableDnsSupport => "enable_dns_support",
        _ => "enable_dns_hostnames",
    }
}

async fn attribute(aws: &Region, id: &str, name: VpcAttributeName) -> Result<Option<bool>, Failure> {
    let answer = aws
        .ec2()
        .describe_vpc_attribute()
        .vpc_id(id)
        .attribute(name.clone())
        .send()
        .await
        .map_err(|error| unread("ec2:DescribeVpcAttribute", &error))?;
    let value = match name {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value))
}

async fn set_attribute(
    aws: &Region,
    id: &str,
    attribute: &VpcAttributeName,
    wanted: bool,
) -> Result<(), Failure> {
    let value = AttributeBooleanValue::builder().value(wanted).build();
    let call = aws.ec2().modify_vpc_attribute().vpc_id(id);
    let call = match attribute {
        VpcAttributeName::EnableDnsSupport => call.enable_dns_support(value),
        _ => call.enable_dns_hostnames(value),
    };
    call.send().await.map_err(|error| refused("ec2:ModifyVpcAttribute", &error))?;
    Ok(())
}
