//! `aws:apigateway:Account`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::replace;
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::iam::role_named;
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:Account`, which every account has in every region.
pub struct Account;

/// There is one in a region.
const ID: &str = "account";
const ROLE: &str = "cloudwatch_role_arn";
const KEEP: &str = "keep_existing";

#[async_trait]
impl Handler for Account {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let standing = role(aws).await?;
        let mut found = Vec::new();
        for target in targets {
            let shown = shown(aws, &target.inputs, standing.clone()).await?;
            found.push(Live {
                id: ID.to_owned(),
                properties: Values::new().set(ROLE, shown).build(),
                outputs: Map::new(),
                health: Health::Ready,
            });
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, _aws: &Region, _owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(vec![Candidate { id: ID.to_owned(), ours: true }])
    }

    async fn create(&self, _aws: &Region, _owner: &OwnerId, _inputs: &Map) -> Result<String, Failure> {
        Ok(ID.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        _target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|name| name == ROLE) {
            set(aws, desired.required(ROLE)?).await?;
        }
        // Reads alone use it: on record is where it belongs.
        Ok(vec![KEEP.to_owned()])
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        // All APIs of the region share it: another one's role stays.
        let ours = target.inputs.text(ROLE).filter(|role| !role.is_empty());
        if ours.is_some() && role(aws).await?.as_deref() == ours {
            set(aws, "").await?;
        }
        Ok(Deleted::Gone)
    }
}

/// The role that a read gives back: the wanted one also where another is to be kept, and exists.
async fn shown(aws: &Region, inputs: &Map, standing: Option<String>) -> Result<Option<String>, Failure> {
    let (Some(wanted), Some(other)) = (inputs.text(ROLE), &standing) else { return Ok(standing) };
    if wanted == other || inputs.flag(KEEP) != Some(true) {
        return Ok(standing);
    }
    // With a role that is gone nobody's stage can log.
    let name = other.rsplit('/').next().unwrap_or_default();
    let exists = role_named(aws, name).await?.is_some_and(|role| role.arn == *other);
    Ok(if exists { Some(wanted.to_owned()) } else { standing })
}

async fn role(aws: &Region) -> Result<Option<String>, Failure> {
    let answer = aws.apigateway().get_account().send().await;
    let answer = answer.map_err(|error| unread("apigateway:GetAccount", &error))?;
    Ok(answer.cloudwatch_role_arn.filter(|role| !role.is_empty()))
}

async fn set(aws: &Region, role: &str) -> Result<(), Failure> {
    let call = aws.apigateway().update_account().patch_operations(replace("/cloudwatchRoleArn", role));
    call.send().await.map_err(|error| refused("apigateway:UpdateAccount", &error))?;
    Ok(())
}
