//! What is in a REST API, and whether it is what was imported.
//!
//! API Gateway rewrites a document as it imports it and cannot give it back
//! without a stage, so what stands cannot be compared with the document. But
//! it can be compared with what stood right after the import: its digest goes
//! onto the API as a tag. A method that someone adds or changes changes the
//! digest of what stands; an API that nobody touched keeps it, whatever AWS
//! made of the document. Only fields that are named here count, so that a
//! field new in AWS's answers is no drift.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types::{Integration, IntegrationResponse, Method, MethodResponse, RestApi};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};
use futures::future::try_join5;
use sha2::{Digest as _, Sha256};

use crate::failure::unread;
use crate::session::Region;
use crate::values::Values;

/// The tag with the digest of what stood right after the import.
pub const CONTENT_TAG: &str = "finsight:content";
/// The property `content` of an API that nobody touched since.
pub const AS_IMPORTED: &str = "as imported";
/// As many changed parts are named.
const NAMED: usize = 5;

/// The parts of an API with their digests: `GET /users`, `gateway response DEFAULT_4XX`.
pub struct Content(pub BTreeMap<String, String>);

impl Content {
    /// Reads all that is in an API.
    pub async fn read(aws: &Region, id: &str) -> Result<Self, Failure> {
        let (mut parts, responses, authorizers, validators, models) = try_join5(
            resources(aws, id),
            gateway_responses(aws, id),
            authorizers(aws, id),
            request_validators(aws, id),
            models(aws, id),
        )
        .await?;
        parts.extend(responses.into_iter().chain(authorizers).chain(validators).chain(models));
        Ok(Self(parts.into_iter().map(|(name, values)| (name, digest(&Value::Map(values)))).collect()))
    }

    /// The digest of all parts together.
    pub fn hash(&self) -> String {
        digest(&self.value())
    }

    /// The digest of all that takes effect with a deployment: the parts, and what the API has besides them (AWS: "Update
    /// and redeploy REST APIs").
    pub fn deployed(&self, api: &RestApi) -> String {
        let settings = Values::new()
            .set("policy", api.policy())
            .set("disable_execute_api_endpoint", api.disable_execute_api_endpoint())
            .set("minimum_compression_size", api.minimum_compression_size())
            .list("binary_media_types", sorted(api.binary_media_types()))
            .set("api_key_source", api.api_key_source().map(|source| source.as_str()));
        digest(&Value::List(vec![self.value(), Value::Map(settings.build())]))
    }

    /// The parts as a value.
    pub fn value(&self) -> Value {
        Value::Map(self.0.iter().map(|(name, hash)| (name.clone(), Value::text(hash.as_str()))).collect())
    }

    /// What differs from the parts on record, for people.
    pub fn differences(&self, recorded: Option<&Map>) -> String {
        let none = Map::new();
        let recorded = recorded.unwrap_or(&none);
        let added =
            self.0.keys().filter(|name| !recorded.contains_key(*name)).map(|name| format!("{name} added"));
        let changed = self.0.iter().filter_map(|(name, hash)| {
            let before = recorded.get(name).and_then(Value::as_text)?;
            (before != hash).then(|| format!("{name} changed"))
        });
        let gone =
            recorded.keys().filter(|name| !self.0.contains_key(*name)).map(|name| format!("{name} gone"));
        let all: Vec<String> = added.chain(changed).chain(gone).collect();
        match all.len() {
            // Nothing on record to name the parts by.
            _ if recorded.is_empty() => "not as imported".to_owned(),
            0 => "not as imported".to_owned(),
            count if count > NAMED => format!("{} and {} more", all[..NAMED].join(", "), count - NAMED),
            _ => all.join(", "),
        }
    }
}

/// 32 hexadecimal digits: enough to tell apart, short enough for a tag.
fn digest(value: &Value) -> String {
    let hash = Sha256::digest(value.masked().to_string());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn sorted(items: &[String]) -> Vec<String> {
    let mut items = items.to_vec();
    items.sort();
    items
}

type Parts = Vec<(String, Map)>;

async fn resources(aws: &Region, id: &str) -> Result<Parts, Failure> {
    let mut parts = Vec::new();
    let call = aws.apigateway().get_resources().rest_api_id(id).embed("methods").limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetResources", &error))?;
        for resource in page.items() {
            let path = resource.path().unwrap_or_default();
            parts.push((format!("path {path}"), Map::new()));
            let methods = resource.resource_methods().into_iter().flatten();
            parts.extend(methods.map(|(verb, method)| (format!("{verb} {path}"), of_method(method))));
        }
    }
    Ok(parts)
}

fn of_method(method: &Method) -> Map {
    Values::new()
        .set("authorization_type", method.authorization_type())
        .set("authorizer_id", method.authorizer_id())
        .list("authorization_scopes", method.authorization_scopes())
        .set("api_key_required", method.api_key_required())
        .set("request_validator_id", method.request_validator_id())
        .set("operation_name", method.operation_name())
        .set("request_parameters", map(method.request_parameters(), |required| Value::from(*required)))
        .set("request_models", texts(method.request_models()))
        .set("responses", map(method.method_responses(), of_response))
        .set("integration", method.method_integration().map(of_integration))
        .build()
}

fn of_response(response: &MethodResponse) -> Value {
    let values = Values::new()
        .set("parameters", map(response.response_parameters(), |required| Value::from(*required)))
        .set("models", texts(response.response_models()));
    Value::Map(values.build())
}

fn of_integration(integration: &Integration) -> Value {
    let values = Values::new()
        .set("type", integration.r#type().map(|item| item.as_str()))
        .set("http_method", integration.http_method())
        .set("uri", integration.uri())
        .set("connection_type", integration.connection_type().map(|item| item.as_str()))
        .set("connection_id", integration.connection_id())
        .set("credentials", integration.credentials())
        .set("request_parameters", texts(integration.request_parameters()))
        .set("request_templates", texts(integration.request_templates()))
        .set("passthrough_behavior", integration.passthrough_behavior())
        .set("content_handling", integration.content_handling().map(|item| item.as_str()))
        .set("timeout", integration.timeout_in_millis())
        .set("cache_namespace", integration.cache_namespace())
        .list("cache_key_parameters", integration.cache_key_parameters())
        .set("insecure", integration.tls_config().map(|tls| tls.insecure_skip_verification()))
        .set("response_transfer_mode", integration.response_transfer_mode().map(|item| item.as_str()))
        .set("integration_target", integration.integration_target())
        .set("responses", map(integration.integration_responses(), of_integration_response));
    Value::Map(values.build())
}

fn of_integration_response(response: &IntegrationResponse) -> Value {
    let values = Values::new()
        .set("selection_pattern", response.selection_pattern())
        .set("parameters", texts(response.response_parameters()))
        .set("templates", texts(response.response_templates()))
        .set("content_handling", response.content_handling().map(|item| item.as_str()));
    Value::Map(values.build())
}

/// The customised responses: AWS lists its own defaults as well.
async fn gateway_responses(aws: &Region, id: &str) -> Result<Parts, Failure> {
    let call = aws.apigateway().get_gateway_responses().rest_api_id(id).limit(500);
    let answer = call.send().await.map_err(|error| unread("apigateway:GetGatewayResponses", &error))?;
    let own = answer.items().iter().filter(|response| !response.default_response());
    Ok(own
        .map(|response| {
            let name = response.response_type().map_or("", |name| name.as_str());
            let values = Values::new()
                .set("status_code", response.status_code())
                .set("parameters", texts(response.response_parameters()))
                .set("templates", texts(response.response_templates()));
            (format!("gateway response {name}"), values.build())
        })
        .collect())
}

async fn authorizers(aws: &Region, id: &str) -> Result<Parts, Failure> {
    let call = aws.apigateway().get_authorizers().rest_api_id(id).limit(500);
    let answer = call.send().await.map_err(|error| unread("apigateway:GetAuthorizers", &error))?;
    Ok(answer
        .items()
        .iter()
        .map(|authorizer| {
            let values = Values::new()
                .set("id", authorizer.id())
                .set("type", authorizer.r#type().map(|item| item.as_str()))
                .list("provider_arns", authorizer.provider_arns())
                .set("auth_type", authorizer.auth_type())
                .set("uri", authorizer.authorizer_uri())
                .set("credentials", authorizer.authorizer_credentials())
                .set("identity_source", authorizer.identity_source())
                .set("validation", authorizer.identity_validation_expression())
                .set("ttl", authorizer.authorizer_result_ttl_in_seconds());
            (format!("authorizer {}", authorizer.name().unwrap_or_default()), values.build())
        })
        .collect())
}

async fn request_validators(aws: &Region, id: &str) -> Result<Parts, Failure> {
    let call = aws.apigateway().get_request_validators().rest_api_id(id).limit(500);
    let answer = call.send().await.map_err(|error| unread("apigateway:GetRequestValidators", &error))?;
    Ok(answer
        .items()
        .iter()
        .map(|validator| {
            let values = Values::new()
                .set("id", validator.id())
                .set("body", validator.validate_request_body())
                .set("parameters", validator.validate_request_parameters());
            (format!("request validator {}", validator.name().unwrap_or_default()), values.build())
        })
        .collect())
}

async fn models(aws: &Region, id: &str) -> Result<Parts, Failure> {
    let mut parts = Vec::new();
    let mut pages = aws.apigateway().get_models().rest_api_id(id).limit(500).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetModels", &error))?;
        parts.extend(page.items().iter().map(|model| {
            let values =
                Values::new().set("schema", model.schema()).set("content_type", model.content_type());
            (format!("model {}", model.name().unwrap_or_default()), values.build())
        }));
    }
    Ok(parts)
}

/// A map of AWS's, whose order is not one, as a value.
fn map<T>(items: Option<&HashMap<String, T>>, of: impl Fn(&T) -> Value) -> Value {
    let items = items.into_iter().flatten();
    Value::Map(items.map(|(name, item)| (name.clone(), of(item))).collect())
}

fn texts(items: Option<&HashMap<String, String>>) -> Value {
    map(items, |text| Value::text(text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_part_is_named() {
        let content = |parts: &[(&str, &str)]| {
            Content(parts.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect())
        };
        let before = content(&[("GET /a", "1"), ("GET /b", "1")]);
        let now = content(&[("GET /a", "2"), ("GET /c", "1")]);
        assert_ne!(before.hash(), now.hash());
        let recorded = before.value();
        assert_eq!(now.differences(recorded.as_map()), "GET /c added, GET /a changed, GET /b gone");
        assert_eq!(now.differences(None), "not as imported");
    }
}
