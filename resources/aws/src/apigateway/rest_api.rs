//! `aws:apigateway:RestApi`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_apigateway::types::{
    ApiKeySourceType, EndpointConfiguration, EndpointType, PutMode, RestApi as Api,
};
use aws_smithy_types::Blob;
use finsight_engine::contract::{Candidate, Failure, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{SEPARATOR, arn_of, converge_tags, tag};
use super::content::{CONTENT_TAG, Content};
use super::imported;
use super::rest_api_values::{document, live, patches};
use crate::document::to_text;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The handler of `aws:apigateway:RestApi`.
pub struct RestApi;

#[async_trait]
impl Handler for RestApi {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let apis = match targets {
            [target] => one(aws, &target.id).await?.into_iter().collect(),
            _ => all(aws).await?,
        };
        let mut found = Vec::new();
        for target in targets {
            let Some(api) = apis.iter().find(|api| api.id() == Some(&target.id)) else { continue };
            let imported = api.tags().is_some_and(|tags| tags.contains_key(CONTENT_TAG));
            let content = if imported { absent_as_none(Content::read(aws, &target.id).await)? } else { None };
            found.push(live(aws, target, api, content.as_ref()));
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let ours = |api: &Api| {
            api.tags().and_then(|tags| tags.get(OWNER_TAG)).is_some_and(|tag| tag == owner.as_str())
        };
        Ok(all(aws)
            .await?
            .into_iter()
            .filter(ours)
            .filter_map(|api| api.id)
            .map(|id| Candidate { id, ours: true })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let types = inputs.text("endpoint_type").map(|name| vec![EndpointType::from(name)]);
        let answer = aws
            .apigateway()
            .create_rest_api()
            .name(inputs.required("name")?)
            .set_description(inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned))
            .endpoint_configuration(EndpointConfiguration::builder().set_types(types).build())
            .set_disable_execute_api_endpoint(inputs.flag("disable_execute_api_endpoint"))
            .set_minimum_compression_size(inputs.int32("minimum_compression_size"))
            .set_binary_media_types(Some(inputs.texts("binary_media_types")).filter(|all| !all.is_empty()))
            .set_api_key_source(inputs.text("api_key_source").map(ApiKeySourceType::from))
            .set_policy(inputs.get("policy").filter(|policy| !policy.is_null()).map(to_text))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateRestApi", &error))?;
        answer
            .id()
            .map(str::to_owned)
            .ok_or_else(|| unexpected("apigateway:CreateRestApi", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let id = target.id.as_str();
        let mut applied = Vec::new();
        let given = desired.get("body").is_some_and(|body| !body.is_null());
        if given && differing.iter().any(|name| name == "body" || name == "content") {
            import(aws, id, desired).await?;
            applied.push("body".to_owned());
        }
        // Used by the import alone.
        if differing.iter().any(|name| name == "fail_on_warnings") {
            applied.push("fail_on_warnings".to_owned());
        }
        let patches = patches(&live.properties, desired, differing);
        if !patches.is_empty() {
            let call = aws.apigateway().update_rest_api().rest_api_id(id).set_patch_operations(Some(patches));
            call.send().await.map_err(|error| refused("apigateway:UpdateRestApi", &error))?;
        }
        converge_tags(aws, &arn_of(aws, &format!("restapis/{id}")), &live.properties, desired).await?;
        Ok(applied)
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.apigateway().delete_rest_api().rest_api_id(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteRestApi", &error))?;
        Ok(Deleted::Gone)
    }

    /// Names that lead to it, and plans that count its calls.
    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut domains = aws.apigateway().get_domain_names().into_paginator().send();
        while let Some(page) = domains.next().await {
            let page = page.map_err(|error| unread("apigateway:GetDomainNames", &error))?;
            for domain in page.items().iter().filter_map(|domain| domain.domain_name()) {
                let call = aws.apigateway().get_base_path_mappings().domain_name(domain).send().await;
                let mappings = call.map_err(|error| unread("apigateway:GetBasePathMappings", &error));
                let mappings = absent_as_none(mappings)?.and_then(|answer| answer.items).unwrap_or_default();
                let here = mappings.iter().filter(|mapping| mapping.rest_api_id() == Some(&target.id));
                found.extend(here.map(|mapping| {
                    let path = mapping.base_path().filter(|path| *path != "(none)").unwrap_or_default();
                    format!("{domain}{SEPARATOR}{path} (base path mapping)")
                }));
            }
        }
        let mut plans = aws.apigateway().get_usage_plans().into_paginator().send();
        while let Some(page) = plans.next().await {
            let page = page.map_err(|error| unread("apigateway:GetUsagePlans", &error))?;
            let here = page
                .items()
                .iter()
                .filter(|plan| plan.api_stages().iter().any(|stage| stage.api_id() == Some(&target.id)));
            found.extend(here.filter_map(|plan| Some(format!("{} (usage plan)", plan.id()?))));
        }
        Ok(found)
    }
}

/// One API; the answer of this call has a type of its own.
async fn one(aws: &Region, id: &str) -> Result<Option<Api>, Failure> {
    let answer = aws.apigateway().get_rest_api().rest_api_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("apigateway:GetRestApi", &error)))?;
    Ok(answer.map(|api| {
        Api::builder()
            .set_id(api.id)
            .set_name(api.name)
            .set_description(api.description)
            .set_binary_media_types(api.binary_media_types)
            .set_minimum_compression_size(api.minimum_compression_size)
            .set_api_key_source(api.api_key_source)
            .set_endpoint_configuration(api.endpoint_configuration)
            .set_policy(api.policy)
            .set_tags(api.tags)
            .disable_execute_api_endpoint(api.disable_execute_api_endpoint)
            .set_root_resource_id(api.root_resource_id)
            .set_api_status(api.api_status)
            .set_api_status_message(api.api_status_message)
            .build()
    }))
}

/// Every API of the region, with its tags.
async fn all(aws: &Region) -> Result<Vec<Api>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.apigateway().get_rest_apis().limit(500).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetRestApis", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}

/// Imports the document over what stands, and writes down what stands then.
/// Cut off in between, the two do not fit and the next converge imports again.
async fn import(aws: &Region, id: &str, desired: &Map) -> Result<(), Failure> {
    aws.apigateway()
        .put_rest_api()
        .rest_api_id(id)
        .mode(PutMode::Overwrite)
        .fail_on_warnings(desired.flag("fail_on_warnings").unwrap_or(true))
        .body(Blob::new(document(desired)?))
        .send()
        .await
        .map_err(|error| refused("apigateway:PutRestApi", &error))?;
    imported::check(aws, id, desired).await?;
    let hash = Content::read(aws, id).await?.hash();
    tag(aws, &arn_of(aws, &format!("restapis/{id}")), BTreeMap::from([(CONTENT_TAG.to_owned(), hash)])).await
}
