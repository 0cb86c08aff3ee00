//! `aws:lambda:Invocation`

use async_trait::async_trait;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::FutureExt as _;
use serde_json::Value;

use super::common::{AT_ONCE, ours, parts};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:lambda:Invocation`; its physical id is `<function>:<qualifier>`.
///
/// Nothing in AWS shows that a function was called. What is read is whether there is still something to call; what it
/// was called with stands on record. A call whose answer was lost is found by the function alone, so it counts as made
/// and not yet as configured: the engine then sends `input` and `triggers` once more.
pub struct Invocation;

/// What the record alone holds, and a call takes.
const CALLED_WITH: [&str; 2] = ["input", "triggers"];

/// The most that is told of a function's own words.
const LONGEST: usize = 1_000;

#[async_trait]
impl Handler for Invocation {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, target).boxed()).await
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (function, qualifier) = callee(inputs)?;
        let stands = stands(aws, function, qualifier).await?;
        Ok(ours(stands.then_some(()), format!("{function}:{qualifier}")))
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (function, qualifier) = callee(inputs)?;
        call(aws, function, qualifier, inputs).await?;
        Ok(format!("{function}:{qualifier}"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if differing.iter().any(|name| CALLED_WITH.contains(&name.as_str())) {
            let (function, qualifier) = parts(&target.id);
            call(aws, function, qualifier, desired).await?;
        }
        Ok(CALLED_WITH.map(str::to_owned).to_vec())
    }

    /// What was called stays called.
    async fn delete(&self, _aws: &Region, _target: &Target) -> Result<Deleted, Failure> {
        Ok(Deleted::Gone)
    }
}

fn callee(inputs: &Map) -> Result<(&str, &str), Failure> {
    Ok((inputs.required("function_name")?, inputs.text("qualifier").unwrap_or("$LATEST")))
}

/// Calls the function and waits for its end.
async fn call(aws: &Region, function: &str, qualifier: &str, inputs: &Map) -> Result<(), Failure> {
    let event = inputs.text("input").unwrap_or("{}");
    let call = aws.lambda().invoke().function_name(function).qualifier(qualifier);
    let answer = call.payload(Blob::new(event)).send().await;
    ended_well(&answer.map_err(|error| refused("lambda:Invoke", &error))?)
}

/// Lambda answers with success where the function ended with an error ("Retrying Lambda functions": the header
/// `X-Amz-Function-Error`).
fn ended_well(answer: &InvokeOutput) -> Result<(), Failure> {
    let Some(kind) = answer.function_error() else { return Ok(()) };
    let payload = answer.payload().map(|blob| blob.as_ref()).unwrap_or_default();
    let body: Value = serde_json::from_slice(payload).unwrap_or_default();
    let said = |member: &str| body.get(member).and_then(Value::as_str);
    let message = match (said("errorType"), said("errorMessage")) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (None, Some(message)) => message.to_owned(),
        _ => format!("it says no more than {kind}"),
    };
    let message = format!("the function failed: {}", message.chars().take(LONGEST).collect::<String>());
    let mut failure = unexpected("lambda:Invoke", &message);
    failure.class = FailureClass::Invalid;
    failure.code = "FunctionError".to_owned();
    Err(failure)
}

/// Whether there is something to call.
async fn stands(aws: &Region, function: &str, qualifier: &str) -> Result<bool, Failure> {
    let answer = aws.lambda().get_function().function_name(function).qualifier(qualifier).send().await;
    let answer = answer.map_err(|error| unread("lambda:GetFunction", &error));
    Ok(absent_as_none(answer)?.is_some())
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (function, qualifier) = parts(&target.id);
    Ok(stands(aws, function, qualifier).await?.then(|| Live {
        id: target.id.clone(),
        properties: Values::new().set("function_name", function).set("qualifier", qualifier).build(),
        outputs: Map::new(),
        health: Health::Ready,
    }))
}
