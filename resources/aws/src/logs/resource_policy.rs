//! `aws:logs:ResourcePolicy`

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::ResourcePolicy as Policy;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use finsight_specs::logs::ResourcePolicy as Spec;

use crate::document::{from_text, to_text};
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::{as_wanted, stands_already};
use crate::values::{Inputs, Values};

/// The handler of `aws:logs:ResourcePolicy`.
pub struct ResourcePolicy;

#[async_trait]
impl Handler for ResourcePolicy {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        // A region has ten at most.
        Ok(in_order(targets, described(aws).await?.iter().map(values)))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(standing(aws, inputs)
            .await?
            .map(|live| Candidate { id: live.id.clone(), ours: as_wanted(&Spec::spec(), &live, inputs) })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        if let Some(live) = standing(aws, inputs).await? {
            return Err(stands_already("logs:PutResourcePolicy", &format!("the policy {}", live.id)));
        }
        let name = inputs.required("policy_name")?;
        put(aws, name, inputs).await?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        put(aws, &target.id, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.logs().delete_resource_policy().policy_name(&target.id);
        call.send().await.map_err(|error| refused("logs:DeleteResourcePolicy", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn standing(aws: &Region, inputs: &Map) -> Result<Option<Live>, Failure> {
    let name = inputs.required("policy_name")?;
    Ok(described(aws).await?.iter().map(values).find(|live| live.id == name))
}

async fn described(aws: &Region) -> Result<Vec<Policy>, Failure> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let answer = aws
            .logs()
            .describe_resource_policies()
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| unread("logs:DescribeResourcePolicies", &error))?;
        found.extend(answer.resource_policies.unwrap_or_default());
        token = answer.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

async fn put(aws: &Region, name: &str, inputs: &Map) -> Result<(), Failure> {
    let document = inputs.get("policy_document").map(to_text).unwrap_or_default();
    let call = aws.logs().put_resource_policy().policy_name(name).policy_document(document);
    call.send().await.map_err(|error| refused("logs:PutResourcePolicy", &error))?;
    Ok(())
}

fn values(policy: &Policy) -> Live {
    let properties = Values::new()
        .set("policy_name", policy.policy_name())
        .set("policy_document", from_text(policy.policy_document().unwrap_or_default()));
    Live {
        id: policy.policy_name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
