//! `aws:apigateway:UsagePlanKey`

use std::collections::BTreeSet;

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::SEPARATOR;
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:UsagePlanKey`.
pub struct UsagePlanKey;

#[async_trait]
impl Handler for UsagePlanKey {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let plans: BTreeSet<&str> = targets.iter().map(|target| split(&target.id).0).collect();
        let mut found = Vec::new();
        for plan in plans {
            found.extend(absent_as_none(all(aws, plan).await)?.unwrap_or_default());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let plan = inputs.required("usage_plan_id")?;
        let id = id_of(plan, inputs.required("key_id")?);
        let standing = absent_as_none(all(aws, plan).await)?.unwrap_or_default();
        // An entry of our plan for our key is ours.
        let found = standing.into_iter().filter(|one| one.id == id);
        Ok(found.map(|one| Candidate { id: one.id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (plan, key) = (inputs.required("usage_plan_id")?, inputs.required("key_id")?);
        aws.apigateway()
            .create_usage_plan_key()
            .usage_plan_id(plan)
            .key_id(key)
            .key_type(inputs.text("key_type").unwrap_or("API_KEY"))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateUsagePlanKey", &error))?;
        Ok(id_of(plan, key))
    }

    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // Nothing of it can be changed: the stages are the plan's, and say only whose place it takes.
        Ok(vec!["api_stages".to_owned()])
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        remove(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}

/// Takes a key out of its plan, by its id here.
pub(super) async fn remove(aws: &Region, id: &str) -> Result<(), Failure> {
    let (plan, key) = split(id);
    let call = aws.apigateway().delete_usage_plan_key().usage_plan_id(plan).key_id(key);
    call.send().await.map_err(|error| refused("apigateway:DeleteUsagePlanKey", &error))?;
    Ok(())
}

/// The ids of all keys of a plan.
pub(super) async fn ids(aws: &Region, plan: &str) -> Result<Vec<String>, Failure> {
    let all = absent_as_none(all(aws, plan).await)?.unwrap_or_default();
    Ok(all.into_iter().map(|live| live.id).collect())
}

fn id_of(plan: &str, key: &str) -> String {
    format!("{plan}{SEPARATOR}{key}")
}

fn split(id: &str) -> (&str, &str) {
    id.split_once(SEPARATOR).unwrap_or((id, ""))
}

/// The keys of a plan.
async fn all(aws: &Region, plan: &str) -> Result<Vec<Live>, Failure> {
    let mut found = Vec::new();
    let call = aws.apigateway().get_usage_plan_keys().usage_plan_id(plan).limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetUsagePlanKeys", &error))?;
        found.extend(page.items().iter().map(|one| {
            let key = one.id().unwrap_or_default();
            let properties = Values::new()
                .set("usage_plan_id", plan)
                .set("key_id", key)
                .set("key_type", one.r#type().unwrap_or("API_KEY"));
            Live {
                id: id_of(plan, key),
                properties: properties.build(),
                outputs: Map::new(),
                health: Health::Ready,
            }
        }));
    }
    Ok(found)
}
