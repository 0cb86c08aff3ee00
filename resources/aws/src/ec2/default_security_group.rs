//! `aws:ec2:DefaultSecurityGroup`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::ours;
use super::vpc::default_groups;
use super::{rule_changes, security_group};
use crate::failure::unexpected;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The handler of `aws:ec2:DefaultSecurityGroup`, which comes and goes with its VPC.
pub struct DefaultSecurityGroup;

#[async_trait]
impl Handler for DefaultSecurityGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        let mut live = security_group::groups(aws, &ids).await?;
        for group in &mut live {
            // Name, description and tags are the VPC's and not the spec's.
            group.properties.retain(|name, _| matches!(name.as_str(), "vpc_id" | "ingress" | "egress"));
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(default_groups(aws, &[inputs.required("vpc_id")?]).await?.values().map(|id| ours(id)).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let vpc = inputs.required("vpc_id")?;
        default_groups(aws, &[vpc]).await?.remove(vpc).ok_or_else(|| {
            let message = format!("{vpc} has no default security group yet");
            let mut failure = unexpected("ec2:DescribeSecurityGroups", &message);
            failure.class = FailureClass::Absent;
            failure
        })
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        rule_changes::converge(aws, &target.id, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        // It cannot be deleted. Without rules it stays closed, and keeps no other group from being deleted.
        let both = ["ingress".to_owned(), "egress".to_owned()];
        rule_changes::converge(aws, &target.id, &Map::new(), &both).await?;
        Ok(Deleted::Gone)
    }
}
