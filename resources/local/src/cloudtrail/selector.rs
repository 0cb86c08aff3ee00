//! Which events a trail records.

use serde_json::{Value, json};

use super::find;
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

const OPERATORS: [&str; 6] =
    ["Equals", "NotEquals", "StartsWith", "NotStartsWith", "EndsWith", "NotEndsWith"];

/// What a trail without selectors of its own records.
fn default_selector() -> Value {
    json!({
        "ReadWriteType": "All", "IncludeManagementEvents": true,
        "DataResources": [], "ExcludeManagementEventSources": [],
    })
}

fn invalid(message: &str) -> Refusal {
    Refusal::bad("InvalidEventSelectorsException", message)
}

fn items(body: &Value, member: &str) -> Vec<Value> {
    body.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// One kind of selectors takes the place of the other.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (basic, advanced) = (items(body, "EventSelectors"), items(body, "AdvancedEventSelectors"));
    if basic.is_empty() == advanced.is_empty() {
        return Err(invalid("Either EventSelectors or AdvancedEventSelectors must be given."));
    }
    if basic.len() > 5 || advanced.len() > 500 {
        return Err(invalid("A trail has at most 5 event selectors."));
    }
    let basic = basic.iter().map(checked).collect::<Result<Vec<Value>, Refusal>>()?;
    for selector in &advanced {
        check_advanced(selector)?;
    }
    let trail = find(cx, body, "TrailName")?;
    trail.selectors = if basic == [default_selector()] { Vec::new() } else { basic };
    trail.advanced = advanced;
    let answer = json!({
        "TrailARN": trail.arn(), "EventSelectors": trail.selectors, "AdvancedEventSelectors": trail.advanced,
    });
    Ok(answer::json(answer))
}

/// A basic selector with its defaults.
fn checked(selector: &Value) -> Result<Value, Refusal> {
    let mut whole = default_selector();
    for member in
        ["ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"]
    {
        if let Some(value) = selector.get(member).filter(|v| !v.is_null()) {
            whole[member] = value.clone();
        }
    }
    if !matches!(whole["ReadWriteType"].as_str(), Some("All" | "ReadOnly" | "WriteOnly")) {
        return Err(invalid("ReadWriteType is All, ReadOnly or WriteOnly."));
    }
    let resources = items(&whole, "DataResources");
    let known = |r: &Value| {
        matches!(
            r.get("Type").and_then(Value::as_str),
            Some("AWS::S3::Object" | "AWS::Lambda::Function" | "AWS::DynamoDB::Table")
        )
    };
    if !resources.iter().all(known) {
        return Err(invalid("The type of a data resource is not valid."));
    }
    let excluded = items(&whole, "ExcludeManagementEventSources");
    let excludable = |s: &Value| matches!(s.as_str(), Some("kms.amazonaws.com" | "rdsdata.amazonaws.com"));
    if !excluded.iter().all(excludable) {
        return Err(invalid("Only events of KMS and of the RDS Data API can be excluded."));
    }
    if whole["IncludeManagementEvents"] == json!(false) && resources.is_empty() {
        return Err(invalid("A selector without management events needs data resources."));
    }
    Ok(whole)
}

fn check_advanced(selector: &Value) -> Result<(), Refusal> {
    let fields = items(selector, "FieldSelectors");
    let category = |f: &Value| f.get("Field").and_then(Value::as_str) == Some("eventCategory");
    let conditioned = |f: &Value| OPERATORS.iter().any(|o| !items(f, o).is_empty());
    if !fields.iter().any(category) || !fields.iter().all(conditioned) {
        return Err(invalid("An advanced selector names eventCategory, and each field has a condition."));
    }
    Ok(())
}

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let trail = find(cx, body, "TrailName")?;
    let basic = match (trail.selectors.is_empty(), trail.advanced.is_empty()) {
        (true, true) => vec![default_selector()],
        _ => trail.selectors.clone(),
    };
    let answer = json!({
        "TrailARN": trail.arn(), "EventSelectors": basic, "AdvancedEventSelectors": trail.advanced,
    });
    Ok(answer::json(answer))
}

pub(crate) fn put_insight(cx: &mut Context<'_>, body: &Value) -> Answered {
    let selectors = items(body, "InsightSelectors");
    let known = |s: &Value| {
        matches!(
            s.get("InsightType").and_then(Value::as_str),
            Some("ApiCallRateInsight" | "ApiErrorRateInsight")
        )
    };
    if !selectors.iter().all(known) {
        return Err(Refusal::bad("InvalidInsightSelectorsException", "The type of an insight is not valid."));
    }
    let trail = find(cx, body, "TrailName")?;
    trail.insight = selectors;
    Ok(answer::json(json!({"TrailARN": trail.arn(), "InsightSelectors": trail.insight})))
}

pub(crate) fn get_insight(cx: &mut Context<'_>, body: &Value) -> Answered {
    let trail = find(cx, body, "TrailName")?;
    if trail.insight.is_empty() {
        let message = format!("Trail {} does not have Insights enabled.", trail.arn());
        return Err(Refusal::bad("InsightNotEnabledException", message));
    }
    Ok(answer::json(json!({"TrailARN": trail.arn(), "InsightSelectors": trail.insight})))
}
