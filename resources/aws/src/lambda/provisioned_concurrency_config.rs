//! `aws:lambda:ProvisionedConcurrencyConfig`

use async_trait::async_trait;
use aws_sdk_lambda::operation::get_provisioned_concurrency_config::GetProvisionedConcurrencyConfigOutput;
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum as Status;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::FutureExt as _;

use super::common::{AT_ONCE, ours, parts};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The property `condition` of what is warm.
const FIT: &str = "fit";

/// The handler of `aws:lambda:ProvisionedConcurrencyConfig`; its physical id is `<function>:<qualifier>`.
pub struct ProvisionedConcurrencyConfig;

#[async_trait]
impl Handler for ProvisionedConcurrencyConfig {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, target).boxed()).await
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (function, qualifier) = (inputs.required("function_name")?, inputs.required("qualifier")?);
        Ok(ours(config(aws, function, qualifier).await?, format!("{function}:{qualifier}")))
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (function, qualifier) = (inputs.required("function_name")?, inputs.required("qualifier")?);
        put(aws, function, qualifier, inputs).await?;
        Ok(format!("{function}:{qualifier}"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (function, qualifier) = parts(&target.id);
        put(aws, function, qualifier, desired).await?;
        match live.properties.text("condition").filter(|_| differing.iter().any(|name| name == "condition")) {
            Some(condition) => Err(asked_again(&target.id, condition)),
            None => Ok(Vec::new()),
        }
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (function, qualifier) = parts(&target.id);
        let call = aws.lambda().delete_provisioned_concurrency_config();
        let call = call.function_name(function).qualifier(qualifier);
        call.send().await.map_err(|error| refused("lambda:DeleteProvisionedConcurrencyConfig", &error))?;
        Ok(Deleted::Gone)
    }
}

/// What is asked for takes the place of what failed (`PutProvisionedConcurrencyConfig` sets what stands): what
/// is warm by then stays warm. Why it failed is said for as long as that lasts.
fn asked_again(id: &str, condition: &str) -> Failure {
    let message =
        format!("the environments of {id} did not get warm ({condition}): they were asked for again");
    let mut failure = unexpected("lambda:GetProvisionedConcurrencyConfig", &message);
    failure.class = FailureClass::NotYet;
    failure.code = "ProvisionedConcurrencyFails".to_owned();
    failure
}

/// Whether Lambda itself shares out the calls of an alias whose provisioned concurrency moves along: it does until the
/// new version is warm, and goes on where that fails (terraform-provider-aws#48116, cdk-utils#1110).
pub enum Moving {
    /// Until the version is warm.
    On,
    /// It does not get warm, and why.
    Failed(String),
    /// Not by itself.
    No,
}

/// How far an alias's provisioned concurrency is; asked where weights stand that nobody set.
pub async fn moving(aws: &Region, function: &str, alias: &str) -> Result<Moving, Failure> {
    let Some(config) = config(aws, function, alias).await? else { return Ok(Moving::No) };
    Ok(match config.status() {
        Some(Status::InProgress) => Moving::On,
        Some(Status::Failed) => Moving::Failed(reason(&config)),
        _ => Moving::No,
    })
}

fn reason(config: &GetProvisionedConcurrencyConfigOutput) -> String {
    config.status_reason().unwrap_or("no reason given").to_owned()
}

async fn put(aws: &Region, function: &str, qualifier: &str, inputs: &Map) -> Result<(), Failure> {
    aws.lambda()
        .put_provisioned_concurrency_config()
        .function_name(function)
        .qualifier(qualifier)
        .set_provisioned_concurrent_executions(inputs.int32("provisioned_concurrent_executions"))
        .send()
        .await
        .map_err(|error| refused("lambda:PutProvisionedConcurrencyConfig", &error))?;
    Ok(())
}

async fn config(
    aws: &Region,
    function: &str,
    qualifier: &str,
) -> Result<Option<GetProvisionedConcurrencyConfigOutput>, Failure> {
    let call = aws.lambda().get_provisioned_concurrency_config().function_name(function).qualifier(qualifier);
    let answer = call.send().await;
    absent_as_none(answer.map_err(|error| unread("lambda:GetProvisionedConcurrencyConfig", &error)))
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (function, qualifier) = parts(&target.id);
    let Some(config) = config(aws, function, qualifier).await? else { return Ok(None) };
    let (condition, health) = match config.status() {
        Some(Status::InProgress) => (FIT.to_owned(), Health::Pending("IN_PROGRESS".to_owned())),
        Some(Status::Failed) => (format!("FAILED: {}", reason(&config)), Health::Ready),
        _ => (FIT.to_owned(), Health::Ready),
    };
    Ok(Some(Live {
        id: target.id.clone(),
        properties: Values::new()
            .set("function_name", function)
            .set("qualifier", qualifier)
            .set("provisioned_concurrent_executions", config.requested_provisioned_concurrent_executions())
            .set("condition", condition)
            .build(),
        outputs: Map::new(),
        health,
    }))
}
