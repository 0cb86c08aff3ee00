//! A REST API between AWS's types and the shape of its spec.

use aws_sdk_apigateway::types::{ApiStatus, Op, PatchOperation, RestApi};
use finsight_engine::contract::{Failure, FailureClass, Health, Live, Target};
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

use super::common::arn_of;
use super::content::{AS_IMPORTED, CONTENT_TAG, Content};
use crate::document::{from_text, to_text};
use crate::failure::unexpected;
use crate::session::Region;
use crate::values::{Inputs, Values};

pub fn execution_arn(aws: &Region, id: &str) -> String {
    let account = aws.account();
    format!("arn:{}:execute-api:{}:{}:{id}", account.partition, aws.name(), account.id)
}

/// The API in the shape of its spec; `content` is what is in it, where it was imported by us.
pub fn live(aws: &Region, target: &Target, api: &RestApi, content: Option<&Content>) -> Live {
    let id = api.id().unwrap_or_default();
    let mut tags = api.tags().cloned().unwrap_or_default();
    let imported = tags.remove(CONTENT_TAG);
    let given = target.inputs.get("body").is_some_and(|body| !body.is_null());
    let stands = match (content, imported) {
        // Its content is not ours.
        _ if !given => AS_IMPORTED.to_owned(),
        (Some(content), Some(imported)) if content.hash() == imported => AS_IMPORTED.to_owned(),
        (Some(content), Some(_)) => {
            content.differences(target.outputs.get("content_parts").and_then(Value::as_map))
        }
        _ => "not imported yet".to_owned(),
    };
    let endpoint = api.endpoint_configuration().and_then(|endpoint| endpoint.types().first());
    let properties = Values::new()
        .set("name", api.name())
        .set("content", stands)
        .set("description", api.description().unwrap_or_default())
        .set("endpoint_type", endpoint.map(|endpoint| endpoint.as_str()))
        .set("disable_execute_api_endpoint", api.disable_execute_api_endpoint())
        .set("minimum_compression_size", api.minimum_compression_size().filter(|size| *size >= 0))
        .list("binary_media_types", api.binary_media_types())
        .set("api_key_source", api.api_key_source().map_or("HEADER", |source| source.as_str()))
        .set("policy", api.policy().filter(|text| !text.is_empty()).map(|text| policy(aws, id, text)))
        .set("status", status(api))
        .tags(tags);
    let outputs = Values::new()
        .set("arn", arn_of(aws, &format!("restapis/{id}")))
        .set("execution_arn", execution_arn(aws, id))
        .set("root_resource_id", api.root_resource_id())
        .set("content_hash", content.map(|content| content.deployed(api)))
        .set("content_parts", content.map(Content::value));
    let health = match api.api_status() {
        None | Some(ApiStatus::Available | ApiStatus::Failed) => Health::Ready,
        Some(other) => Health::Pending(other.as_str().to_owned()),
    };
    Live { id: id.to_owned(), properties: properties.build(), outputs: outputs.build(), health }
}

/// A failed change leaves an API that works as before: no reason to make another one, but a difference.
fn status(api: &RestApi) -> String {
    match api.api_status() {
        Some(ApiStatus::Failed) => {
            format!("FAILED: {}", api.api_status_message().unwrap_or("no reason given"))
        }
        _ => "AVAILABLE".to_owned(),
    }
}

/// A policy as it was written: AWS escapes its quotes, and writes
/// `execute-api:/…` out with region, account and id (`aws-semantics.md` 0.6).
fn policy(aws: &Region, id: &str, text: &str) -> Value {
    let value = match from_text(text) {
        Value::Text(_) => from_text(&text.replace("\\\"", "\"")),
        value => value,
    };
    shortened(value, &format!("{}/", execution_arn(aws, id)))
}

fn shortened(value: Value, own: &str) -> Value {
    match value {
        Value::Text(text) => Value::Text(match text.strip_prefix(own) {
            Some(path) => format!("execute-api:/{path}"),
            None => text,
        }),
        Value::List(items) => Value::List(items.into_iter().map(|item| shortened(item, own)).collect()),
        Value::Map(map) => {
            Value::Map(map.into_iter().map(|(key, item)| (key, shortened(item, own))).collect())
        }
        other => other,
    }
}

/// The document to import. What the API has besides its content is put in:
/// an import that overwrites would reset it, and leave the API without its
/// policy until the next call.
pub fn document(desired: &Map) -> Result<Vec<u8>, Failure> {
    let text = desired.get("body").map(to_text).unwrap_or_default();
    // YAML goes as it is.
    let Ok(mut document) = serde_json::from_str::<Json>(&text) else { return Ok(text.into_bytes()) };
    let Some(top) = document.as_object_mut() else {
        let mut failure = unexpected("apigateway:PutRestApi", "`body` is not an OpenAPI document");
        failure.class = FailureClass::Invalid;
        failure.code = "DocumentUnreadable".to_owned();
        return Err(failure);
    };
    if let Some(info) = top.entry("info").or_insert_with(|| json!({})).as_object_mut() {
        info.insert("title".to_owned(), json!(desired.text("name").unwrap_or_default()));
        info.entry("version").or_insert_with(|| json!("1.0"));
        match desired.text("description").filter(|text| !text.is_empty()) {
            Some(description) => info.insert("description".to_owned(), json!(description)),
            None => info.remove("description"),
        };
    }
    endpoint(top, desired.flag("disable_execute_api_endpoint").unwrap_or(false));
    let policy = desired.get("policy").filter(|policy| !policy.is_null()).map(to_text);
    let extensions = [
        ("policy", policy.and_then(|text| serde_json::from_str(&text).ok())),
        ("api-key-source", desired.text("api_key_source").map(|source| json!(source))),
        (
            "binary-media-types",
            Some(desired.texts("binary_media_types")).filter(|all| !all.is_empty()).map(|all| json!(all)),
        ),
        ("minimum-compression-size", desired.int("minimum_compression_size").map(|size| json!(size))),
    ];
    for (name, value) in extensions {
        let name = format!("x-amazon-apigateway-{name}");
        match value {
            Some(value) => top.insert(name, value),
            None => top.remove(&name),
        };
    }
    Ok(document.to_string().into_bytes())
}

/// Whether the API can be reached by its own name: with OpenAPI 3 that stands at the server, before it at the top.
fn endpoint(top: &mut serde_json::Map<String, Json>, disabled: bool) {
    const NAME: &str = "x-amazon-apigateway-endpoint-configuration";
    let place = match top.contains_key("openapi") {
        true if disabled => {
            let servers = top.entry("servers").or_insert_with(|| json!([{"url": "/"}]));
            servers.get_mut(0).and_then(Json::as_object_mut)
        }
        true => top.get_mut("servers").and_then(|servers| servers.get_mut(0)?.as_object_mut()),
        false => Some(top),
    };
    match place {
        Some(place) if disabled => {
            place.insert(NAME.to_owned(), json!({"disableExecuteApiEndpoint": true}));
        }
        Some(place) => {
            place.remove(NAME);
        }
        None => {}
    }
}

/// The patches that bring the API's own settings to what is wanted.
pub fn patches(live: &Map, desired: &Map, differing: &[String]) -> Vec<PatchOperation> {
    // Which part of a failed change was at fault is not known: all of it is sent again.
    let again = differing.iter().any(|item| item == "status");
    let differs = |name: &str| again || differing.iter().any(|item| item == name);
    let mut patches = Vec::new();
    let mut replace = |name: &str, path: &str, value: String| {
        if differs(name) {
            patches.push(patch(Op::Replace, path).value(value).build());
        }
    };
    let text = |name: &str| desired.text(name).unwrap_or_default().to_owned();
    replace("name", "/name", text("name"));
    replace("description", "/description", text("description"));
    replace("api_key_source", "/apiKeySource", text("api_key_source"));
    replace("endpoint_type", "/endpointConfiguration/types/0", text("endpoint_type"));
    let disabled = desired.flag("disable_execute_api_endpoint").unwrap_or(false);
    replace("disable_execute_api_endpoint", "/disableExecuteApiEndpoint", disabled.to_string());
    let size = desired.int("minimum_compression_size").map(|size| size.to_string());
    replace("minimum_compression_size", "/minimumCompressionSize", size.unwrap_or_default());
    let policy = desired.get("policy").filter(|policy| !policy.is_null()).map(to_text);
    replace("policy", "/policy", policy.unwrap_or_default());
    if differs("binary_media_types") {
        let (from, to) = (live.texts("binary_media_types"), desired.texts("binary_media_types"));
        let path = |name: &str| format!("/binaryMediaTypes/{}", name.replace('~', "~0").replace('/', "~1"));
        patches.extend(
            to.iter().filter(|name| !from.contains(name)).map(|name| patch(Op::Add, &path(name)).build()),
        );
        patches.extend(
            from.iter().filter(|name| !to.contains(name)).map(|name| patch(Op::Remove, &path(name)).build()),
        );
    }
    patches
}

fn patch(op: Op, path: &str) -> aws_sdk_apigateway::types::builders::PatchOperationBuilder {
    PatchOperation::builder().op(op).path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_import_carries_what_it_would_reset() {
        let desired = Values::new()
            .set("name", "finsight")
            .set(
                "body",
                Value::from_plain_json(&json!({"openapi": "3.0.1", "info": {"title": "x"}, "paths": {}})),
            )
            .set("api_key_source", "HEADER")
            .list("binary_media_types", ["image/png"])
            .set("policy", Value::from_plain_json(&json!({"Statement": []})));
        let sent: Json = serde_json::from_slice(&document(&desired.build()).unwrap()).unwrap();
        let wanted = json!({
            "openapi": "3.0.1", "info": {"title": "finsight", "version": "1.0"}, "paths": {},
            "x-amazon-apigateway-api-key-source": "HEADER",
            "x-amazon-apigateway-binary-media-types": ["image/png"],
            "x-amazon-apigateway-policy": {"Statement": []},
        });
        assert_eq!(sent, wanted);
    }

    /// X15: an import that overwrites would open the API's own name again.
    #[test]
    fn a_closed_endpoint_stands_in_the_document() {
        let sent = |body: Json| {
            let body = Value::from_plain_json(&body);
            let desired =
                Values::new().set("name", "x").set("body", body).set("disable_execute_api_endpoint", true);
            serde_json::from_slice::<Json>(&document(&desired.build()).unwrap()).unwrap()
        };
        let three = sent(json!({"openapi": "3.0.1", "paths": {}}));
        let closed = json!({"disableExecuteApiEndpoint": true});
        assert_eq!(three["servers"][0]["x-amazon-apigateway-endpoint-configuration"], closed);
        let two = sent(json!({"swagger": "2.0", "paths": {}}));
        assert_eq!(two["x-amazon-apigateway-endpoint-configuration"], closed);
    }

    #[test]
    fn an_api_s_own_paths_are_short_again() {
        let own = "arn:aws:execute-api:eu-west-1:123456789012:abc/";
        let long = Value::from_plain_json(&json!({"Resource": [format!("{own}*/GET/x"), "arn:aws:s3:::b"]}));
        let short = Value::from_plain_json(&json!({"Resource": ["execute-api:/*/GET/x", "arn:aws:s3:::b"]}));
        assert_eq!(shortened(long, own), short);
    }
}
