//! Event destinations of configuration sets.

use serde_json::{Value, json};

use super::{bad, done, empty, in_path, not_found, set, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::sns;
use crate::world::Context;

const EVENTS: [&str; 10] = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
];
const KINDS: [&str; 5] = [
    "KinesisFirehoseDestination",
    "CloudWatchDestination",
    "SnsDestination",
    "EventBridgeDestination",
    "PinpointDestination",
];
const MOST: usize = 10;

/// The definition in a call; refuses one that SES does not take.
fn definition(cx: &Context<'_>, body: &Value) -> Result<Value, Refusal> {
    let definition = body.get("EventDestination").cloned().unwrap_or_default();
    let events = definition.get("MatchingEventTypes").and_then(Value::as_array).cloned().unwrap_or_default();
    if events.is_empty() || events.iter().any(|e| !e.as_str().is_some_and(|e| EVENTS.contains(&e))) {
        return Err(bad("MatchingEventTypes must name at least one type of event that SES knows."));
    }
    let kinds = KINDS.iter().filter(|kind| definition.get(**kind).is_some()).count();
    if kinds != 1 {
        return Err(bad("An event destination must have exactly one destination."));
    }
    if let Some(sns) = definition.get("SnsDestination") {
        let arn = text(sns, "TopicArn").unwrap_or_default();
        let topics = cx.world.sns.get(cx.region());
        if !topics.is_some_and(|topics| topics.has(&arn)) {
            return Err(bad(format!("SNS topic <{arn}> not found.")));
        }
        let by_policy = topics.is_some_and(|topics| topics.lets_publish(&arn, "ses.amazonaws.com"));
        if !by_policy || !sns::key_lets(cx.world, &arn, sns::Publisher::Ses) {
            return Err(bad(format!(
                "Could not publish to SNS topic <{arn}>: check its policy and its key."
            )));
        }
    }
    if let Some(metrics) = definition.get("CloudWatchDestination") {
        let dimensions = metrics.get("DimensionConfigurations").and_then(Value::as_array);
        let sound =
            |d: &Value| text(d, "DimensionName").is_some() && text(d, "DefaultDimensionValue").is_some();
        if !dimensions.is_some_and(|d| !d.is_empty() && d.len() <= 10 && d.iter().all(sound)) {
            return Err(bad(
                "A CloudWatch destination needs one to ten dimensions, each with a name and a default value.",
            ));
        }
    }
    if let Some(bus) = definition.get("EventBridgeDestination") {
        let default = format!("arn:aws:events:{}:{ACCOUNT}:event-bus/default", cx.region());
        if text(bus, "EventBusArn").as_deref() != Some(default.as_str()) {
            return Err(bad("Only the default event bus is supported."));
        }
    }
    Ok(definition)
}

fn missing(name: &str) -> Refusal {
    not_found(format!("Event destination <{name}> does not exist."))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = text(body, "EventDestinationName").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(bad(format!("Event destination name <{name}> has characters that are not allowed.")));
    }
    if set::find(cx)?.destinations.contains_key(&name) {
        let message = format!("Event destination <{name}> already exists.");
        return Err(Refusal::bad("AlreadyExistsException", message));
    }
    let definition = definition(cx, body)?;
    let set = set::find(cx)?;
    if set.destinations.len() >= MOST {
        return Err(Refusal::bad(
            "LimitExceededException",
            "A configuration set has at most 10 event destinations.",
        ));
    }
    set.destinations.insert(name, definition);
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let one = |(name, definition): (&String, &Value)| {
        let mut shown = definition.clone();
        shown["Name"] = json!(name);
        shown["Enabled"] = json!(definition["Enabled"].as_bool().unwrap_or(false));
        shown
    };
    let all: Vec<Value> = set::find(cx)?.destinations.iter().map(one).collect();
    done(json!({"EventDestinations": all}))
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = in_path(cx, 5);
    if !set::find(cx)?.destinations.contains_key(&name) {
        return Err(missing(&name));
    }
    let definition = definition(cx, body)?;
    set::find(cx)?.destinations.insert(name, definition);
    Ok(empty())
}

pub(super) fn delete(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let name = in_path(cx, 5);
    set::find(cx)?.destinations.remove(&name).ok_or_else(|| missing(&name))?;
    Ok(empty())
}
