//! `aws:ec2:SecurityGroupEgress`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::ours;
use super::{rule_changes, security_group};
use crate::failure::unexpected;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The handler of `aws:ec2:SecurityGroupEgress`; its physical id is the group's.
///
/// It stands as long as its group does: there is nothing to create, for a
/// group always has egress rules, if only none.
pub struct SecurityGroupEgress;

#[async_trait]
impl Handler for SecurityGroupEgress {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        let mut live = security_group::groups(aws, &ids).await?;
        for group in &mut live {
            group.properties.retain(|name, _| name == "egress");
            group.properties.insert("group_id".to_owned(), Value::text(&group.id));
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let found = security_group::groups(aws, &[inputs.required("group_id")?]).await?;
        Ok(found.iter().map(|live| ours(&live.id)).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let group = inputs.required("group_id")?;
        let found = security_group::groups(aws, &[group]).await?;
        found.into_iter().next().map(|live| live.id).ok_or_else(|| {
            let mut failure =
                unexpected("ec2:DescribeSecurityGroups", &format!("{group} is not visible yet"));
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
        // The rules go, and with them what keeps other groups from being deleted; the group stays.
        rule_changes::converge(aws, &target.id, &Map::new(), &["egress".to_owned()]).await?;
        Ok(Deleted::Gone)
    }
}
