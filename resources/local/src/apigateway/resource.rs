//! Resources and their methods, as a body makes them and as they are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::authorizer::Authorizer;
use super::{bad, find, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::Context;

/// A resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub id: String,
    pub path: String,
    /// The id of the parent; the root has none.
    pub parent: Option<String>,
    /// By verb, as the API shows them.
    pub methods: BTreeMap<String, Value>,
}

impl Resource {
    /// The resource of `/`.
    pub(crate) fn root(id: &str) -> Resource {
        Resource { id: id.to_owned(), path: "/".to_owned(), parent: None, methods: BTreeMap::new() }
    }

    pub(super) fn render(&self, with_methods: bool) -> Value {
        let methods: Map<String, Value> = self
            .methods
            .iter()
            .map(|(verb, method)| (verb.clone(), if with_methods { method.clone() } else { json!({}) }))
            .collect();
        json!({
            "id": self.id,
            "path": self.path,
            "pathPart": self.parent.as_ref().and_then(|_| self.path.rsplit('/').next()),
            "parentId": self.parent,
            "resourceMethods": (!methods.is_empty()).then_some(methods),
        })
    }
}

const VERBS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

/// The methods of one path of a document.
pub(crate) fn methods(
    document: &Value,
    item: &Value,
    resource: &str,
    authorizers: &BTreeMap<String, Authorizer>,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut made = BTreeMap::new();
    for (key, verb) in VERBS {
        if let Some(operation) = item.get(key) {
            made.insert(verb.to_owned(), described(document, item, operation, verb, resource, authorizers)?);
        }
    }
    Ok(made)
}

fn described(
    document: &Value,
    item: &Value,
    operation: &Value,
    verb: &str,
    resource: &str,
    authorizers: &BTreeMap<String, Authorizer>,
) -> Result<Value, Refusal> {
    let Security { authorization, authorizer, key } = security(document, operation);
    let authorizer = authorizers.values().find(|a| Some(&a.name) == authorizer.as_ref());
    let integration = match operation.get("x-amazon-apigateway-integration") {
        Some(wish) => Some(backend(wish, resource)?),
        None => None,
    };
    Ok(json!({
        "httpMethod": verb,
        "authorizationType": authorization,
        "authorizerId": authorizer.map(|a| &a.id),
        "apiKeyRequired": key,
        "operationName": operation.get("operationId"),
        "requestParameters": request_parameters(item, operation),
        "methodResponses": method_responses(operation),
        "methodIntegration": integration,
    }))
}

/// What an operation wants of its callers.
struct Security {
    authorization: &'static str,
    /// The name of the authorizer.
    authorizer: Option<String>,
    /// Whether it needs an API key.
    key: bool,
}

/// The security schemes of a document.
pub(super) fn schemes(document: &Value) -> Option<&Value> {
    let current = document.get("components").and_then(|c| c.get("securitySchemes"));
    current.or_else(|| document.get("securityDefinitions"))
}

fn security(document: &Value, operation: &Value) -> Security {
    let wanted = operation.get("security").or_else(|| document.get("security"));
    let schemes = schemes(document);
    let names = wanted.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let mut found = Security { authorization: "NONE", authorizer: None, key: false };
    for name in names.flat_map(|requirement| requirement.keys()) {
        let Some(scheme) = schemes.and_then(|s| s.get(name)) else { continue };
        match scheme.get("x-amazon-apigateway-authtype").and_then(Value::as_str) {
            Some("awsSigv4") => found.authorization = "AWS_IAM",
            Some("cognito_user_pools") => {
                found.authorization = "COGNITO_USER_POOLS";
                found.authorizer = Some(name.clone());
            }
            _ if scheme.get("x-amazon-apigateway-authorizer").is_some() => {
                found.authorization = "CUSTOM";
                found.authorizer = Some(name.clone());
            }
            _ => found.key = true,
        }
    }
    found
}

fn request_parameters(item: &Value, operation: &Value) -> Option<Value> {
    let lists = [item.get("parameters"), operation.get("parameters")];
    let mut found = Map::new();
    for parameter in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
        let text = |member: &str| parameter.get(member).and_then(Value::as_str).unwrap_or_default();
        let place = match text("in") {
            "path" => "path",
            "query" => "querystring",
            "header" => "header",
            _ => continue,
        };
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        found.insert(format!("method.request.{place}.{}", text("name")), json!(required));
    }
    (!found.is_empty()).then_some(Value::Object(found))
}

fn method_responses(operation: &Value) -> Option<Value> {
    let responses = operation.get("responses").and_then(Value::as_object)?;
    let one = |(status, response): (&String, &Value)| {
        let headers = response.get("headers").and_then(Value::as_object);
        let parameters: Map<String, Value> = headers
            .into_iter()
            .flatten()
            .map(|(name, _)| (format!("method.response.header.{name}"), json!(false)))
            .collect();
        let parameters = (!parameters.is_empty()).then_some(parameters);
        (status.clone(), json!({"statusCode": status, "responseParameters": parameters}))
    };
    Some(Value::Object(responses.iter().filter(|(status, _)| *status != "default").map(one).collect()))
}

/// An integration as the API shows it.
pub(super) fn backend(wish: &Value, resource: &str) -> Result<Value, Refusal> {
    let text = |member: &str| wish.get(member).and_then(Value::as_str).map(str::to_owned);
    let kind =
        text("type").ok_or_else(|| bad("Unable to put integration: its type is missing"))?.to_uppercase();
    if !matches!(kind.as_str(), "AWS" | "AWS_PROXY" | "HTTP" | "HTTP_PROXY" | "MOCK") {
        return Err(bad(format!("Unable to put integration: invalid type {kind}")));
    }
    if kind != "MOCK" && text("uri").is_none() {
        return Err(bad("Unable to put integration: its uri is missing"));
    }
    let responses = wish.get("responses").and_then(Value::as_object).map(|responses| {
        let one = |(pattern, response): (&String, &Value)| {
            let status = response.get("statusCode").and_then(Value::as_str).unwrap_or("200").to_owned();
            let shown = json!({
                "statusCode": status,
                "selectionPattern": (pattern != "default").then_some(pattern),
                "responseParameters": response.get("responseParameters"),
                "responseTemplates": response.get("responseTemplates"),
                "contentHandling": response.get("contentHandling"),
            });
            (status, shown)
        };
        Value::Object(responses.iter().map(one).collect())
    });
    Ok(json!({
        "type": kind,
        "httpMethod": text("httpMethod").filter(|_| kind != "MOCK"),
        "uri": text("uri"),
        "credentials": text("credentials"),
        "connectionType": text("connectionType").or_else(|| (kind != "MOCK").then(|| "INTERNET".to_owned())),
        "connectionId": text("connectionId"),
        "contentHandling": text("contentHandling"),
        "passthroughBehavior": text("passthroughBehavior").map_or_else(|| "WHEN_NO_MATCH".to_owned(), |b| b.to_uppercase()),
        "requestParameters": wish.get("requestParameters"),
        "requestTemplates": wish.get("requestTemplates"),
        "timeoutInMillis": wish.get("timeoutInMillis").and_then(Value::as_i64).unwrap_or(29_000),
        "cacheNamespace": text("cacheNamespace").unwrap_or_else(|| resource.to_owned()),
        "cacheKeyParameters": wish.get("cacheKeyParameters").cloned().unwrap_or_else(|| json!([])),
        "integrationResponses": responses,
    }))
}

fn with_methods(cx: &Context<'_>) -> bool {
    let values = repeated(&cx.call.query, "embed");
    values.iter().flat_map(|v| v.split(',')).any(|v| v == "methods")
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let embed = with_methods(cx);
    let items = find(cx)?.resources.values().map(|r| r.render(embed)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(super) fn one(cx: &mut Context<'_>) -> Result<Resource, Refusal> {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    let found = find(cx)?.resources.values().find(|r| r.id == id).cloned();
    found.ok_or_else(|| missing("Invalid Resource identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let embed = with_methods(cx);
    Ok(answer::rest(200, one(cx)?.render(embed)))
}

fn method_of(cx: &mut Context<'_>) -> Result<Value, Refusal> {
    let verb = cx.call.segments().get(5).cloned().unwrap_or_default();
    one(cx)?.methods.get(&verb).cloned().ok_or_else(|| missing("Invalid Method identifier specified"))
}

pub(crate) fn method(cx: &mut Context<'_>) -> Answered {
    Ok(answer::rest(200, method_of(cx)?))
}

pub(crate) fn integration(cx: &mut Context<'_>) -> Answered {
    let method = method_of(cx)?;
    let found = method.get("methodIntegration").filter(|i| !i.is_null()).cloned();
    Ok(answer::rest(200, found.ok_or_else(|| missing("No integration defined for method"))?))
}
