//! `aws:lambda:ProvisionedConcurrencyConfig`

use async_trait::async_trait;
use aws_sdk_lambda::operation::get_provisioned_concurrency_config::GetProvisionedConcurrencyConfigOutput;
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum as Status;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::FutureExt as _;

use super::common::{AT_ONCE, ours, parts};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

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
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (function, qualifier) = parts(&target.id);
        put(aws, function, qualifier, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (function, qualifier) = parts(&target.id);
        let call = aws.lambda().delete_provisioned_concurrency_config();
        let call = call.function_name(function).qualifier(qualifier);
        call.send().await.map_err(|error| refused("lambda:DeleteProvisionedConcurrencyConfig", &error))?;
        Ok(Deleted::Gone)
    }
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
    let reason = config.status_reason().unwrap_or_default();
    let health = match config.status() {
        Some(Status::InProgress) => Health::Pending("IN_PROGRESS".to_owned()),
        Some(Status::Failed) => Health::Failed(format!("FAILED: {reason}")),
        _ => Health::Ready,
    };
    Ok(Some(Live {
        id: target.id.clone(),
        properties: Values::new()
            .set("function_name", function)
            .set("qualifier", qualifier)
            .set("provisioned_concurrent_executions", config.requested_provisioned_concurrent_executions())
            .build(),
        outputs: Map::new(),
        health,
    }))
}
