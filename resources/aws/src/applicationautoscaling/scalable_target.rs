//! `aws:applicationautoscaling:ScalableTarget`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ScalableTarget as Scaled, ServiceNamespace, SuspendedState,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::Key;
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The most resources that one call names.
const PAGE: usize = 50;

/// The handler of `aws:applicationautoscaling:ScalableTarget`; its physical id is
/// `<namespace>|<resource>|<dimension>`.
pub struct ScalableTarget;

#[async_trait]
impl Handler for ScalableTarget {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut resources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for target in targets {
            let key = Key::parse(&target.id);
            resources.entry(key.namespace).or_default().push(key.resource.to_owned());
        }
        let mut found = Vec::new();
        for (namespace, resources) in resources {
            for batch in resources.chunks(PAGE) {
                found.extend(described(aws, namespace, batch.to_vec()).await?);
            }
        }
        Ok(in_order(targets, found.iter().map(live)))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let key = Key::of(inputs)?;
        let found = described(aws, key.namespace, vec![key.resource.to_owned()]).await?;
        let ids = found.iter().map(|target| live(target).id).filter(|id| *id == key.id());
        Ok(ids.map(|id| Candidate { id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let key = Key::of(inputs)?;
        register(aws, &key, inputs).await?;
        Ok(key.id())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        register(aws, &Key::parse(&target.id), desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let key = Key::parse(&target.id);
        aws.autoscaling()
            .deregister_scalable_target()
            .service_namespace(ServiceNamespace::from(key.namespace))
            .resource_id(key.resource)
            .scalable_dimension(ScalableDimension::from(key.dimension))
            .send()
            .await
            .map_err(|error| refused("application-autoscaling:DeregisterScalableTarget", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn described(aws: &Region, namespace: &str, resources: Vec<String>) -> Result<Vec<Scaled>, Failure> {
    let call = aws.autoscaling().describe_scalable_targets();
    let call = call.service_namespace(ServiceNamespace::from(namespace)).set_resource_ids(Some(resources));
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let operation = "application-autoscaling:DescribeScalableTargets";
        found.extend(page.map_err(|error| unread(operation, &error))?.scalable_targets.unwrap_or_default());
    }
    Ok(found)
}

async fn register(aws: &Region, key: &Key<'_>, inputs: &Map) -> Result<(), Failure> {
    let flag = |name: &str| inputs.flag(name).unwrap_or(false);
    let suspended = SuspendedState::builder()
        .dynamic_scaling_in_suspended(flag("dynamic_scaling_in_suspended"))
        .dynamic_scaling_out_suspended(flag("dynamic_scaling_out_suspended"))
        .scheduled_scaling_suspended(flag("scheduled_scaling_suspended"))
        .build();
    aws.autoscaling()
        .register_scalable_target()
        .service_namespace(ServiceNamespace::from(key.namespace))
        .resource_id(key.resource)
        .scalable_dimension(ScalableDimension::from(key.dimension))
        .set_min_capacity(inputs.int32("min_capacity"))
        .set_max_capacity(inputs.int32("max_capacity"))
        .suspended_state(suspended)
        .send()
        .await
        .map_err(|error| refused("application-autoscaling:RegisterScalableTarget", &error))?;
    Ok(())
}

fn live(target: &Scaled) -> Live {
    let key = Key {
        namespace: target.service_namespace().as_str(),
        resource: target.resource_id(),
        dimension: target.scalable_dimension().as_str(),
    };
    let suspended = target.suspended_state();
    let flag = |of: fn(&SuspendedState) -> Option<bool>| suspended.and_then(of).unwrap_or(false);
    Live {
        id: key.id(),
        properties: Values::new()
            .set("service_namespace", key.namespace)
            .set("resource_id", key.resource)
            .set("scalable_dimension", key.dimension)
            .set("min_capacity", target.min_capacity())
            .set("max_capacity", target.max_capacity())
            .set("dynamic_scaling_in_suspended", flag(SuspendedState::dynamic_scaling_in_suspended))
            .set("dynamic_scaling_out_suspended", flag(SuspendedState::dynamic_scaling_out_suspended))
            .set("scheduled_scaling_suspended", flag(SuspendedState::scheduled_scaling_suspended))
            .build(),
        outputs: Values::new()
            .set("arn", target.scalable_target_arn())
            .set("scaled_resource_id", key.resource)
            .build(),
        health: Health::Ready,
    }
}
