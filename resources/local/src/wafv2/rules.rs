//! Rules of web ACLs: what WAF refuses of them, and what it fills in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::capacity;
use super::statement::check_statement;
use super::{invalid, items, required, text};
use crate::answer::Refusal;
use crate::world::Context;

/// The rules of a call with WAF's defaults, and what they cost.
pub(super) fn read_rules(cx: &mut Context<'_>, body: &Value) -> Result<(Vec<Value>, i64), Refusal> {
    let mut rules = items(body, "Rules").to_vec();
    let (mut names, mut priorities, mut units) = (BTreeSet::new(), BTreeSet::new(), 0);
    for rule in &mut rules {
        let name = required(rule, "Name")?;
        let priority = rule.get("Priority").and_then(Value::as_i64).unwrap_or_default();
        if !names.insert(name.clone()) {
            return Err(invalid("You have used a rule name twice.", "RULE_NAME", &name));
        }
        if !priorities.insert(priority) {
            return Err(invalid("You have used a priority twice.", "PRIORITY", &priority.to_string()));
        }
        check_visibility(rule)?;
        let statement = rule.get("Statement").cloned().unwrap_or_default();
        let group = ["ManagedRuleGroupStatement", "RuleGroupReferenceStatement"]
            .iter()
            .any(|kind| statement.get(*kind).is_some_and(|inner| !inner.is_null()));
        let has = |member: &str| rule.get(member).is_some_and(|value| !value.is_null());
        if has("Action") == group || has("OverrideAction") != group {
            let reason = "A rule group takes an override action, and any other rule an action.";
            return Err(invalid(reason, "RULE", &name));
        }
        if group {
            check_action(&rule["OverrideAction"], &["None", "Count"], body)?;
        } else {
            check_action(&rule["Action"], &["Allow", "Block", "Count", "Captcha", "Challenge"], body)?;
        }
        if let Some(statement) = rule.get_mut("Statement") {
            check_statement(cx, statement, true)?;
            units += capacity::of(statement);
        }
    }
    rules.sort_by_key(|rule| rule.get("Priority").and_then(Value::as_i64).unwrap_or_default());
    Ok((rules, units))
}

/// Refuses what is not exactly one of these actions, or answers with a body that is not there.
pub(super) fn check_action(action: &Value, kinds: &[&str], acl: &Value) -> Result<(), Refusal> {
    let said: Vec<&str> =
        kinds.iter().copied().filter(|kind| action.get(*kind).is_some_and(Value::is_object)).collect();
    let [kind] = said.as_slice() else {
        return Err(invalid("You must specify exactly one action.", "ACTION_VALUE", &action.to_string()));
    };
    let Some(response) = action[*kind].get("CustomResponse").filter(|response| response.is_object()) else {
        return Ok(());
    };
    let code = response.get("ResponseCode").and_then(Value::as_i64).unwrap_or_default();
    if !(200..600).contains(&code) {
        return Err(invalid("The response code is not valid.", "CUSTOM_RESPONSE", &code.to_string()));
    }
    let bodies = acl.get("CustomResponseBodies").unwrap_or(&Value::Null);
    match text(response, "CustomResponseBodyKey") {
        Some(key) if !bodies.is_string() && bodies.get(&key).is_none() => {
            Err(invalid("There is no body with this key.", "CUSTOM_RESPONSE_BODY", &key))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_visibility(owner: &Value) -> Result<(), Refusal> {
    let config = owner.get("VisibilityConfig").unwrap_or(&Value::Null);
    let name = text(config, "MetricName").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_#:./ ".contains(c);
    if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
        return Err(invalid("The metric name is not valid.", "METRIC_NAME", &name));
    }
    Ok(())
}
