//! `aws:apigateway:UsagePlan`

use async_trait::async_trait;
use aws_sdk_apigateway::types::{
    ApiStage, Op, PatchOperation, QuotaPeriodType, QuotaSettings, ThrottleSettings, UsagePlan as Plan,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{arn_of, converge_tags, filled, float, number, remove, replace, replacements};
use super::usage_plan_key;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:UsagePlan`.
pub struct UsagePlan;

#[async_trait]
impl Handler for UsagePlan {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let plans = match targets {
            [target] => one(aws, &target.id).await?.into_iter().collect(),
            _ => all(aws).await?,
        };
        let mut found: Vec<Live> = plans.iter().map(|plan| live(aws, plan)).collect();
        found.retain(|live| targets.iter().any(|target| target.id == live.id));
        for live in &mut found {
            let keys = usage_plan_key::ids(aws, &live.id).await?.into_iter().map(Value::from);
            live.properties.insert("keys".to_owned(), Value::List(keys.collect()));
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let ours = |plan: &Plan| {
            plan.tags().and_then(|tags| tags.get(OWNER_TAG)).is_some_and(|tag| tag == owner.as_str())
        };
        let plans = all(aws).await?.into_iter().filter(ours).filter_map(|plan| plan.id);
        Ok(plans.map(|id| Candidate { id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let map = |name: &str| inputs.get(name).and_then(Value::as_map);
        let throttle = map("throttle").map(|throttle| {
            ThrottleSettings::builder()
                .set_rate_limit(float(throttle.get("rate_limit")))
                .set_burst_limit(throttle.int32("burst_limit"))
                .build()
        });
        let quota = map("quota").map(|quota| {
            QuotaSettings::builder()
                .set_limit(quota.int32("limit"))
                .set_offset(quota.int32("offset"))
                .set_period(quota.text("period").map(QuotaPeriodType::from))
                .build()
        });
        let stages = stages(inputs).into_iter().filter_map(|stage| {
            let (api, stage) = stage.split_once(':')?;
            Some(ApiStage::builder().api_id(api).stage(stage).build())
        });
        let answer = aws
            .apigateway()
            .create_usage_plan()
            .name(inputs.required("name")?)
            .set_description(filled(inputs, "description"))
            .set_api_stages(Some(stages.collect()))
            .set_throttle(throttle)
            .set_quota(quota)
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateUsagePlan", &error))?;
        answer.id.ok_or_else(|| unexpected("apigateway:CreateUsagePlan", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // One call every 20 seconds: all in one.
        let patches = patches(&live.properties, desired, differing);
        if !patches.is_empty() {
            update(aws, &target.id, patches).await?;
        }
        if differing.iter().any(|name| name == "keys") {
            for id in live.properties.texts("keys") {
                absent_as_none(usage_plan_key::remove(aws, &id).await)?;
            }
        }
        let arn = arn_of(aws, &format!("usageplans/{}", target.id));
        converge_tags(aws, &arn, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some(plan) = one(aws, &target.id).await? else { return Ok(Deleted::Gone) };
        let held = stages(&live(aws, &plan).properties);
        if !held.is_empty() {
            update(aws, &target.id, held.iter().map(|stage| stage_patch(Op::Remove, stage)).collect())
                .await?;
        }
        let call = aws.apigateway().delete_usage_plan().usage_plan_id(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteUsagePlan", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn update(aws: &Region, id: &str, patches: Vec<PatchOperation>) -> Result<(), Failure> {
    let call = aws.apigateway().update_usage_plan().usage_plan_id(id).set_patch_operations(Some(patches));
    call.send().await.map_err(|error| refused("apigateway:UpdateUsagePlan", &error))?;
    Ok(())
}

/// `<api>:<stage>` of each stage.
fn stages(inputs: &Map) -> Vec<String> {
    let list = inputs.get("api_stages").and_then(Value::as_list).unwrap_or_default();
    let maps = list.iter().filter_map(Value::as_map);
    maps.filter_map(|stage| Some(format!("{}:{}", stage.text("api_id")?, stage.text("stage")?))).collect()
}

fn stage_patch(op: Op, stage: &str) -> PatchOperation {
    PatchOperation::builder().op(op).path("/apiStages").value(stage).build()
}

fn patches(live: &Map, desired: &Map, differing: &[String]) -> Vec<PatchOperation> {
    let differs = |name: &str| differing.iter().any(|item| item == name);
    let mut patches = replacements(&[("name", "/name"), ("description", "/description")], desired, differing);
    if differs("api_stages") {
        let (from, to) = (stages(live), stages(desired));
        patches.extend(to.iter().filter(|s| !from.contains(s)).map(|s| stage_patch(Op::Add, s)));
        patches.extend(from.iter().filter(|s| !to.contains(s)).map(|s| stage_patch(Op::Remove, s)));
    }
    if differs("throttle") {
        match desired.get("throttle").and_then(Value::as_map) {
            Some(throttle) => {
                let rate = float(throttle.get("rate_limit")).unwrap_or_default();
                patches.push(replace("/throttle/rateLimit", rate.to_string()));
                let burst = throttle.int("burst_limit").unwrap_or_default();
                patches.push(replace("/throttle/burstLimit", burst.to_string()));
            }
            None => patches.push(remove("/throttle")),
        }
    }
    if differs("quota") {
        match desired.get("quota").and_then(Value::as_map) {
            Some(quota) => {
                let number = |name: &str| quota.int(name).unwrap_or_default().to_string();
                patches.push(replace("/quota/limit", number("limit")));
                patches.push(replace("/quota/offset", number("offset")));
                patches.push(replace("/quota/period", quota.text("period").unwrap_or_default()));
            }
            None => patches.push(remove("/quota")),
        }
    }
    patches
}

fn live(aws: &Region, plan: &Plan) -> Live {
    let id = plan.id().unwrap_or_default().to_owned();
    let stages = plan.api_stages().iter().map(|stage| {
        Value::Map(Values::new().set("api_id", stage.api_id()).set("stage", stage.stage()).build())
    });
    let throttle = plan.throttle().map(|throttle| {
        let values = Values::new()
            .set("rate_limit", number(throttle.rate_limit()))
            .set("burst_limit", throttle.burst_limit());
        Value::Map(values.build())
    });
    let quota = plan.quota().map(|quota| {
        let values = Values::new()
            .set("limit", quota.limit())
            .set("offset", Some(quota.offset()).filter(|offset| *offset != 0))
            .set("period", quota.period().map(|period| period.as_str()));
        Value::Map(values.build())
    });
    let properties = Values::new()
        .set("name", plan.name())
        .set("description", plan.description().unwrap_or_default())
        .set("api_stages", Value::List(stages.collect()))
        .set("throttle", throttle)
        .set("quota", quota)
        .tags(plan.tags().cloned().unwrap_or_default());
    let outputs = Values::new().set("arn", arn_of(aws, &format!("usageplans/{id}")));
    Live { id, properties: properties.build(), outputs: outputs.build(), health: Health::Ready }
}

async fn one(aws: &Region, id: &str) -> Result<Option<Plan>, Failure> {
    let answer = aws.apigateway().get_usage_plan().usage_plan_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("apigateway:GetUsagePlan", &error)))?;
    Ok(answer.map(|plan| {
        Plan::builder()
            .set_id(plan.id)
            .set_name(plan.name)
            .set_description(plan.description)
            .set_api_stages(plan.api_stages)
            .set_throttle(plan.throttle)
            .set_quota(plan.quota)
            .set_tags(plan.tags)
            .build()
    }))
}

/// Every plan of the region, with its tags.
async fn all(aws: &Region) -> Result<Vec<Plan>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.apigateway().get_usage_plans().limit(500).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetUsagePlans", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}
