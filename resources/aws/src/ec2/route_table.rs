//! `aws:ec2:RouteTable`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, ResourceType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, converge_tags, delete_failure, differs, find_by_owner, tag_pairs,
    tag_specifications,
};
use super::routes;
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The most that one page of DescribeRouteTables holds.
pub const TABLES_A_PAGE: i32 = 100;

/// The handler of `aws:ec2:RouteTable`, which owns all of its routes.
pub struct RouteTable;

#[async_trait]
impl Handler for RouteTable {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            let mut pages = aws
                .ec2()
                .describe_route_tables()
                .filters(by_id("route-table-id", batch))
                .into_paginator()
                .page_size(TABLES_A_PAGE)
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| unread("ec2:DescribeRouteTables", &error))?;
                live.extend(page.route_tables().iter().map(described));
            }
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_by_owner(aws, ResourceType::RouteTable, owner).await
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_route_table()
            .vpc_id(inputs.required("vpc_id")?)
            .set_tag_specifications(tag_specifications(ResourceType::RouteTable, inputs))
            .client_token(owner.as_str())
            .send()
            .await
            .map_err(|error| refused("ec2:CreateRouteTable", &error))?;
        answer
            .route_table()
            .and_then(|table| table.route_table_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateRouteTable", "the answer has no route table id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differs(differing, "routes") {
            routes::converge(aws, &target.id, &live.properties, desired).await?;
        }
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.ec2()
            .delete_route_table()
            .route_table_id(&target.id)
            .send()
            .await
            .map_err(|error| delete_failure("ec2:DeleteRouteTable", &["InvalidRouteTable"], &error))?;
        Ok(Deleted::Gone)
    }
}

fn described(table: &types::RouteTable) -> Live {
    let properties = Values::new()
        .set("vpc_id", table.vpc_id())
        .set("routes", routes::routes_of(table))
        .tags(tag_pairs(table.tags()));
    Live {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
