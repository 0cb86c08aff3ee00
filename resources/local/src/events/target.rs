//! Targets of rules.

use serde_json::{Value, json};

use super::{done, invalid, required, rule, text};
use crate::answer::{Answered, Refusal};
use crate::world::Context;

/// A rule has so many at most.
const MOST: usize = 5;

/// Why a target is not taken, as an entry says it.
fn wrong(cx: &Context<'_>, target: &Value) -> Option<(&'static str, String)> {
    let arn = text(target, "Arn").unwrap_or_default();
    let mut parts = arn.split(':').skip(2);
    let (service, region) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if !arn.starts_with("arn:aws") || region.is_empty() {
        return Some(("ValidationException", format!("Provided Arn is not in correct format: {arn}")));
    }
    if region != cx.region() {
        let message = format!("The target {arn} is not in the region of the rule.");
        return Some(("ValidationException", message));
    }
    let stands = match service {
        "sns" => cx.world.sns.get(region).is_some_and(|topics| topics.has(arn)),
        _ => true,
    };
    (!stands).then(|| ("ResourceNotFoundException", format!("Topic {arn} does not exist.")))
}

pub(super) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Rule")?;
    let targets = body.get("Targets").and_then(Value::as_array).cloned().unwrap_or_default();
    if targets.is_empty() {
        return Err(invalid("Targets must not be empty"));
    }
    let mut all = rule::find(cx, name)?.targets.clone();
    let mut failed = Vec::new();
    for target in targets {
        let id = required(&target, "Id")?.to_owned();
        match wrong(cx, &target) {
            Some((code, message)) => {
                failed.push(json!({"TargetId": id, "ErrorCode": code, "ErrorMessage": message}));
            }
            None => {
                all.insert(id, target);
            }
        }
    }
    if all.len() > MOST {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(Refusal::bad("LimitExceededException", message));
    }
    rule::find(cx, name)?.targets = all;
    done(json!({"FailedEntryCount": failed.len(), "FailedEntries": failed}))
}

pub(super) fn remove(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Rule")?;
    let ids: Vec<&str> =
        body.get("Ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    rule::find(cx, name)?.targets.retain(|id, _| !ids.contains(&id.as_str()));
    done(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Rule")?;
    let targets: Vec<Value> = rule::find(cx, name)?.targets.values().cloned().collect();
    done(json!({"Targets": targets}))
}
