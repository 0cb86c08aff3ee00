//! Statements: what WAF refuses of them, and what it fills in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::capacity::MANAGED;
use super::{invalid, items, nonexistent, text};
use crate::answer::Refusal;
use crate::world::Context;

/// Refuses a statement, or fills in WAF's defaults; groups and rates stand at the top alone.
pub(super) fn check_statement(cx: &mut Context<'_>, statement: &mut Value, top: bool) -> Result<(), Refusal> {
    let kinds = statement.as_object_mut().into_iter().flatten().filter(|(_, inner)| inner.is_object());
    let mut kinds: Vec<(&String, &mut Value)> = kinds.collect();
    let [(kind, inner)] = kinds.as_mut_slice() else {
        return Err(invalid("A statement is of exactly one kind.", "STATEMENT", ""));
    };
    let nested = ["ManagedRuleGroupStatement", "RuleGroupReferenceStatement", "RateBasedStatement"];
    if !top && nested.contains(&kind.as_str()) {
        return Err(invalid("This statement cannot be nested.", "STATEMENT", kind));
    }
    match kind.as_str() {
        "ByteMatchStatement" => {
            check_search_string(inner)?;
            check_field(inner)
        }
        "SqliMatchStatement" => {
            default(inner, "SensitivityLevel", json!("LOW"));
            check_field(inner)
        }
        "XssMatchStatement" | "SizeConstraintStatement" | "RegexMatchStatement" => check_field(inner),
        "IPSetReferenceStatement" => {
            let arn = text(inner, "ARN").unwrap_or_default();
            if cx.waf().ip_sets.contains_key(&arn) { Ok(()) } else { Err(nonexistent()) }
        }
        "GeoMatchStatement" if items(inner, "CountryCodes").is_empty() => {
            Err(invalid("A list of countries is not empty.", "COUNTRY_CODE", ""))
        }
        "NotStatement" => check_statement(cx, &mut inner["Statement"], false),
        "AndStatement" | "OrStatement" => {
            if items(inner, "Statements").len() < 2 {
                return Err(invalid("At least two statements are joined.", "AND_STATEMENT", kind));
            }
            let inner = inner["Statements"].as_array_mut().into_iter().flatten();
            inner.into_iter().try_for_each(|statement| check_statement(cx, statement, false))
        }
        "RateBasedStatement" => check_rate(cx, inner),
        "ManagedRuleGroupStatement" => {
            let (vendor, name) = (text(inner, "VendorName"), text(inner, "Name").unwrap_or_default());
            if vendor.as_deref() == Some("AWS") && !MANAGED.iter().any(|(known, _)| *known == name) {
                let reason = "The managed rule group does not exist.";
                return Err(invalid(reason, "MANAGED_RULE_GROUP", &name));
            }
            check_scope_down(cx, inner)
        }
        _ => Ok(()),
    }
}

fn default(inner: &mut Value, member: &str, value: Value) {
    if inner.get(member).is_none_or(Value::is_null) {
        inner[member] = value;
    }
}

fn check_search_string(inner: &Value) -> Result<(), Refusal> {
    let encoded = text(inner, "SearchString").unwrap_or_default();
    let decoded = STANDARD.decode(&encoded).unwrap_or_default();
    if decoded.is_empty() || decoded.len() > 200 {
        // AWS repeats the text.
        let reason = "The search string must have 1 to 200 bytes.";
        return Err(invalid(reason, "BYTE_MATCH_STATEMENT", &String::from_utf8_lossy(&decoded)));
    }
    Ok(())
}

fn check_field(inner: &mut Value) -> Result<(), Refusal> {
    let mut priorities: Vec<i64> = items(inner, "TextTransformations")
        .iter()
        .map(|item| item.get("Priority").and_then(Value::as_i64).unwrap_or_default())
        .collect();
    let all = priorities.len();
    priorities.sort_unstable();
    priorities.dedup();
    if all == 0 || priorities.len() != all {
        let reason = "There is at least one text transformation, each with a priority of its own.";
        return Err(invalid(reason, "TEXT_TRANSFORMATION", ""));
    }
    let field = inner.get_mut("FieldToMatch").and_then(Value::as_object_mut);
    let said = field.into_iter().flatten().filter(|(_, part)| part.is_object());
    let mut said: Vec<(&String, &mut Value)> = said.collect();
    let [(kind, part)] = said.as_mut_slice() else {
        return Err(invalid("A statement looks at exactly one field.", "FIELD_TO_MATCH", ""));
    };
    match kind.as_str() {
        "Body" | "JsonBody" => default(part, "OversizeHandling", json!("CONTINUE")),
        "SingleHeader" | "SingleQueryArgument" if text(part, "Name").is_none() => {
            return Err(invalid("The field needs a name.", "SINGLE_HEADER", ""));
        }
        _ => {}
    }
    Ok(())
}

fn check_rate(cx: &mut Context<'_>, inner: &mut Value) -> Result<(), Refusal> {
    let limit = inner.get("Limit").and_then(Value::as_i64).unwrap_or_default();
    if !(10..=2_000_000_000).contains(&limit) {
        return Err(invalid("The limit is out of range.", "RATE_BASED_STATEMENT", &limit.to_string()));
    }
    default(inner, "EvaluationWindowSec", json!(300));
    let window = inner["EvaluationWindowSec"].as_i64().unwrap_or_default();
    if ![60, 120, 300, 600].contains(&window) {
        return Err(invalid("The window is not valid.", "RATE_BASED_STATEMENT", &window.to_string()));
    }
    let said = |member: &str| inner.get(member).is_some_and(Value::is_object);
    let key = text(inner, "AggregateKeyType").unwrap_or_default();
    let fits = match key.as_str() {
        "IP" => !said("ForwardedIPConfig"),
        "FORWARDED_IP" => said("ForwardedIPConfig"),
        "CONSTANT" => said("ScopeDownStatement"),
        "CUSTOM_KEYS" => !items(inner, "CustomKeys").is_empty(),
        _ => false,
    };
    if !fits {
        let reason = "The key type does not go with the rest of the statement.";
        return Err(invalid(reason, "RATE_BASED_STATEMENT", &key));
    }
    check_scope_down(cx, inner)
}

fn check_scope_down(cx: &mut Context<'_>, inner: &mut Value) -> Result<(), Refusal> {
    match inner.get_mut("ScopeDownStatement") {
        Some(narrower) if narrower.is_object() => check_statement(cx, narrower, false),
        _ => Ok(()),
    }
}
