//! What API Gateway itself answers: the customised responses, and its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::body::Mode;
use super::patch::Patch;
use super::rest_api::RestApi;
use super::{bad, find, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// Every type with its status, as far as it has one of its own.
const TYPES: [(&str, Option<&str>); 21] = [
    ("ACCESS_DENIED", Some("403")),
    ("API_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_FAILURE", Some("500")),
    ("BAD_REQUEST_BODY", Some("400")),
    ("BAD_REQUEST_PARAMETERS", Some("400")),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("EXPIRED_TOKEN", Some("403")),
    ("INTEGRATION_FAILURE", Some("504")),
    ("INTEGRATION_TIMEOUT", Some("504")),
    ("INVALID_API_KEY", Some("403")),
    ("INVALID_SIGNATURE", Some("403")),
    ("MISSING_AUTHENTICATION_TOKEN", Some("403")),
    ("QUOTA_EXCEEDED", Some("429")),
    ("REQUEST_TOO_LARGE", Some("413")),
    ("RESOURCE_NOT_FOUND", Some("404")),
    ("THROTTLED", Some("429")),
    ("UNAUTHORIZED", Some("401")),
    ("UNSUPPORTED_MEDIA_TYPE", Some("415")),
    ("WAF_FILTERED", Some("403")),
];

/// A response as the API shows it; without a wish, AWS's own.
pub(super) fn shown(kind: &str, wish: Option<&Value>) -> Result<Value, Refusal> {
    let known = TYPES.iter().find(|(name, _)| *name == kind);
    let (_, status) = known.ok_or_else(|| bad(format!("Invalid gateway response type: {kind}")))?;
    let member = |name: &str| wish.and_then(|wish| wish.get(name)).filter(|value| !value.is_null()).cloned();
    let given = match member("statusCode") {
        Some(Value::Number(number)) => Some(json!(number.to_string())),
        other => other,
    };
    for (name, value) in
        member("responseParameters").as_ref().and_then(Value::as_object).into_iter().flatten()
    {
        let text = value.as_str().unwrap_or_default();
        let constant = text.len() >= 2 && text.starts_with('\'') && text.ends_with('\'');
        let mapped = ["method.request.", "context.", "stageVariables."].iter().any(|p| text.starts_with(p));
        if !name.starts_with("gatewayresponse.header.") || !(constant || mapped) {
            return Err(bad(format!(
                "Invalid mapping expression specified: Validation Result: {name}: {text}"
            )));
        }
    }
    let own = json!({"application/json": "{\"message\":$context.error.messageString}"});
    Ok(json!({
        "responseType": kind,
        "statusCode": given.or_else(|| status.map(|status| json!(status))),
        "responseParameters": member("responseParameters").unwrap_or_else(|| json!({})),
        "responseTemplates": member("responseTemplates").unwrap_or(own),
        "defaultResponse": wish.is_none(),
    }))
}

/// The customised responses of an API that a body was put into.
pub(super) fn of_body(
    api: &RestApi,
    document: &Value,
    mode: Mode,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut made = if mode == Mode::Merge { api.gateway_responses.clone() } else { BTreeMap::new() };
    let wishes = document.get("x-amazon-apigateway-gateway-responses").and_then(Value::as_object);
    for (kind, wish) in wishes.into_iter().flatten() {
        made.insert(kind.clone(), shown(kind, Some(wish))?);
    }
    Ok(made)
}

fn kind_of(cx: &Context<'_>) -> String {
    cx.call.segments().get(3).cloned().unwrap_or_default()
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let own = find(cx)?.gateway_responses.clone();
    let one =
        |(kind, _): &(&str, Option<&str>)| own.get(*kind).cloned().map_or_else(|| shown(kind, None), Ok);
    let items = TYPES.iter().map(one).collect::<Result<_, _>>()?;
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let kind = kind_of(cx);
    let own = find(cx)?.gateway_responses.get(&kind).cloned();
    Ok(answer::rest(200, own.map_or_else(|| shown(&kind, None), Ok)?))
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let kind = kind_of(cx);
    let made = shown(&kind, Some(&cx.call.json()?))?;
    find(cx)?.gateway_responses.insert(kind, made.clone());
    Ok(answer::rest(201, made))
}

/// A patch of one that was not customised makes it so.
pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let kind = kind_of(cx);
    let patches = Patch::all(cx)?;
    let api = find(cx)?;
    let mut changed = api.gateway_responses.get(&kind).cloned().map_or_else(|| shown(&kind, None), Ok)?;
    for patch in &patches {
        let value = patch.value.clone().filter(|_| patch.op != "remove");
        match patch.parts().as_slice() {
            ["statusCode"] => changed["statusCode"] = json!(value),
            [map @ ("responseParameters" | "responseTemplates"), key] => {
                let mut entries: Map<String, Value> = changed[*map].as_object().cloned().unwrap_or_default();
                match value {
                    Some(value) => entries.insert((*key).to_owned(), json!(value)),
                    None => entries.remove(*key),
                };
                changed[*map] = Value::Object(entries);
            }
            _ => return Err(patch.invalid()),
        }
    }
    let made = shown(&kind, Some(&changed))?;
    api.gateway_responses.insert(kind, made.clone());
    Ok(answer::rest(200, made))
}

/// It is AWS's own again.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let kind = kind_of(cx);
    let gone = find(cx)?.gateway_responses.remove(&kind);
    gone.ok_or_else(|| missing("Gateway response type not defined on api"))?;
    Ok(answer::rest_empty(202))
}
