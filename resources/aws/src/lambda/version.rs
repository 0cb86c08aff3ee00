//! `aws:lambda:Version`

use async_trait::async_trait;
use aws_sdk_lambda::types::{FunctionConfiguration, State};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, Target,
};
use finsight_engine::value::Map;
use futures::FutureExt as _;

use super::common::{AT_ONCE, parts};
use super::versions;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:lambda:Version`; its physical id is `<function>:<number>`.
///
/// A version takes no tags: its description says whose it is. Lambda makes no new version where nothing
/// changed, but gives the last one again, which may be another's.
pub struct Version;

#[async_trait]
impl Handler for Version {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, target).boxed()).await
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let function = inputs.required("function_name")?;
        let mark = mark(owner.as_str());
        let mut pages =
            aws.lambda().list_versions_by_function().function_name(function).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("lambda:ListVersionsByFunction", &error));
            let Some(page) = absent_as_none(page)? else { break };
            let ours = page.versions().iter().filter(|version| version.description() == Some(&mark));
            let numbers =
                ours.filter_map(FunctionConfiguration::version).filter(|number| *number != "$LATEST");
            found.extend(numbers.map(|number| Candidate { id: format!("{function}:{number}"), ours: true }));
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let function = inputs.required("function_name")?;
        let call = aws.lambda().publish_version().function_name(function).description(mark(owner.as_str()));
        let answer = call.send().await.map_err(|error| refused("lambda:PublishVersion", &error))?;
        let number = answer
            .version()
            .ok_or_else(|| unexpected("lambda:PublishVersion", "the answer has no version"))?;
        let description = answer.description().unwrap_or_default();
        let anothers = marked(description) && description != mark(owner.as_str());
        if anothers && !retained(inputs) {
            // Whoever made it may take it away again.
            let message = format!(
                "nothing of {function} changed since version {number}, which another resource made: \
                 set `retain_versions`, or keep the trigger while nothing changes"
            );
            let mut failure = unexpected("lambda:PublishVersion", &message);
            failure.class = FailureClass::Invalid;
            failure.code = "NothingToPublish".to_owned();
            return Err(failure);
        }
        Ok(format!("{function}:{number}"))
    }

    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // Used by the delete alone: on record is where it belongs.
        Ok(differing.iter().filter(|name| *name == "retain_versions").cloned().collect())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        if retained(&target.inputs) {
            return Ok(Deleted::Gone);
        }
        let (function, number) = parts(&target.id);
        let stands = version(aws, function, number).await?;
        if !stands.is_some_and(|version| marked(version.description().unwrap_or_default())) {
            return Ok(Deleted::Gone);
        }
        // Its alias has moved on a moment ago.
        if !versions::may_go(aws, function).await? {
            let message = format!("version {number} of {function} may still get calls for some minutes");
            let mut failure = unexpected("lambda:DeleteFunction", &message);
            failure.class = FailureClass::Blocked;
            failure.code = "VersionInUse".to_owned();
            return Err(failure);
        }
        let call = aws.lambda().delete_function().function_name(function).qualifier(number);
        call.send().await.map_err(|error| refused("lambda:DeleteFunction", &error))?;
        Ok(Deleted::Gone)
    }
}

fn mark(owner: &str) -> String {
    format!("{OWNER_TAG}={owner}")
}

fn marked(description: &str) -> bool {
    description.strip_prefix(OWNER_TAG).is_some_and(|rest| rest.starts_with('='))
}

fn retained(inputs: &Map) -> bool {
    inputs.flag("retain_versions").unwrap_or(true)
}

async fn version(
    aws: &Region,
    function: &str,
    number: &str,
) -> Result<Option<FunctionConfiguration>, Failure> {
    let answer = aws.lambda().get_function().function_name(function).qualifier(number).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("lambda:GetFunction", &error)))?;
    Ok(answer.and_then(|answer| answer.configuration))
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (function, number) = parts(&target.id);
    let Some(version) = version(aws, function, number).await? else { return Ok(None) };
    let health = match version.state() {
        Some(State::Pending) => Health::Pending("Pending".to_owned()),
        Some(State::Failed) => {
            Health::Failed(format!("Failed: {}", version.state_reason().unwrap_or_default()))
        }
        _ => Health::Ready,
    };
    Ok(Some(Live {
        id: target.id.clone(),
        properties: Values::new().set("function_name", function).build(),
        outputs: Values::new()
            .set("arn", version.function_arn())
            .set("version", number)
            .set("code_sha256", version.code_sha256())
            .build(),
        health,
    }))
}
