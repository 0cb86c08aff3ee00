//! Whether an import did what its document says.
//!
//! An import that overwrites has left authorizers as they were (chalice#539). What decides who may call what is read
//! back: an authorizer that is another one is put right, a method that is another one is told.

use aws_sdk_apigateway::types::{Authorizer, Method, PatchOperation};
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;
use serde_json::Value as Json;

use super::common::replace;
use crate::document::to_text;
use crate::failure::{refused, unexpected, unread};
use crate::session::Region;

/// The members of an authorizer that can be compared: in the document, and in a patch.
const MEMBERS: [(&str, &str); 4] = [
    ("authorizerUri", "/authorizerUri"),
    ("authorizerCredentials", "/authorizerCredentials"),
    ("identitySource", "/identitySource"),
    ("authorizerResultTtlInSeconds", "/authorizerResultTtlInSeconds"),
];

/// Compares what stands with the document that was imported.
///
/// # Errors
/// Where a method stands otherwise than the document says; what AWS said.
pub async fn check(aws: &Region, id: &str, desired: &Map) -> Result<(), Failure> {
    let text = desired.get("body").map(to_text).unwrap_or_default();
    // YAML is taken as it went.
    let Ok(document) = serde_json::from_str::<Json>(&text) else { return Ok(()) };
    let call = aws.apigateway().get_authorizers().rest_api_id(id).limit(500).send().await;
    let call = call.map_err(|error| unread("apigateway:GetAuthorizers", &error))?;
    let authorizers = call.items.unwrap_or_default();
    for authorizer in &authorizers {
        let patches = corrections(&document, authorizer);
        if !patches.is_empty() {
            let call = aws.apigateway().update_authorizer().rest_api_id(id);
            let call = call.set_authorizer_id(authorizer.id.clone()).set_patch_operations(Some(patches));
            call.send().await.map_err(|error| refused("apigateway:UpdateAuthorizer", &error))?;
        }
    }
    let call = aws.apigateway().get_resources().rest_api_id(id).embed("methods").limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetResources", &error))?;
        for resource in page.items() {
            let path = resource.path().unwrap_or_default();
            for (verb, method) in resource.resource_methods().into_iter().flatten() {
                if let Some(why) = difference(&document, &authorizers, path, verb, method) {
                    return Err(otherwise(&format!("{verb} {path} {why}")));
                }
            }
        }
    }
    Ok(())
}

fn otherwise(why: &str) -> Failure {
    let message = format!("the document was imported, but {why}");
    let mut failure = unexpected("apigateway:PutRestApi", &message);
    failure.class = FailureClass::Invalid;
    failure.code = "ImportIncomplete".to_owned();
    failure
}

/// The extension of a scheme of the document by which an authorizer is declared.
fn declared<'a>(document: &'a Json, name: &str) -> Option<&'a Json> {
    let schemes =
        document.pointer("/components/securitySchemes").or_else(|| document.get("securityDefinitions"));
    schemes?.get(name)?.get("x-amazon-apigateway-authorizer")
}

/// What has to be patched of an authorizer that is not as declared.
fn corrections(document: &Json, standing: &Authorizer) -> Vec<PatchOperation> {
    let Some(wanted) = declared(document, standing.name().unwrap_or_default()) else { return Vec::new() };
    let stands = |member: &str| match member {
        "authorizerUri" => standing.authorizer_uri().map(str::to_owned),
        "authorizerCredentials" => standing.authorizer_credentials().map(str::to_owned),
        "identitySource" => standing.identity_source().map(str::to_owned),
        _ => standing.authorizer_result_ttl_in_seconds().map(|seconds| seconds.to_string()),
    };
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // Lists of sources are written with and without blanks.
    let plain = |text: &str| text.replace(' ', "");
    MEMBERS
        .iter()
        .filter_map(|(member, path)| {
            let wanted = wanted.get(member).map(text)?;
            let same = stands(member).is_some_and(|stands| plain(&stands) == plain(&wanted));
            (!same).then(|| replace(path, wanted))
        })
        .collect()
}

/// How a method differs from what the document says of it.
fn difference(
    document: &Json,
    authorizers: &[Authorizer],
    path: &str,
    verb: &str,
    method: &Method,
) -> Option<String> {
    let item = document.get("paths")?.get(path)?;
    let key = if verb == "ANY" { "x-amazon-apigateway-any-method".to_owned() } else { verb.to_lowercase() };
    let operation = item.get(&key)?;
    let uri = operation.pointer("/x-amazon-apigateway-integration/uri").and_then(Json::as_str);
    let stands = method.method_integration().and_then(|integration| integration.uri());
    if uri.is_some() && uri != stands {
        return Some(format!("calls {}", stands.unwrap_or("nothing")));
    }
    let security = operation.get("security").or_else(|| document.get("security")).and_then(Json::as_array);
    let wanted = security.into_iter().flatten().filter_map(Json::as_object).flat_map(|one| one.keys());
    let wanted = wanted.into_iter().find(|name| declared(document, name).is_some())?;
    let by = method.authorizer_id().and_then(|id| authorizers.iter().find(|one| one.id() == Some(id)));
    match by.and_then(Authorizer::name) {
        Some(name) if name == wanted => None,
        Some(name) => Some(format!("asks the authorizer {name}")),
        None => Some(format!("does not ask the authorizer {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_apigateway::types::Integration;
    use serde_json::json;

    use super::*;

    fn document() -> Json {
        json!({
            "openapi": "3.0.1",
            "components": {"securitySchemes": {
                "jwt": {"x-amazon-apigateway-authorizer": {
                    "type": "request", "authorizerUri": "uri:new", "authorizerResultTtlInSeconds": 60,
                    "identitySource": "method.request.header.A, method.request.header.B"}},
                "key": {"type": "apiKey"},
            }},
            "paths": {"/a": {"get": {
                "security": [{"jwt": [], "key": []}],
                "x-amazon-apigateway-integration": {"uri": "uri:a"}}}},
        })
    }

    /// H13: what an import left as it was is put right.
    #[test]
    fn an_authorizer_that_stayed_is_patched() {
        let standing = |uri: &str, ttl: i32| {
            let source = "method.request.header.A,method.request.header.B";
            let one = Authorizer::builder().name("jwt").id("1").authorizer_uri(uri).identity_source(source);
            one.authorizer_result_ttl_in_seconds(ttl).build()
        };
        assert!(corrections(&document(), &standing("uri:new", 60)).is_empty());
        let patches = corrections(&document(), &standing("uri:old", 300));
        let paths: Vec<&str> = patches.iter().filter_map(PatchOperation::path).collect();
        assert_eq!(paths, ["/authorizerUri", "/authorizerResultTtlInSeconds"]);
    }

    /// H13: a method that anybody may call, or that calls another function, is told.
    #[test]
    fn a_method_that_is_another_one_is_told() {
        let jwt = Authorizer::builder().name("jwt").id("1").build();
        let method = |uri: &str, authorizer: Option<&str>| {
            let integration = Integration::builder().uri(uri).build();
            let one = Method::builder().method_integration(integration);
            one.set_authorizer_id(authorizer.map(str::to_owned)).build()
        };
        let check =
            |method: &Method| difference(&document(), std::slice::from_ref(&jwt), "/a", "GET", method);
        assert_eq!(check(&method("uri:a", Some("1"))), None);
        assert_eq!(check(&method("uri:b", Some("1"))).as_deref(), Some("calls uri:b"));
        assert_eq!(check(&method("uri:a", None)).as_deref(), Some("does not ask the authorizer jwt"));
    }
}
