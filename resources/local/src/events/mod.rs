//! EventBridge: rules of the default bus, their targets, tags. No event ever comes.

mod rule;
mod tags;
mod target;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The bus that every region has.
const DEFAULT: &str = "default";

/// The rules of a region's default bus.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Buses {
    rules: BTreeMap<String, rule::Rule>,
}

impl Counted for Buses {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:events:Rule", self.rules.len());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        self.rules.iter().map(|(name, rule)| (rule::arn(region, name), &rule.tags)).collect()
    }
}

impl Context<'_> {
    fn buses(&mut self) -> &mut Buses {
        self.world.events.entry(self.call.region.clone()).or_default()
    }
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "PutRule" => rule::put,
        "DescribeRule" => rule::describe,
        "DeleteRule" => rule::delete,
        "ListRules" => rule::list,
        "PutTargets" => target::put,
        "RemoveTargets" => target::remove,
        "ListTargetsByRule" => target::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    // Buses of one's own are not here.
    let bus =
        text(&body, "EventBusName").filter(|bus| *bus != DEFAULT && !bus.ends_with(":event-bus/default"));
    if let Some(bus) = bus {
        return Err(missing(&format!("Event bus {bus} does not exist.")));
    }
    operation(cx, &body).map(Outcome::Done)
}

fn done(body: Value) -> Answered {
    Ok(answer::json(body))
}

fn empty() -> MockResponse {
    answer::json(json!({}))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("ValidationException", message)
}

fn missing(message: &str) -> Refusal {
    Refusal::bad("ResourceNotFoundException", message)
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn required<'a>(body: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    text(body, member).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}
