//! `aws:lambda:Alias`

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_lambda::operation::get_alias::GetAliasOutput;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::FutureExt as _;

use super::common::{AT_ONCE, invoke_arn, ours, parts};
use super::provisioned_concurrency_config::{Moving, moving};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:lambda:Alias`; its physical id is `<function>:<alias>`.
pub struct Alias;

#[async_trait]
impl Handler for Alias {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, target).boxed()).await
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (function, name) = (inputs.required("function_name")?, inputs.required("name")?);
        Ok(ours(alias(aws, function, name).await?, format!("{function}:{name}")))
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (function, name) = (inputs.required("function_name")?, inputs.required("name")?);
        let weights = weights(inputs);
        aws.lambda()
            .create_alias()
            .function_name(function)
            .name(name)
            .function_version(inputs.required("function_version")?)
            .set_description(inputs.text("description").map(str::to_owned))
            .set_routing_config((!weights.is_empty()).then(|| routing(weights)))
            .send()
            .await
            .map_err(|error| refused("lambda:CreateAlias", &error))?;
        Ok(format!("{function}:{name}"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (function, name) = parts(&target.id);
        // An empty map of weights takes them away.
        aws.lambda()
            .update_alias()
            .function_name(function)
            .name(name)
            .function_version(desired.required("function_version")?)
            .description(desired.text("description").unwrap_or_default())
            .routing_config(routing(weights(desired)))
            .send()
            .await
            .map_err(|error| refused("lambda:UpdateAlias", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (function, name) = parts(&target.id);
        let call = aws.lambda().delete_alias().function_name(function).name(name);
        call.send().await.map_err(|error| refused("lambda:DeleteAlias", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn alias(aws: &Region, function: &str, name: &str) -> Result<Option<GetAliasOutput>, Failure> {
    let answer = aws.lambda().get_alias().function_name(function).name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("lambda:GetAlias", &error)))
}

fn weights(inputs: &Map) -> HashMap<String, f64> {
    let weights = inputs.get("additional_version_weights").and_then(Value::as_map);
    let number = |value: &Value| match value {
        Value::Number(number) => Some(*number),
        Value::Int(number) => u32::try_from(*number).ok().map(f64::from),
        _ => None,
    };
    weights
        .into_iter()
        .flatten()
        .filter_map(|(version, value)| Some((version.clone(), number(value)?)))
        .collect()
}

fn routing(weights: HashMap<String, f64>) -> AliasRoutingConfiguration {
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (function, name) = parts(&target.id);
    let Some(alias) = alias(aws, function, name).await? else { return Ok(None) };
    let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    let mut weights = weights.cloned().unwrap_or_default();
    let (mut condition, mut health) = ("fit".to_owned(), Health::Ready);
    let wanted = self::weights(&target.inputs);
    let version = alias.function_version().unwrap_or_default();
    if !weights.is_empty() && weights != wanted {
        match moving(aws, function, name).await? {
            // Whoever took them away would send the calls to what is cold.
            Moving::On => {
                health = Health::Pending(format!("provisioned concurrency moves to version {version}"));
                weights = wanted;
            }
            Moving::Failed(why) => {
                condition = format!("version {version} does not get warm ({why}): others share the calls");
            }
            Moving::No => {}
        }
    }
    let weights = weights.into_iter().map(|(version, weight)| (version, Value::Number(weight)));
    let arn = alias.alias_arn().unwrap_or_default();
    Ok(Some(Live {
        id: target.id.clone(),
        properties: Values::new()
            .set("function_name", function)
            .set("name", name)
            .set("function_version", version)
            .set("description", alias.description().unwrap_or_default())
            .set("additional_version_weights", weights.collect::<Map>())
            .set("condition", condition)
            .build(),
        outputs: Values::new()
            .set("arn", arn)
            .set("qualifier", name)
            .set("scalable_resource_id", format!("function:{function}:{name}"))
            .set("invoke_arn", invoke_arn(aws, arn))
            .build(),
        health,
    }))
}
