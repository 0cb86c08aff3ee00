//! `aws:lambda:EventInvokeConfig`

use async_trait::async_trait;
use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure, OnSuccess};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::FutureExt as _;

use super::common::{AT_ONCE, ours, parts};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:lambda:EventInvokeConfig`; its physical id is `<function>:<qualifier>`.
pub struct EventInvokeConfig;

#[async_trait]
impl Handler for EventInvokeConfig {
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
        let call = aws.lambda().delete_function_event_invoke_config();
        let call = call.function_name(function).qualifier(qualifier);
        call.send().await.map_err(|error| refused("lambda:DeleteFunctionEventInvokeConfig", &error))?;
        Ok(Deleted::Gone)
    }
}

/// Puts it whole: what is not said is taken away.
async fn put(aws: &Region, function: &str, qualifier: &str, inputs: &Map) -> Result<(), Failure> {
    let success = inputs.text("on_success_destination");
    let failed = inputs.text("on_failure_destination");
    let destinations = DestinationConfig::builder()
        .set_on_success(success.map(|arn| OnSuccess::builder().destination(arn).build()))
        .set_on_failure(failed.map(|arn| OnFailure::builder().destination(arn).build()))
        .build();
    aws.lambda()
        .put_function_event_invoke_config()
        .function_name(function)
        .qualifier(qualifier)
        .set_maximum_retry_attempts(inputs.int32("maximum_retry_attempts"))
        .set_maximum_event_age_in_seconds(inputs.int32("maximum_event_age_in_seconds"))
        .destination_config(destinations)
        .send()
        .await
        .map_err(|error| refused("lambda:PutFunctionEventInvokeConfig", &error))?;
    Ok(())
}

async fn config(
    aws: &Region,
    function: &str,
    qualifier: &str,
) -> Result<Option<GetFunctionEventInvokeConfigOutput>, Failure> {
    let call = aws.lambda().get_function_event_invoke_config().function_name(function).qualifier(qualifier);
    let answer = call.send().await;
    absent_as_none(answer.map_err(|error| unread("lambda:GetFunctionEventInvokeConfig", &error)))
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (function, qualifier) = parts(&target.id);
    let Some(config) = config(aws, function, qualifier).await? else { return Ok(None) };
    let destinations = config.destination_config();
    let success = destinations.and_then(DestinationConfig::on_success).and_then(OnSuccess::destination);
    let failed = destinations.and_then(DestinationConfig::on_failure).and_then(OnFailure::destination);
    Ok(Some(Live {
        id: target.id.clone(),
        properties: Values::new()
            .set("function_name", function)
            .set("qualifier", qualifier)
            .set("maximum_retry_attempts", config.maximum_retry_attempts().unwrap_or(2))
            .set("maximum_event_age_in_seconds", config.maximum_event_age_in_seconds().unwrap_or(21_600))
            .set("on_success_destination", success)
            .set("on_failure_destination", failed)
            .build(),
        outputs: Map::new(),
        health: Health::Ready,
    }))
}
