//! `aws:xray:SamplingRule`

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_xray::types::{SamplingRule as Rule, SamplingRuleUpdate};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{converge_tags, tags_at, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, text_map};

/// The handler of `aws:xray:SamplingRule`.
pub struct SamplingRule;

#[async_trait]
impl Handler for SamplingRule {
    /// There is no call for one rule: one sweep serves all.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for rule in all(aws).await? {
            let name = rule.rule_name().unwrap_or_default();
            if targets.iter().any(|target| target.id == name) {
                found.extend(live(aws, &rule).await?);
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("rule_name")?;
        let mut found = Vec::new();
        for rule in all(aws).await?.iter().filter(|rule| rule.rule_name() == Some(name)) {
            let tags = absent_as_none(tags_at(aws, rule.rule_arn().unwrap_or_default()).await)?;
            let ours = tags.is_some_and(|tags| tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str()));
            found.push(Candidate { id: name.to_owned(), ours });
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("rule_name")?;
        let any = |name: &str| inputs.text(name).unwrap_or("*");
        let rule = Rule::builder()
            .rule_name(name)
            .priority(inputs.int32("priority").unwrap_or_default())
            .reservoir_size(inputs.int32("reservoir_size").unwrap_or_default())
            .fixed_rate(rate(inputs).unwrap_or_default())
            .service_name(any("service_name"))
            .service_type(any("service_type"))
            .host(any("host"))
            .http_method(any("http_method"))
            .url_path(any("url_path"))
            .resource_arn(any("resource_arn"))
            .version(inputs.int32("version").unwrap_or(1))
            .set_attributes(Some(attributes(inputs)))
            .build()
            .map_err(|error| unexpected("request", &error.to_string()))?;
        aws.xray()
            .create_sampling_rule()
            .sampling_rule(rule)
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("xray:CreateSamplingRule", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|property| property != "tags") {
            let text = |name: &str| desired.text(name).map(str::to_owned);
            let update = SamplingRuleUpdate::builder()
                .rule_name(&target.id)
                .set_priority(desired.int32("priority"))
                .set_reservoir_size(desired.int32("reservoir_size"))
                .set_fixed_rate(rate(desired))
                .set_service_name(text("service_name"))
                .set_service_type(text("service_type"))
                .set_host(text("host"))
                .set_http_method(text("http_method"))
                .set_url_path(text("url_path"))
                .set_resource_arn(text("resource_arn"))
                .set_attributes(Some(attributes(desired)));
            let call = aws.xray().update_sampling_rule().sampling_rule_update(update.build());
            call.send().await.map_err(|error| refused("xray:UpdateSamplingRule", &error))?;
        }
        converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.xray().delete_sampling_rule().rule_name(&target.id);
        call.send().await.map_err(|error| refused("xray:DeleteSamplingRule", &error))?;
        Ok(Deleted::Gone)
    }
}

fn rate(inputs: &Map) -> Option<f64> {
    match inputs.get("fixed_rate")? {
        Value::Int(whole) => Some(*whole as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn attributes(inputs: &Map) -> HashMap<String, String> {
    inputs.get("attributes").map(text_map).unwrap_or_default().into_iter().collect()
}

async fn all(aws: &Region) -> Result<Vec<Rule>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.xray().get_sampling_rules().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("xray:GetSamplingRules", &error))?;
        let records = page.sampling_rule_records.unwrap_or_default();
        found.extend(records.into_iter().filter_map(|record| record.sampling_rule));
    }
    Ok(found)
}

/// A rule with its tags; `None` where it went between the two calls.
async fn live(aws: &Region, rule: &Rule) -> Result<Option<Live>, Failure> {
    let arn = rule.rule_arn().ok_or_else(|| unexpected("xray:GetSamplingRules", "a rule has no ARN"))?;
    let Some(tags) = absent_as_none(tags_at(aws, arn).await)? else { return Ok(None) };
    let name = rule.rule_name().unwrap_or_default();
    let attributes: Map = rule
        .attributes()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.as_str().into()))
        .collect();
    let properties = Values::new()
        .set("rule_name", name)
        .set("priority", rule.priority())
        .set("reservoir_size", rule.reservoir_size())
        .set("fixed_rate", rule.fixed_rate())
        .set("service_name", rule.service_name())
        .set("service_type", rule.service_type())
        .set("host", rule.host())
        .set("http_method", rule.http_method())
        .set("url_path", rule.url_path())
        .set("resource_arn", rule.resource_arn())
        .set("attributes", attributes)
        .set("version", rule.version())
        .tags(tags);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", arn).build(),
        health: Health::Ready,
    }))
}
