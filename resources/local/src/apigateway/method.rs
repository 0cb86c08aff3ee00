//! Resources, methods and integrations that are made one by one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::patch::Patch;
use super::resource::{Resource, backend, one};
use super::rest_api::new_id;
use super::{bad, find, missing};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// A resource below another one.
pub(crate) fn create_resource(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let part = wish.get("pathPart").and_then(Value::as_str).unwrap_or_default().to_owned();
    if part.is_empty() || part.contains('/') {
        return Err(bad(
            "Resource's path part only allow a-zA-Z0-9._-: and curly braces at the beginning and the end",
        ));
    }
    let parent = one(cx)?;
    let path = format!("{}/{part}", parent.path.trim_end_matches('/'));
    let api = find(cx)?;
    if api.resources.contains_key(&path) {
        let message = format!("Another resource with the same parent already has this name: {part}");
        return Err(Refusal::new(409, "ConflictException", message));
    }
    let made =
        Resource { id: new_id(6), path: path.clone(), parent: Some(parent.id), methods: BTreeMap::new() };
    let shown = made.render(false);
    api.resources.insert(path, made);
    Ok(answer::rest(201, shown))
}

/// What is below it goes with it.
pub(crate) fn delete_resource(cx: &mut Context<'_>) -> Answered {
    let gone = one(cx)?;
    if gone.parent.is_none() {
        return Err(bad("Root resource cannot be deleted"));
    }
    let below = format!("{}/", gone.path);
    find(cx)?.resources.retain(|path, _| *path != gone.path && !path.starts_with(&below));
    Ok(answer::rest_empty(202))
}

fn verb_of(cx: &Context<'_>) -> String {
    cx.call.segments().get(5).cloned().unwrap_or_default()
}

/// The method that a call names, to change it.
fn method<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Value, Refusal> {
    let verb = verb_of(cx);
    let path = one(cx)?.path;
    let resource = find(cx)?.resources.get_mut(&path);
    let method = resource.and_then(|resource| resource.methods.get_mut(&verb));
    method.ok_or_else(|| missing("Invalid Method identifier specified"))
}

pub(crate) fn put_method(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let verb = verb_of(cx);
    let resource = one(cx)?;
    if resource.methods.contains_key(&verb) {
        return Err(Refusal::new(409, "ConflictException", "Method already exists for this resource"));
    }
    let text = |member: &str| wish.get(member).and_then(Value::as_str);
    let authorizer = text("authorizerId");
    let api = find(cx)?;
    if authorizer.is_some_and(|id| !api.authorizers.contains_key(id)) {
        return Err(bad(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
        ));
    }
    let made = json!({
        "httpMethod": verb,
        "authorizationType": text("authorizationType").unwrap_or("NONE"),
        "authorizerId": authorizer,
        "apiKeyRequired": wish.get("apiKeyRequired").and_then(Value::as_bool).unwrap_or(false),
        "operationName": text("operationName"),
        "requestParameters": wish.get("requestParameters"),
        "requestModels": wish.get("requestModels"),
        "requestValidatorId": text("requestValidatorId"),
    });
    if let Some(resource) = api.resources.get_mut(&resource.path) {
        resource.methods.insert(verb, made.clone());
    }
    Ok(answer::rest(201, made))
}

pub(crate) fn update_method(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let mut changed = method(cx)?.clone();
    for patch in &patches {
        match patch.parts().as_slice() {
            [member @ ("authorizationType" | "authorizerId" | "operationName")] => {
                changed[*member] = json!(patch.filled());
            }
            ["apiKeyRequired"] => changed["apiKeyRequired"] = json!(patch.flag()),
            _ => return Err(patch.invalid()),
        }
    }
    *method(cx)? = changed.clone();
    Ok(answer::rest(200, changed))
}

pub(crate) fn delete_method(cx: &mut Context<'_>) -> Answered {
    method(cx)?;
    let (verb, path) = (verb_of(cx), one(cx)?.path);
    if let Some(resource) = find(cx)?.resources.get_mut(&path) {
        resource.methods.remove(&verb);
    }
    Ok(answer::rest_empty(204))
}

pub(crate) fn put_integration(cx: &mut Context<'_>) -> Answered {
    let mut wish = cx.call.json()?;
    let resource = one(cx)?.id;
    let method = method(cx)?;
    let backend_verb = wish.get("httpMethod").or_else(|| wish.get("integrationHttpMethod")).cloned();
    wish["httpMethod"] = json!(backend_verb);
    let made = backend(&wish, &resource)?;
    method["methodIntegration"] = made.clone();
    Ok(answer::rest(201, made))
}

pub(crate) fn delete_integration(cx: &mut Context<'_>) -> Answered {
    method(cx)?["methodIntegration"] = Value::Null;
    Ok(answer::rest_empty(204))
}

fn status_of(cx: &Context<'_>, at: usize) -> String {
    cx.call.segments().get(at).cloned().unwrap_or_default()
}

pub(crate) fn put_method_response(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let status = status_of(cx, 7);
    let made = json!({
        "statusCode": status,
        "responseParameters": wish.get("responseParameters"),
        "responseModels": wish.get("responseModels"),
    });
    let method = method(cx)?;
    if method.get("methodResponses").and_then(|all| all.get(&status)).is_some() {
        return Err(Refusal::new(409, "ConflictException", "Response already exists for this resource"));
    }
    if !method["methodResponses"].is_object() {
        method["methodResponses"] = json!({});
    }
    method["methodResponses"][&status] = made.clone();
    Ok(answer::rest(201, made))
}

/// The method must have a response of this status.
pub(crate) fn put_integration_response(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let status = status_of(cx, 8);
    let made = json!({
        "statusCode": status,
        "selectionPattern": wish.get("selectionPattern"),
        "responseParameters": wish.get("responseParameters"),
        "responseTemplates": wish.get("responseTemplates"),
        "contentHandling": wish.get("contentHandling"),
    });
    let method = method(cx)?;
    if method.get("methodResponses").and_then(|all| all.get(&status)).is_none() {
        return Err(missing("Invalid Response status code specified"));
    }
    if !method["methodIntegration"].is_object() {
        return Err(missing("Invalid Integration identifier specified"));
    }
    if !method["methodIntegration"]["integrationResponses"].is_object() {
        method["methodIntegration"]["integrationResponses"] = json!({});
    }
    method["methodIntegration"]["integrationResponses"][&status] = made.clone();
    Ok(answer::rest(201, made))
}

/// A part of a method that a call names by its status code.
fn response(cx: &mut Context<'_>, within: &str, at: usize) -> Answered {
    let status = status_of(cx, at);
    let found = method(cx)?.pointer(within).and_then(|all| all.get(&status)).cloned();
    Ok(answer::rest(200, found.ok_or_else(|| missing("Invalid Response status code specified"))?))
}

fn drop_response(cx: &mut Context<'_>, within: &str, at: usize) -> Answered {
    let status = status_of(cx, at);
    let all = method(cx)?.pointer_mut(within).and_then(Value::as_object_mut);
    let gone = all.and_then(|all| all.remove(&status));
    gone.ok_or_else(|| missing("Invalid Response status code specified"))?;
    Ok(answer::rest_empty(204))
}

pub(crate) fn method_response(cx: &mut Context<'_>) -> Answered {
    response(cx, "/methodResponses", 7)
}

pub(crate) fn delete_method_response(cx: &mut Context<'_>) -> Answered {
    drop_response(cx, "/methodResponses", 7)
}

pub(crate) fn integration_response(cx: &mut Context<'_>) -> Answered {
    response(cx, "/methodIntegration/integrationResponses", 8)
}

pub(crate) fn delete_integration_response(cx: &mut Context<'_>) -> Answered {
    drop_response(cx, "/methodIntegration/integrationResponses", 8)
}
