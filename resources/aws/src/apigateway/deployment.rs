//! `aws:apigateway:Deployment`

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_apigateway::types::Deployment as Standing;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::replace;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:Deployment`. A deployment takes no tags: whose it is stands
/// behind its description.
pub struct Deployment;

#[async_trait]
impl Handler for Deployment {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let apis: BTreeSet<&str> = targets.iter().filter_map(|t| t.inputs.text("rest_api_id")).collect();
        let mut standing = BTreeMap::new();
        for api in apis {
            standing.insert(api, absent_as_none(all(aws, api).await)?.unwrap_or_default());
        }
        let find = |target: &Target| {
            let api = target.inputs.text("rest_api_id")?;
            let one = standing.get(api)?.iter().find(|one| one.id() == Some(&target.id))?;
            let (description, _) = split(one.description().unwrap_or_default());
            let properties = Values::new().set("rest_api_id", api).set("description", description).build();
            Some(Live { id: target.id.clone(), properties, outputs: Map::new(), health: Health::Ready })
        };
        Ok(targets
            .iter()
            .map(|target| find(target).map_or(Reading::Absent, |live| Reading::Found(Box::new(live))))
            .collect())
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let standing = absent_as_none(all(aws, inputs.required("rest_api_id")?).await)?.unwrap_or_default();
        let ours = |one: &Standing| split(one.description().unwrap_or_default()).1 == Some(owner.as_str());
        let found = standing.into_iter().filter(ours).filter_map(|one| one.id);
        Ok(found.map(|id| Candidate { id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .apigateway()
            .create_deployment()
            .rest_api_id(inputs.required("rest_api_id")?)
            .description(signed(inputs.text("description").unwrap_or_default(), Some(owner.as_str())))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateDeployment", &error))?;
        answer.id.ok_or_else(|| unexpected("apigateway:CreateDeployment", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let api = desired.required("rest_api_id")?;
        let standing = all(aws, api).await?;
        let standing = standing.iter().find(|one| one.id() == Some(&target.id));
        let owner = standing.and_then(|one| split(one.description()?).1);
        let text = signed(desired.text("description").unwrap_or_default(), owner);
        aws.apigateway()
            .update_deployment()
            .rest_api_id(api)
            .deployment_id(&target.id)
            .patch_operations(replace("/description", text))
            .send()
            .await
            .map_err(|error| refused("apigateway:UpdateDeployment", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let api = target.inputs.required("rest_api_id")?;
        let call = aws.apigateway().delete_deployment().rest_api_id(api).deployment_id(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteDeployment", &error))?;
        Ok(Deleted::Gone)
    }
}

/// A description with its owner's id behind it.
fn signed(description: &str, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("{description} [{OWNER_TAG}={owner}]").trim_start().to_owned(),
        None => description.to_owned(),
    }
}

/// A description and the owner's id behind it.
fn split(text: &str) -> (&str, Option<&str>) {
    let signed = text.strip_suffix(']').and_then(|rest| rest.rsplit_once(&format!("[{OWNER_TAG}=")));
    match signed {
        Some((description, owner)) => (description.trim_end(), Some(owner)),
        None => (text, None),
    }
}

async fn all(aws: &Region, api: &str) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let call = aws.apigateway().get_deployments().rest_api_id(api).limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetDeployments", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_stands_behind_the_description() {
        for text in ["", "release 7", "a [b]"] {
            let written = signed(text, Some("abc234"));
            assert_eq!(split(&written), (text, Some("abc234")), "{written}");
        }
        assert_eq!(split("made by hand [x]"), ("made by hand [x]", None));
    }
}
