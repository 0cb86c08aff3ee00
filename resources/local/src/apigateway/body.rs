//! OpenAPI bodies: import into an API, and export out of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use winterbaume_core::MockResponse;

use super::resource::{Resource, methods};
use super::rest_api::{RestApi, new_id};
use super::{authorizer, bad, find, gateway_response, missing};
use crate::answer::{self, Answered, Refusal};
use crate::outcome::Outcomes;
use crate::world::Context;

/// The most bytes of a body.
const LIMIT: usize = 6 * 1024 * 1024;
/// The most resources of an API.
const RESOURCES: usize = 300;

/// What happens to what an API has and a body does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Merge,
    Overwrite,
}

/// Reads a body: OpenAPI 3 or Swagger 2, as JSON.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.len() > LIMIT {
        return Err(bad("The body is larger than 6 MB"));
    }
    let document: Value = serde_json::from_slice(bytes).map_err(|_| bad("Invalid OpenAPI input."))?;
    let known = |member: &str, major: &str| {
        document.get(member).and_then(Value::as_str).is_some_and(|version| version.starts_with(major))
    };
    if !known("openapi", "3.") && !known("swagger", "2.") {
        return Err(bad(
            "Unable to parse API definition because of a missing or unknown 'openapi' or 'swagger' field",
        ));
    }
    if document.get("info").is_some_and(|info| !info.is_object()) {
        return Err(bad("Invalid OpenAPI input: info is no object"));
    }
    Ok(document)
}

/// Makes an API what a body says.
pub(crate) fn make(
    region: &str,
    outcomes: &Outcomes,
    api: &mut RestApi,
    document: Value,
    mode: Mode,
) -> Result<(), Refusal> {
    let document = match (&api.body, mode) {
        (Some(have), Mode::Merge) => merged(have.clone(), document),
        _ => document,
    };
    let info = |member: &str| document.get("info").and_then(|i| i.get(member)).and_then(Value::as_str);
    api.name = match info("title") {
        Some(title) => title.to_owned(),
        None if api.name.is_empty() => return Err(bad("The API's title is missing")),
        None => api.name.clone(),
    };
    let overwrite = mode == Mode::Overwrite;
    take(&mut api.description, info("description").map(str::to_owned), overwrite);
    take(&mut api.version, info("version").map(str::to_owned), overwrite);
    let extension = |name: &str| document.get(format!("x-amazon-apigateway-{name}"));
    match extension("policy") {
        Some(policy) => api.set_policy(region, &policy.to_string())?,
        None if overwrite => api.policy = None,
        None => {}
    }
    let media = extension("binary-media-types").and_then(Value::as_array);
    if media.is_some() || overwrite {
        api.binary_media_types =
            media.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    take(
        &mut api.minimum_compression,
        extension("minimum-compression-size").and_then(Value::as_i64),
        overwrite,
    );
    if let Some(source) = extension("api-key-source").and_then(Value::as_str) {
        api.api_key_source = source.to_owned();
    }
    // With OpenAPI 3 it stands at the server (AWS: x-amazon-apigateway-endpoint-configuration). An import that overwrites
    // turns the endpoint on again where the document says nothing.
    let server = document.pointer("/servers/0/x-amazon-apigateway-endpoint-configuration");
    let disabled = server.or_else(|| extension("endpoint-configuration"));
    match disabled.and_then(|endpoint| endpoint.get("disableExecuteApiEndpoint")) {
        Some(disabled) => api.endpoint_disabled = disabled == &json!(true) || disabled == &json!("true"),
        None if overwrite => api.endpoint_disabled = false,
        None => {}
    }
    api.authorizers = authorizer::of_body(api, outcomes, &document, mode)?;
    api.gateway_responses = gateway_response::of_body(api, &document, mode)?;
    api.resources = resources(api, &document, mode)?;
    api.body = Some(document);
    Ok(())
}

fn take<T>(slot: &mut Option<T>, wish: Option<T>, overwrite: bool) {
    if wish.is_some() || overwrite {
        *slot = wish;
    }
}

/// Merges two documents member by member; the new one wins.
fn merged(have: Value, new: Value) -> Value {
    match (have, new) {
        (Value::Object(mut have), Value::Object(new)) => {
            for (key, value) in new {
                let value = match have.remove(&key) {
                    Some(old) => merged(old, value),
                    None => value,
                };
                have.insert(key, value);
            }
            Value::Object(have)
        }
        (_, new) => new,
    }
}

/// The resources of a document: one for each part of each path. A path that stays keeps its id.
/// A merge leaves those that stand beside the document.
fn resources(api: &RestApi, document: &Value, mode: Mode) -> Result<BTreeMap<String, Resource>, Refusal> {
    let id_of = |path: &str| match (path, api.resources.get(path)) {
        ("/", _) => api.root.clone(),
        (_, Some(have)) => have.id.clone(),
        _ => new_id(6),
    };
    let mut made = match mode {
        Mode::Merge => api.resources.clone(),
        Mode::Overwrite => BTreeMap::from([("/".to_owned(), Resource::root(&id_of("/")))]),
    };
    let empty = Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).unwrap_or(&empty) {
        if !path.starts_with('/') {
            return Err(bad(format!("Invalid path: {path}. Paths begin with /")));
        }
        let mut at = "/".to_owned();
        for part in path.split('/').filter(|p| !p.is_empty()) {
            let below = if at == "/" { format!("/{part}") } else { format!("{at}/{part}") };
            let parent = made.get(&at).map(|r| r.id.clone());
            made.entry(below.clone()).or_insert_with(|| Resource {
                id: id_of(&below),
                path: below.clone(),
                parent,
                methods: BTreeMap::new(),
            });
            at = below;
        }
        if let Some(resource) = made.get_mut(&at) {
            let id = resource.id.clone();
            resource.methods.extend(methods(document, item, &id, &api.authorizers)?);
        }
    }
    if made.len() > RESOURCES {
        return Err(Refusal::new(
            429,
            "LimitExceededException",
            "Maximum number of Resources for this API has been reached.",
        ));
    }
    Ok(made)
}

/// The body that a stage has deployed, with AWS's extensions only if they are asked for.
pub(crate) fn export(cx: &mut Context<'_>) -> Answered {
    let segments = cx.call.segments();
    let (stage, kind) =
        (segments.get(3).cloned().unwrap_or_default(), segments.get(5).cloned().unwrap_or_default());
    if kind != "oas30" && kind != "swagger" {
        return Err(bad(format!("Invalid export type: {kind}")));
    }
    let extensions = cx.call.query_params().filled("extensions").unwrap_or_default();
    let region = cx.region().to_owned();
    let api = find(cx)?;
    let deployed = api.stages.get(&stage).and_then(|stage| api.deployments.get(&stage.deployment));
    let deployed = deployed.ok_or_else(|| missing("Invalid stage identifier specified"))?;
    let mut document = deployed.body.clone().unwrap_or_else(|| json!({"info": {}}));
    for (name, value) in deployed.settings() {
        match (value.is_null(), document.as_object_mut()) {
            (false, _) => document[name] = value.clone(),
            (true, Some(members)) => {
                members.remove(name);
            }
            (true, None) => {}
        }
    }
    document["info"]["title"] = json!(api.name);
    if let Some(version) = &api.version {
        document["info"]["version"] = json!(version);
    }
    if kind == "oas30" {
        let url = format!("https://{}.execute-api.{region}.amazonaws.com/{{basePath}}", api.id);
        document["servers"] = json!([{"url": url, "variables": {"basePath": {"default": stage}}}]);
    }
    let wanted = extensions.split(',').any(|e| matches!(e, "apigateway" | "integrations" | "authorizers"));
    if !wanted {
        document = without_extensions(document);
    }
    let mut answer: MockResponse = answer::rest(200, document);
    if let Ok(value) = format!("attachment; filename=\"{kind}_{stage}.json\"").parse() {
        answer.headers.insert("content-disposition", value);
    }
    Ok(answer)
}

fn without_extensions(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, _)| !key.starts_with("x-amazon-apigateway-"));
            Value::Object(kept.map(|(key, value)| (key, without_extensions(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_extensions).collect()),
        other => other,
    }
}
