//! Schedules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::time::{is_expression, is_zone};
use super::{DEFAULT, conflict, done, empty, group, invalid, name_in, not_found, paged, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::Context;

/// A schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Schedule {
    /// All settings, defaults filled in.
    settings: Value,
    token: Option<String>,
    created_at: i64,
    modified_at: i64,
}

/// What a call can set.
const SETTINGS: [&str; 10] = [
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "State",
    "Description",
    "StartDate",
    "EndDate",
    "KmsKeyArn",
    "Target",
    "ActionAfterCompletion",
];

fn arn_of(region: &str, id: &str) -> String {
    format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/{id}")
}

/// `<group>/<name>` of a call: the group stands in the body of some and in the query of others.
fn id_in(cx: &Context<'_>, body: &Value) -> Result<(String, String), Refusal> {
    let group = text(body, "GroupName").or_else(|| cx.call.query_params().filled("groupName"));
    Ok((group.unwrap_or_else(|| DEFAULT.to_owned()), name_in(cx)?))
}

fn missing(name: &str) -> Refusal {
    not_found(format!("Schedule {name} does not exist."))
}

fn one_of(body: &Value, member: &str, words: &[&str]) -> Result<String, Refusal> {
    let word = text(body, member).unwrap_or_else(|| words[0].to_owned());
    if words.contains(&word.as_str()) {
        return Ok(word);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{word}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        words.join(", ")
    )))
}

fn check_window(body: &Value) -> Result<(), Refusal> {
    let window = &body["FlexibleTimeWindow"];
    let minutes = window["MaximumWindowInMinutes"].as_u64();
    match (window["Mode"].as_str(), minutes) {
        (Some("OFF"), None) | (Some("FLEXIBLE"), Some(1..=1440)) => Ok(()),
        (Some("OFF"), Some(_)) => {
            Err(invalid("MaximumWindowInMinutes is only valid when the mode is FLEXIBLE."))
        }
        _ => Err(invalid(
            "FlexibleTimeWindow needs a mode, and a window of 1 to 1440 minutes when it is FLEXIBLE.",
        )),
    }
}

/// The target with its defaults; refuses one that Scheduler does not take.
fn target(cx: &Context<'_>, body: &Value) -> Result<Value, Refusal> {
    let mut target = body.get("Target").cloned().unwrap_or_default();
    super::target::check(&target)?;
    let role = text(&target, "RoleArn").unwrap_or_default();
    if !cx.world.iam.trusts(&role, "scheduler.amazonaws.com") {
        let message =
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.";
        return Err(invalid(message));
    }
    let dead = target.get("DeadLetterConfig").and_then(|dead| text(dead, "Arn"));
    if dead.is_some_and(|arn| !arn.starts_with("arn:aws:sqs:")) {
        return Err(invalid("The dead-letter queue must be an SQS queue."));
    }
    let number = |member: &str| target.get("RetryPolicy").and_then(|p| p.get(member)).and_then(Value::as_i64);
    let age = number("MaximumEventAgeInSeconds").unwrap_or(86_400);
    let attempts = number("MaximumRetryAttempts").unwrap_or(185);
    if !(60..=86_400).contains(&age) || !(0..=185).contains(&attempts) {
        return Err(invalid("RetryPolicy: 60 to 86400 seconds and 0 to 185 attempts are allowed."));
    }
    target["RetryPolicy"] = json!({"MaximumEventAgeInSeconds": age, "MaximumRetryAttempts": attempts});
    Ok(target)
}

/// All settings of a call, defaults filled in; refuses what Scheduler does not take.
fn settings(cx: &Context<'_>, body: &Value) -> Result<Value, Refusal> {
    let expression = text(body, "ScheduleExpression").unwrap_or_default();
    if !is_expression(&expression) {
        return Err(invalid(format!("Invalid Schedule Expression {expression}.")));
    }
    let zone = text(body, "ScheduleExpressionTimezone").unwrap_or_else(|| "UTC".to_owned());
    if !is_zone(&zone) {
        return Err(invalid(format!("Invalid ScheduleExpressionTimezone {zone}.")));
    }
    check_window(body)?;
    if let (Some(start), Some(end)) = (body["StartDate"].as_f64(), body["EndDate"].as_f64())
        && end <= start
    {
        return Err(invalid("The StartDate must come before the EndDate."));
    }
    // EventBridge Scheduler User Guide, "Schedule types": also where an update says again what was once to come.
    if body["StartDate"].as_f64().is_some_and(|start| start * 1000.0 < (cx.now() - 300_000) as f64) {
        return Err(invalid("The StartDate you specify cannot be earlier than 5 minutes ago."));
    }
    if let Some(arn) = text(body, "KmsKeyArn") {
        let region = cx.region();
        if cx.world.kms.get(region).and_then(|keys| keys.arn_of(region, &arn)).is_none() {
            return Err(invalid(format!("KMS key {arn} does not exist or is not enabled.")));
        }
    }
    let given = |name: &&str| Some((name.to_string(), body.get(*name).filter(|v| !v.is_null())?.clone()));
    let mut settings: Map<String, Value> = SETTINGS.iter().filter_map(given).collect();
    settings.insert("ScheduleExpressionTimezone".to_owned(), json!(zone));
    settings.insert("State".to_owned(), json!(one_of(body, "State", &["ENABLED", "DISABLED"])?));
    let action = one_of(body, "ActionAfterCompletion", &["NONE", "DELETE"])?;
    settings.insert("ActionAfterCompletion".to_owned(), json!(action));
    settings.insert("Target".to_owned(), target(cx, body)?);
    Ok(Value::Object(settings))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = id_in(cx, body)?;
    group::check_open(cx, &group)?;
    let token = text(body, "ClientToken");
    let id = format!("{group}/{name}");
    let arn = json!({"ScheduleArn": arn_of(cx.region(), &id)});
    if let Some(standing) = cx.schedules().schedules.get(&id) {
        if token.is_some() && standing.token == token {
            return done(arn);
        }
        return Err(conflict(format!("Schedule {name} already exists.")));
    }
    let now = cx.now();
    let schedule = Schedule { settings: settings(cx, body)?, token, created_at: now, modified_at: now };
    cx.schedules().schedules.insert(id, schedule);
    done(arn)
}

/// What is left out goes back to its default.
pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = id_in(cx, body)?;
    let id = format!("{group}/{name}");
    if !cx.schedules().schedules.contains_key(&id) {
        return Err(missing(&name));
    }
    let settings = settings(cx, body)?;
    let now = cx.now();
    if let Some(schedule) = cx.schedules().schedules.get_mut(&id) {
        schedule.settings = settings;
        schedule.modified_at = now;
    }
    done(json!({"ScheduleArn": arn_of(cx.region(), &id)}))
}

pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = id_in(cx, body)?;
    let id = format!("{group}/{name}");
    let arn = arn_of(cx.region(), &id);
    let schedule = cx.schedules().schedules.get(&id).ok_or_else(|| missing(&name))?;
    let mut shown = schedule.settings.clone();
    shown["Arn"] = json!(arn);
    shown["GroupName"] = json!(group);
    shown["Name"] = json!(name);
    shown["CreationDate"] = json!(schedule.created_at / 1000);
    shown["LastModificationDate"] = json!(schedule.modified_at / 1000);
    done(shown)
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = id_in(cx, body)?;
    let id = format!("{group}/{name}");
    cx.schedules().schedules.remove(&id).ok_or_else(|| missing(&name))?;
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let query = cx.call.query_params();
    let (group, prefix) = (query.filled("ScheduleGroup"), query.filled("NamePrefix"));
    let region = cx.region().to_owned();
    let one = |(id, schedule): (&String, &Schedule)| {
        let (its_group, name) = id.split_once('/')?;
        let fits = group.as_ref().is_none_or(|g| g == its_group)
            && prefix.as_ref().is_none_or(|p| name.starts_with(p.as_str()));
        fits.then(|| {
            json!({
                "Arn": arn_of(&region, id),
                "GroupName": its_group,
                "Name": name,
                "State": schedule.settings["State"],
                "Target": {"Arn": schedule.settings["Target"]["Arn"]},
                "CreationDate": schedule.created_at / 1000,
                "LastModificationDate": schedule.modified_at / 1000,
            })
        })
    };
    let found = cx.schedules().schedules.iter().filter_map(one).collect();
    done(paged(cx, "Schedules", found)?)
}
