//! `aws:rds:DBProxyTarget`

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_rds::types::{DbProxyTarget as Described, TargetHealthReason, TargetState, TargetType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::deleted;
use super::db_proxy_target_group::DEFAULT;
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::kms::common::off;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:rds:DBProxyTarget`; its physical id is `<proxy>|<instance>`.
pub struct DbProxyTarget;

#[async_trait]
impl Handler for DbProxyTarget {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let proxies: BTreeSet<&str> =
            targets.iter().filter_map(|target| parts(&target.id)).map(|(proxy, _)| proxy).collect();
        let found = try_join_all(proxies.into_iter().map(|proxy| registered(aws, proxy))).await?;
        let found: Vec<(String, Described)> = found.into_iter().flatten().collect();
        let mut readings = Vec::new();
        for target in targets {
            readings.push(match found.iter().find(|(id, _)| *id == target.id) {
                Some((_, described)) => Reading::Found(Box::new(read_one(aws, target, described).await)),
                None => Reading::Absent,
            });
        }
        Ok(readings)
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let id = physical_id(inputs)?;
        let found = registered(aws, inputs.required("db_proxy_name")?).await?;
        let same = found.into_iter().filter(|(found, _)| *found == id);
        Ok(same.map(|(id, _)| Candidate { id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let id = physical_id(inputs)?;
        aws.rds()
            .register_db_proxy_targets()
            .db_proxy_name(inputs.required("db_proxy_name")?)
            .target_group_name(DEFAULT)
            .db_instance_identifiers(inputs.required("db_instance_identifier")?)
            .send()
            .await
            .map_err(|error| refused("rds:RegisterDBProxyTargets", &error))?;
        Ok(id)
    }

    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // Both of its properties make it another target.
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some((proxy, instance)) = parts(&target.id) else { return Ok(Deleted::Gone) };
        let call = aws.rds().deregister_db_proxy_targets().db_proxy_name(proxy).target_group_name(DEFAULT);
        deleted("rds:DeregisterDBProxyTargets", call.db_instance_identifiers(instance).send().await)
    }
}

fn physical_id(inputs: &Map) -> Result<String, Failure> {
    let (proxy, instance) = (inputs.required("db_proxy_name")?, inputs.required("db_instance_identifier")?);
    Ok(format!("{proxy}|{instance}").to_ascii_lowercase())
}

fn parts(id: &str) -> Option<(&str, &str)> {
    id.split_once('|')
}

/// The instances behind a proxy, with their physical ids.
async fn registered(aws: &Region, proxy: &str) -> Result<Vec<(String, Described)>, Failure> {
    let mut found = Vec::new();
    let call = aws.rds().describe_db_proxy_targets().db_proxy_name(proxy).target_group_name(DEFAULT);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBProxyTargets", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(Vec::new()) };
        for target in page.targets.unwrap_or_default() {
            let instance = target.rds_resource_id().unwrap_or_default();
            let id = format!("{proxy}|{instance}").to_ascii_lowercase();
            if matches!(target.r#type(), Some(TargetType::RdsInstance) | None) {
                found.push((id, target));
            }
        }
    }
    Ok(found)
}

/// The target; one whose proxy cannot log in for good does not become fit.
async fn read_one(aws: &Region, target: &Target, described: &Described) -> Live {
    let mut live = live(target, described);
    let reason = described.target_health().and_then(|health| health.reason());
    let (proxy, _) = parts(&target.id).unwrap_or_default();
    if let (Health::Pending(word), Some(TargetHealthReason::AuthFailure)) = (&live.health, reason)
        && let Some(why) = closed(aws, proxy).await
    {
        live.health = Health::Failed(format!("{word}: {why}"));
    }
    live
}

/// What keeps a proxy from reading how to log in: the key of a secret of its that is switched off or on its way out. A
/// role made a moment ago does so as well, and that passes.
async fn closed(aws: &Region, proxy: &str) -> Option<String> {
    let answer = aws.rds().describe_db_proxies().db_proxy_name(proxy).send().await.ok()?;
    let mut secrets: Vec<&str> = Vec::new();
    for proxy in answer.db_proxies() {
        secrets.extend(proxy.auth().iter().filter_map(|auth| auth.secret_arn()));
    }
    for arn in secrets {
        let secret = aws.secretsmanager().describe_secret().secret_id(arn).send().await.ok();
        let Some(key) = secret.and_then(|secret| secret.kms_key_id) else { continue };
        if let Some(state) = off(aws, &key).await {
            return Some(format!("the key {key} of {arn} is {}", state.as_str()));
        }
    }
    None
}

fn live(target: &Target, described: &Described) -> Live {
    let (proxy, instance) = parts(&target.id).unwrap_or_default();
    let properties = Values::new().set("db_proxy_name", proxy).set("db_instance_identifier", instance);
    let outputs = Values::new().set("endpoint", described.endpoint()).set("port", described.port());
    // Once it has served, a database that is stopped or cut off for a while is not something to wait for.
    let served = target.outputs.contains_key("endpoint");
    Live {
        id: target.id.clone(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: health(described, served),
    }
}

fn health(described: &Described, served: bool) -> Health {
    let health = described.target_health();
    match health.and_then(|health| health.state()) {
        Some(TargetState::Available | TargetState::Unused) => Health::Ready,
        Some(TargetState::Unavailable) if served => Health::Ready,
        Some(TargetState::Unavailable) => {
            let reason = health.and_then(|health| health.reason()).map_or("", |reason| reason.as_str());
            let more = health.and_then(|health| health.description()).unwrap_or_default();
            Health::Pending(format!("UNAVAILABLE {reason} {more}").trim().to_owned())
        }
        Some(other) => Health::Pending(other.as_str().to_owned()),
        None => Health::Pending("REGISTERING".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::TargetHealth;

    use super::*;

    #[test]
    fn a_stopped_database_is_waited_for_at_the_beginning_only() {
        let unreachable = TargetHealth::builder()
            .state(TargetState::Unavailable)
            .reason(TargetHealthReason::Unreachable)
            .build();
        let described = Described::builder().target_health(unreachable).build();
        assert_eq!(health(&described, false), Health::Pending("UNAVAILABLE UNREACHABLE".to_owned()));
        assert_eq!(health(&described, true), Health::Ready);
    }
}
