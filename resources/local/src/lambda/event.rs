//! How asynchronous events are treated.

use serde_json::{Value, json};

use super::{arn, find, find_qualified, invalid};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// The qualifier of a call, which is `$LATEST` where it names none.
fn key(qualifier: Option<String>) -> String {
    qualifier.unwrap_or_else(|| "$LATEST".to_owned())
}

fn within(body: &Value, member: &str, least: i64, most: i64) -> Result<(), Refusal> {
    match body.get(member).and_then(Value::as_i64) {
        Some(number) if !(least..=most).contains(&number) => Err(invalid(format!(
            "Value '{number}' at '{member}' failed to satisfy constraint: {least} to {most}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses numbers out of range, and destinations that Lambda does not know.
fn check(body: &Value) -> Result<(), Refusal> {
    within(body, "MaximumRetryAttempts", 0, 2)?;
    within(body, "MaximumEventAgeInSeconds", 60, 21_600)?;
    for side in ["OnSuccess", "OnFailure"] {
        let path = format!("/DestinationConfig/{side}/Destination");
        let Some(arn) = body.pointer(&path).and_then(Value::as_str).filter(|arn| !arn.is_empty()) else {
            continue;
        };
        let service = arn.split(':').nth(2).unwrap_or_default();
        if !arn.starts_with("arn:") || !["sqs", "sns", "lambda", "events", "s3"].contains(&service) {
            return Err(invalid(format!(
                "The provided destination config DestinationConfig is invalid: {arn}"
            )));
        }
    }
    Ok(())
}

fn store(cx: &mut Context<'_>, body: Value, whole: bool) -> Answered {
    check(&body)?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let (function, qualifier) = find_qualified(cx)?;
    let key = key(qualifier);
    let before = function.attached.events.get(&key).cloned();
    if before.is_none() && !whole {
        return Err(absent(&region, &function.name, &key));
    }
    let mut kept = before.filter(|_| !whole).unwrap_or_else(|| json!({}));
    for member in ["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"] {
        if let Some(value) = body.get(member).filter(|value| !value.is_null()) {
            kept[member] = value.clone();
        }
    }
    if kept.get("DestinationConfig").is_none() {
        kept["DestinationConfig"] = json!({"OnSuccess": {}, "OnFailure": {}});
    }
    kept["FunctionArn"] = json!(format!("{}:{key}", arn(&region, &function.name)));
    kept["LastModified"] = json!(now / 1000);
    function.attached.events.insert(key, kept.clone());
    Ok(answer::rest(200, kept))
}

fn absent(region: &str, function: &str, key: &str) -> Refusal {
    let message = format!("The function {}:{key} doesn't have an EventInvokeConfig", arn(region, function));
    Refusal::new(404, "ResourceNotFoundException", message)
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    store(cx, body, true)
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    store(cx, body, false)
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let region = cx.region().to_owned();
    let (function, qualifier) = find_qualified(cx)?;
    let key = key(qualifier);
    let found = function.attached.events.get(&key).cloned();
    Ok(answer::rest(200, found.ok_or_else(|| absent(&region, &function.name, &key))?))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let configs: Vec<Value> = find(cx)?.attached.events.values().cloned().collect();
    Ok(answer::rest(200, json!({"FunctionEventInvokeConfigs": configs})))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let region = cx.region().to_owned();
    let (function, qualifier) = find_qualified(cx)?;
    let key = key(qualifier);
    match function.attached.events.remove(&key) {
        Some(_) => Ok(answer::rest_empty(204)),
        None => Err(absent(&region, &function.name, &key)),
    }
}
