//! REST APIs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::authorizer::Authorizer;
use super::body::{self, Mode};
use super::deployment::Deployment;
use super::resource::Resource;
use super::stage::Stage;
use super::{bad, find, paged};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags, letters};

/// A REST API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RestApi {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub policy: Option<String>,
    pub api_key_source: String,
    pub binary_media_types: Vec<String>,
    pub minimum_compression: Option<i64>,
    pub endpoint_types: Vec<String>,
    pub vpc_endpoints: Vec<String>,
    pub address_type: String,
    pub endpoint_disabled: bool,
    pub security_policy: Option<String>,
    pub tags: Tags,
    pub created_at: i64,
    /// Why the last change has failed, as a test has ordered it.
    #[serde(default)]
    pub failed: Option<String>,
    /// The id of the resource `/`.
    pub root: String,
    /// The OpenAPI document that it was last made from.
    pub body: Option<Value>,
    /// The resources, by path.
    pub resources: BTreeMap<String, Resource>,
    /// By id.
    #[serde(default)]
    pub authorizers: BTreeMap<String, Authorizer>,
    /// The customised ones, by type, as the API shows them.
    #[serde(default)]
    pub gateway_responses: BTreeMap<String, Value>,
    /// By id.
    #[serde(default)]
    pub deployments: BTreeMap<String, Deployment>,
    /// By name.
    #[serde(default)]
    pub stages: BTreeMap<String, Stage>,
}

/// An id as API Gateway makes them.
pub(crate) fn new_id(n: usize) -> String {
    letters(n, b"abcdefghijklmnopqrstuvwxyz0123456789")
}

impl RestApi {
    fn new(cx: &Context<'_>) -> RestApi {
        let minted = |member: &str| {
            let made = cx.call.minted.as_ref()?.get(member)?;
            made.as_str().map(str::to_owned)
        };
        let root = minted("rootResourceId").unwrap_or_else(|| new_id(10));
        RestApi {
            id: minted("id").unwrap_or_else(|| new_id(10)),
            name: String::new(),
            description: None,
            version: None,
            policy: None,
            api_key_source: "HEADER".to_owned(),
            binary_media_types: Vec::new(),
            minimum_compression: None,
            endpoint_types: vec!["EDGE".to_owned()],
            vpc_endpoints: Vec::new(),
            address_type: "ipv4".to_owned(),
            endpoint_disabled: false,
            security_policy: None,
            tags: Tags::new(),
            created_at: cx.now(),
            failed: None,
            body: None,
            resources: BTreeMap::from([("/".to_owned(), Resource::root(&root))]),
            root,
            authorizers: BTreeMap::new(),
            gateway_responses: BTreeMap::new(),
            deployments: BTreeMap::new(),
            stages: BTreeMap::new(),
        }
    }

    /// Sets a resource policy, with its short resources written out.
    pub(crate) fn set_policy(&mut self, region: &str, text: &str) -> Result<(), Refusal> {
        if text.is_empty() {
            self.policy = None;
            return Ok(());
        }
        if !serde_json::from_str::<Value>(text).is_ok_and(|v| v.get("Statement").is_some()) {
            return Err(bad(
                "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
            ));
        }
        let full = format!("\"arn:aws:execute-api:{region}:{ACCOUNT}:{}/", self.id);
        self.policy = Some(text.replace("\"execute-api:/", &full));
        Ok(())
    }

    /// The policy is shown with its quotes escaped, as AWS does.
    pub(crate) fn render(&self) -> Value {
        let kinds = &self.endpoint_types;
        let vpc_endpoints = (!self.vpc_endpoints.is_empty()).then_some(&self.vpc_endpoints);
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "version": self.version,
            "createdDate": self.created_at / 1000,
            "apiKeySource": self.api_key_source,
            "binaryMediaTypes": (!self.binary_media_types.is_empty()).then_some(&self.binary_media_types),
            "minimumCompressionSize": self.minimum_compression,
            "endpointConfiguration": {"types": kinds, "vpcEndpointIds": vpc_endpoints, "ipAddressType": self.address_type},
            "policy": self.policy.as_ref().map(|p| p.replace('"', "\\\"")),
            "tags": self.tags,
            "disableExecuteApiEndpoint": self.endpoint_disabled,
            "rootResourceId": self.root,
            "securityPolicy": self.security_policy,
            "apiStatus": if self.failed.is_some() { "FAILED" } else { "AVAILABLE" },
            "apiStatusMessage": self.failed,
        })
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Endpoint types and what belongs to them, from `endpointConfiguration`.
fn endpoint(api: &mut RestApi, wish: &Value) -> Result<(), Refusal> {
    let types = texts(wish.get("types"));
    if !types.is_empty() {
        check_endpoint(&types)?;
        api.endpoint_types = types;
    }
    api.vpc_endpoints = texts(wish.get("vpcEndpointIds"));
    if let Some(kind) = wish.get("ipAddressType").and_then(Value::as_str) {
        api.address_type = kind.to_owned();
    }
    if api.endpoint_types == ["PRIVATE"] {
        api.address_type = "dualstack".to_owned();
    }
    Ok(())
}

pub(super) fn check_endpoint(types: &[String]) -> Result<(), Refusal> {
    let known = |kind: &String| matches!(kind.as_str(), "EDGE" | "REGIONAL" | "PRIVATE");
    if types.len() == 1 && types.iter().all(known) {
        return Ok(());
    }
    Err(bad("Endpoint configuration type must be exactly one of EDGE, REGIONAL and PRIVATE"))
}

/// Refuses tags that AWS does not take.
pub(super) fn check_tags(tags: &Tags) -> Result<(), Refusal> {
    if tags.keys().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(bad("aws: prefixed tag key names are not allowed for external use."));
    }
    if tags.len() > 50 {
        return Err(bad("A resource has at most 50 tags"));
    }
    Ok(())
}

pub(super) fn tags_in(body: &Value) -> Tags {
    let tags = body.get("tags").and_then(Value::as_object).into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let mut api = RestApi::new(cx);
    api.name = text("name").ok_or_else(|| bad("API name cannot be empty"))?;
    api.description = text("description");
    api.version = text("version");
    api.api_key_source = text("apiKeySource").unwrap_or(api.api_key_source);
    api.binary_media_types = texts(wish.get("binaryMediaTypes"));
    api.minimum_compression = wish.get("minimumCompressionSize").and_then(Value::as_i64);
    api.endpoint_disabled = wish.get("disableExecuteApiEndpoint").and_then(Value::as_bool).unwrap_or(false);
    api.security_policy = text("securityPolicy");
    endpoint(&mut api, wish.get("endpointConfiguration").unwrap_or(&Value::Null))?;
    if let Some(policy) = text("policy") {
        api.set_policy(cx.region(), &policy)?;
    }
    api.tags = tags_in(&wish);
    check_tags(&api.tags)?;
    let shown = api.render();
    cx.apis().apis.insert(api.id.clone(), api);
    Ok(answer::rest(201, shown))
}

/// The default endpoint type of an import is `EDGE`, unless a parameter says otherwise.
pub(crate) fn import(cx: &mut Context<'_>) -> Answered {
    let document = body::parse(&cx.call.body)?;
    let mut api = RestApi::new(cx);
    if let Some(kind) = cx.call.query_params().filled("endpointConfigurationTypes") {
        let types = vec![kind];
        check_endpoint(&types)?;
        api.endpoint_types = types;
    }
    body::make(cx.region(), &cx.world.outcomes, &mut api, document, Mode::Overwrite)?;
    let shown = api.render();
    cx.apis().apis.insert(api.id.clone(), api);
    Ok(answer::rest(201, shown))
}

/// Merges if nothing is said about the mode.
pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let document = body::parse(&cx.call.body)?;
    let mode = match cx.call.query_params().filled("mode").as_deref() {
        Some("overwrite") => Mode::Overwrite,
        Some("merge") | None => Mode::Merge,
        Some(other) => return Err(bad(format!("Invalid mode: {other}"))),
    };
    let region = cx.region().to_owned();
    let mut api = find(cx)?.clone();
    body::make(&region, &cx.world.outcomes, &mut api, document, mode)?;
    api.failed = ordered(cx, &api.name);
    let shown = api.render();
    cx.apis().apis.insert(api.id.clone(), api);
    Ok(answer::rest(200, shown))
}

/// Why a change of an API fails, where a test has ordered it by the API's name.
pub(super) fn ordered(cx: &Context<'_>, name: &str) -> Option<String> {
    cx.world.outcomes.of("aws:apigateway:RestApi", name).map(|(_, reason)| reason)
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let shown = find(cx)?.render();
    Ok(answer::rest(200, shown))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let items = cx.apis().apis.values().map(RestApi::render).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

/// Usage plans let go of its stages.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let id = find(cx)?.id.clone();
    let mapped = |domain: &super::domain_name::Domain| domain.mappings.values().any(|m| m.api == id);
    if cx.apis().domains.values().any(mapped) {
        return Err(bad(
            "Please remove all base path mappings related to the API in your domains before deleting it.",
        ));
    }
    for stage in find(cx)?.stages.keys().cloned().collect::<Vec<_>>() {
        super::stage::unguard(cx, &id, &stage);
    }
    let apis = cx.apis();
    apis.apis.remove(&id);
    for plan in apis.plans.values_mut() {
        plan.stages.retain(|stage| stage.api != id);
    }
    Ok(answer::rest_empty(202))
}
