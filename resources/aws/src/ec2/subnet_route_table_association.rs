//! `aws:ec2:SubnetRouteTableAssociation`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::RouteTableAssociationStateCode as State;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{FILTER_VALUES, delete_failure, differs, filter};
use super::route_table::TABLES_A_PAGE;
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:ec2:SubnetRouteTableAssociation`; its physical id is the subnet's.
pub struct SubnetRouteTableAssociation;

#[async_trait]
impl Handler for SubnetRouteTableAssociation {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let subnets: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        let mut live = Vec::new();
        for batch in subnets.chunks(FILTER_VALUES) {
            live.extend(associations(aws, batch).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let table = inputs.required("route_table_id")?;
        let found = associations(aws, &[inputs.required("subnet_id")?]).await?;
        Ok(found
            .into_iter()
            .map(|live| Candidate {
                ours: live.properties.text("route_table_id") == Some(table),
                id: live.id,
            })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let subnet = inputs.required("subnet_id")?;
        aws.ec2()
            .associate_route_table()
            .subnet_id(subnet)
            .route_table_id(inputs.required("route_table_id")?)
            .send()
            .await
            .map_err(|error| refused("ec2:AssociateRouteTable", &error))?;
        Ok(subnet.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        _target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differs(differing, "route_table_id") {
            // In one call: the subnet is never without a table of its own.
            aws.ec2()
                .replace_route_table_association()
                .association_id(live.outputs.required("association_id")?)
                .route_table_id(desired.required("route_table_id")?)
                .send()
                .await
                .map_err(|error| refused("ec2:ReplaceRouteTableAssociation", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        // The id on record is out of date when someone replaced the association.
        let found = associations(aws, &[&target.id]).await?;
        let current = found.first().map_or(&target.outputs, |live| &live.outputs);
        let Some(association) = current.text("association_id") else { return Ok(Deleted::Gone) };
        let answer = aws.ec2().disassociate_route_table().association_id(association).send().await;
        match answer
            .map_err(|error| delete_failure("ec2:DisassociateRouteTable", &["InvalidAssociation"], &error))
        {
            Err(failure) if failure.class != FailureClass::Absent => Err(failure),
            _ => Ok(Deleted::Gone),
        }
    }
}

/// The explicit associations of some subnets: at most one each.
async fn associations(aws: &Region, subnets: &[&str]) -> Result<Vec<Live>, Failure> {
    let mut pages = aws
        .ec2()
        .describe_route_tables()
        .filters(filter("association.subnet-id", subnets.iter().copied()))
        .into_paginator()
        .page_size(TABLES_A_PAGE)
        .send();
    let mut found: BTreeMap<String, Live> = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeRouteTables", &error))?;
        for association in page.route_tables().iter().flat_map(|table| table.associations()) {
            // A table lists its other subnets and gateways too.
            let Some(subnet) = association.subnet_id().filter(|id| subnets.contains(id)) else { continue };
            let state = association.association_state();
            let reason = state.and_then(|state| state.status_message()).unwrap_or("no reason given");
            let health = match state.and_then(|state| state.state()) {
                Some(State::Disassociated) => continue,
                Some(State::Associated) | None => Health::Ready,
                Some(State::Failed) => Health::Failed(format!("failed: {reason}")),
                Some(State::Disassociating) => Health::Deleting("disassociating".to_owned()),
                Some(other) => Health::Pending(other.as_str().to_owned()),
            };
            // During a replacement the old association may be listed beside the new one.
            if matches!(health, Health::Deleting(_)) && found.contains_key(subnet) {
                continue;
            }
            let properties =
                Values::new().set("subnet_id", subnet).set("route_table_id", association.route_table_id());
            let outputs = Values::new().set("association_id", association.route_table_association_id());
            let live = Live {
                id: subnet.to_owned(),
                properties: properties.build(),
                outputs: outputs.build(),
                health,
            };
            found.insert(subnet.to_owned(), live);
        }
    }
    Ok(found.into_values().collect())
}
