//! `aws:apigateway:ApiKey`

use async_trait::async_trait;
use aws_sdk_apigateway::types::ApiKey as Key;
use finsight_engine::contract::{
    Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Standing, Target,
};
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};

use super::common::{arn_of, converge_tags, filled, replacements};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:ApiKey`.
pub struct ApiKey;

#[async_trait]
impl Handler for ApiKey {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let keys = match targets {
            [target] => one(aws, &target.id).await?.into_iter().collect(),
            _ => all(aws, true).await?,
        };
        Ok(in_order(targets, keys.into_iter().map(|key| live(aws, key))))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let ours = |key: &Key| {
            key.tags().and_then(|tags| tags.get(OWNER_TAG)).is_some_and(|tag| tag == owner.as_str())
        };
        let keys = all(aws, false).await?.into_iter().filter(ours).filter_map(|key| key.id);
        Ok(keys.map(|id| Candidate { id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .apigateway()
            .create_api_key()
            .name(inputs.required("name")?)
            .set_description(filled(inputs, "description"))
            .enabled(inputs.flag("enabled").unwrap_or(true))
            .set_value(filled(inputs, "value"))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateApiKey", &error))?;
        answer.id.ok_or_else(|| unexpected("apigateway:CreateApiKey", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        const PATHS: &[(&str, &str)] = &[("description", "/description"), ("enabled", "/enabled")];
        let patches = replacements(PATHS, desired, differing);
        if !patches.is_empty() {
            let call =
                aws.apigateway().update_api_key().api_key(&target.id).set_patch_operations(Some(patches));
            call.send().await.map_err(|error| refused("apigateway:UpdateApiKey", &error))?;
        }
        converge_tags(aws, &arn_of(aws, &format!("apikeys/{}", target.id)), &live.properties, desired)
            .await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.apigateway().delete_api_key().api_key(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteApiKey", &error))?;
        Ok(Deleted::Gone)
    }

    /// Who has its value.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let Some(value) = filled(inputs, "value") else { return Ok(Vec::new()) };
        let keys = all(aws, true).await?.into_iter().filter(|key| key.value() == Some(&value));
        Ok(keys.map(|key| standing_as(&live(aws, key))).collect())
    }
}

fn live(aws: &Region, key: Key) -> Live {
    let id = key.id.unwrap_or_default();
    let value = || key.value.as_deref().map_or(Value::Null, |text| Value::Secret(Secret::new(text)));
    let properties = Values::new()
        .set("name", key.name.as_deref().unwrap_or_default())
        .set("description", key.description.as_deref().unwrap_or_default())
        .set("enabled", key.enabled)
        .set("value", value())
        .tags(key.tags.clone().unwrap_or_default());
    let outputs = Values::new().set("arn", arn_of(aws, &format!("apikeys/{id}"))).set("key_value", value());
    Live { id, properties: properties.build(), outputs: outputs.build(), health: Health::Ready }
}

async fn one(aws: &Region, id: &str) -> Result<Option<Key>, Failure> {
    let answer = aws.apigateway().get_api_key().api_key(id).include_value(true).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("apigateway:GetApiKey", &error)))?;
    Ok(answer.map(|key| {
        Key::builder()
            .set_id(key.id)
            .set_value(key.value)
            .set_name(key.name)
            .set_description(key.description)
            .enabled(key.enabled)
            .set_tags(key.tags)
            .build()
    }))
}

/// Every key of the region, with its tags.
async fn all(aws: &Region, with_values: bool) -> Result<Vec<Key>, Failure> {
    let mut found = Vec::new();
    let call = aws.apigateway().get_api_keys().include_values(with_values).limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetApiKeys", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}
