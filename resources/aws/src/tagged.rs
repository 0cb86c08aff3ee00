//! What carries a stack's tag, whether on record or not.

use aws_sdk_ec2::types::Filter;
use finsight_engine::contract::{Failure, STACK_TAG};

use crate::failure::{Effect, failure};
use crate::session::Region;

/// A live resource that carries a stack's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Its type, as far as it is one of ours.
    pub type_name: String,
    /// Its physical id.
    pub id: String,
}

/// EC2's words for the types that we make.
const EC2_TYPES: &[(&str, &str)] = &[
    ("vpc", "aws:ec2:Vpc"),
    ("subnet", "aws:ec2:Subnet"),
    ("internet-gateway", "aws:ec2:InternetGateway"),
    ("elastic-ip", "aws:ec2:EIP"),
    ("natgateway", "aws:ec2:NatGateway"),
    ("route-table", "aws:ec2:RouteTable"),
    ("security-group", "aws:ec2:SecurityGroup"),
    ("vpc-endpoint", "aws:ec2:VpcEndpoint"),
    ("vpc-flow-log", "aws:ec2:FlowLog"),
];

/// All EC2 resources of a region that carry the stack's tag: one call a page of 1,000.
///
/// # Errors
/// What AWS said.
pub async fn tagged(aws: &Region, stack: &str) -> Result<Vec<Tagged>, Failure> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let mut pages = aws
        .ec2()
        .describe_tags()
        .filters(filter("key", STACK_TAG))
        .filters(filter("value", stack))
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure("ec2:DescribeTags", Effect::None, &error))?;
        for tag in page.tags() {
            let (Some(kind), Some(id)) = (tag.resource_type(), tag.resource_id()) else { continue };
            let type_name = EC2_TYPES.iter().find(|(word, _)| *word == kind.as_str()).map(|(_, name)| *name);
            found.push(Tagged {
                type_name: type_name.map_or_else(|| format!("aws:ec2:{}", kind.as_str()), str::to_owned),
                id: id.to_owned(),
            });
        }
    }
    Ok(found)
}
