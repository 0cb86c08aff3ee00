//! `aws:route53:HealthCheck`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_route53::types::{
    HealthCheck as Check, HealthCheckConfig, HealthCheckRegion, HealthCheckType, ResettableElementName,
    TagResourceType,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::tags::{converge_tags, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// So many are read at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:route53:HealthCheck`. The owner id is the caller reference: a check takes no tags in its create call.
pub struct HealthCheck;

#[async_trait]
impl Handler for HealthCheck {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut checks = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let reads = batch.iter().map(|target| check(aws, &target.id));
            checks.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        let ids: Vec<String> = checks.iter().map(|check| check.id.clone()).collect();
        let mut tags = tags_of(aws, &TagResourceType::Healthcheck, &ids).await?;
        let live = checks.iter().map(|check| live(aws, check, tags.remove(&check.id).unwrap_or_default()));
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let mut found = Vec::new();
        let mut pages = aws.route53().list_health_checks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("route53:ListHealthChecks", &error))?;
            let ours = page.health_checks.into_iter().filter(|one| one.caller_reference == owner.as_str());
            found.extend(ours.map(|one| Candidate { id: one.id, ours: true }));
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let config = HealthCheckConfig::builder()
            .r#type(HealthCheckType::from(inputs.required("health_check_type")?))
            .fully_qualified_domain_name(inputs.required("fully_qualified_domain_name")?)
            .set_port(inputs.int32("port"))
            .set_resource_path(inputs.text("resource_path").map(str::to_owned))
            .set_search_string(inputs.text("search_string").map(str::to_owned))
            .set_request_interval(inputs.int32("request_interval"))
            .set_failure_threshold(inputs.int32("failure_threshold"))
            .set_measure_latency(inputs.flag("measure_latency"))
            .set_inverted(inputs.flag("inverted"))
            .set_disabled(inputs.flag("disabled"))
            .set_enable_sni(inputs.flag("enable_sni"))
            .set_regions(regions(inputs))
            .build()
            .map_err(|error| unexpected("request", &error.to_string()))?;
        let call = aws.route53().create_health_check();
        let call = call.caller_reference(owner.as_str()).health_check_config(config);
        let answer = call.send().await.map_err(|error| refused("route53:CreateHealthCheck", &error))?;
        answer
            .health_check
            .map(|check| check.id)
            .ok_or_else(|| unexpected("route53:CreateHealthCheck", "the answer has no health check"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let differs = |name: &str| differing.iter().any(|item| item == name);
        if differing.iter().any(|name| name != "tags") {
            update(aws, &target.id, desired, &differs).await?;
        }
        if differs("tags") {
            let kind = TagResourceType::Healthcheck;
            converge_tags(aws, &kind, &target.id, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.route53().delete_health_check().health_check_id(&target.id);
        call.send().await.map_err(|error| refused("route53:DeleteHealthCheck", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn check(aws: &Region, id: &str) -> Result<Option<Check>, Failure> {
    let answer = aws.route53().get_health_check().health_check_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("route53:GetHealthCheck", &error)))?;
    Ok(answer.and_then(|answer| answer.health_check))
}

/// What is not sent stays; what is to have no value any more is named.
async fn update(
    aws: &Region,
    id: &str,
    desired: &Map,
    differs: &(impl Fn(&str) -> bool + Sync),
) -> Result<(), Failure> {
    let text = |name: &str| desired.text(name).filter(|_| differs(name)).map(str::to_owned);
    let number = |name: &str| desired.int32(name).filter(|_| differs(name));
    let flag = |name: &str| desired.flag(name).filter(|_| differs(name));
    let regions = differs("regions").then(|| regions(desired)).flatten();
    let mut reset = Vec::new();
    if differs("resource_path") && text("resource_path").is_none() {
        reset.push(ResettableElementName::ResourcePath);
    }
    if differs("regions") && regions.is_none() {
        reset.push(ResettableElementName::Regions);
    }
    aws.route53()
        .update_health_check()
        .health_check_id(id)
        .set_fully_qualified_domain_name(text("fully_qualified_domain_name"))
        .set_port(number("port"))
        .set_resource_path(text("resource_path"))
        .set_search_string(text("search_string"))
        .set_failure_threshold(number("failure_threshold"))
        .set_inverted(flag("inverted"))
        .set_disabled(flag("disabled"))
        .set_enable_sni(flag("enable_sni"))
        .set_regions(regions)
        .set_reset_elements((!reset.is_empty()).then_some(reset))
        .send()
        .await
        .map_err(|error| refused("route53:UpdateHealthCheck", &error))?;
    Ok(())
}

fn regions(map: &Map) -> Option<Vec<HealthCheckRegion>> {
    let regions: Vec<HealthCheckRegion> =
        map.texts("regions").iter().map(|region| HealthCheckRegion::from(region.as_str())).collect();
    (!regions.is_empty()).then_some(regions)
}

fn live(aws: &Region, check: &Check, tags: BTreeMap<String, String>) -> Live {
    let mut properties = Values::new();
    if let Some(config) = check.health_check_config() {
        properties = properties
            .set("health_check_type", config.r#type().as_str())
            .set("fully_qualified_domain_name", config.fully_qualified_domain_name())
            .set("port", config.port().map(i64::from))
            .set("resource_path", config.resource_path())
            .set("search_string", config.search_string())
            .set("request_interval", config.request_interval().map(i64::from))
            .set("failure_threshold", config.failure_threshold().map(i64::from))
            .set("measure_latency", config.measure_latency())
            .set("inverted", config.inverted())
            .set("disabled", config.disabled())
            .set("enable_sni", config.enable_sni());
        if !config.regions().is_empty() {
            properties =
                properties.list("regions", config.regions().iter().map(|region| region.as_str().to_owned()));
        }
    }
    let arn = format!("arn:{}:route53:::healthcheck/{}", aws.account().partition, check.id);
    Live {
        id: check.id.clone(),
        properties: properties.tags(tags).build(),
        outputs: Values::new().set("arn", arn).build(),
        health: Health::Ready,
    }
}
