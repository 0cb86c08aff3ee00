//! Rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DEFAULT, done, empty, invalid, missing, required, tags, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags};

/// A rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    /// What was put, in AWS's form.
    settings: Map<String, Value>,
    /// Targets by id, as they were put.
    pub targets: std::collections::BTreeMap<String, Value>,
    pub tags: Tags,
}

pub(super) fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:events:{region}:{ACCOUNT}:rule/{name}")
}

/// The rule that a call names.
pub(super) fn find<'a>(cx: &'a mut Context<'_>, name: &str) -> Result<&'a mut Rule, Refusal> {
    let message = format!("Rule {name} does not exist on EventBus {DEFAULT}.");
    cx.buses().rules.get_mut(name).ok_or_else(|| missing(&message))
}

/// Refuses what is no pattern: an object of lists and objects, which matches something.
fn check_pattern(pattern: &str) -> Result<(), Refusal> {
    fn fits(value: &Value) -> bool {
        match value {
            Value::Object(map) => !map.is_empty() && map.values().all(fits),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        }
    }
    let parsed: Option<Value> = serde_json::from_str(pattern).ok();
    if parsed.as_ref().is_some_and(|parsed| parsed.is_object() && fits(parsed)) {
        return Ok(());
    }
    let message = "Event pattern is not valid. Reason: an object, whose leaves are lists, is expected";
    Err(Refusal::bad("InvalidEventPatternException", message))
}

/// Makes a rule, or replaces what it says; tags count only when it is made.
pub(super) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Name")?.to_owned();
    let (pattern, schedule) = (text(body, "EventPattern"), text(body, "ScheduleExpression"));
    if pattern.is_none() && schedule.is_none() {
        return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    if let Some(pattern) = pattern {
        check_pattern(pattern)?;
    }
    let mut settings = Map::new();
    for member in ["EventPattern", "ScheduleExpression", "Description", "RoleArn"] {
        if let Some(value) = text(body, member) {
            settings.insert(member.to_owned(), Value::from(value));
        }
    }
    settings.insert("State".to_owned(), Value::from(text(body, "State").unwrap_or("ENABLED")));
    let (new, arn) = (tags::of(body)?, arn(cx.region(), &name));
    let rule = cx.buses().rules.entry(name).or_insert_with(|| Rule { tags: new, ..Rule::default() });
    rule.settings = settings;
    done(json!({"RuleArn": arn}))
}

/// A rule as AWS shows it.
fn shown(rule: &Rule, region: &str, name: &str) -> Value {
    let mut shown = rule.settings.clone();
    let own = [("Name", name), ("Arn", &arn(region, name)), ("EventBusName", DEFAULT)];
    shown.extend(own.map(|(member, value)| (member.to_owned(), Value::from(value))));
    Value::Object(shown)
}

/// All of them: a region has some hundred at most.
pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (region, prefix) = (cx.region().to_owned(), text(body, "NamePrefix").unwrap_or_default());
    let rules = cx.buses().rules.iter().filter(|(name, _)| name.starts_with(prefix));
    let rules: Vec<Value> = rules.map(|(name, rule)| shown(rule, &region, name)).collect();
    done(json!({"Rules": rules}))
}

pub(super) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Name")?;
    let region = cx.region().to_owned();
    let mut shown = shown(find(cx, name)?, &region, name);
    shown["CreatedBy"] = Value::from(ACCOUNT);
    done(shown)
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Name")?;
    // What is not there is deleted.
    if find(cx, name).is_ok_and(|rule| !rule.targets.is_empty()) {
        return Err(invalid("Rule can't be deleted since it has targets."));
    }
    cx.buses().rules.remove(name);
    Ok(empty())
}
