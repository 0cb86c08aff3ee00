//! Metric alarms.

use serde_json::{Map, Value, json};

use super::alarm::Alarm;
use super::{Told, invalid, required, text};
use crate::answer::Refusal;
use crate::world::Context;

const COMPARISONS: [&str; 7] = [
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];
const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const MISSING: [&str; 4] = ["breaching", "notBreaching", "ignore", "missing"];
/// Members that are kept as they come.
const KEPT: [&str; 14] = [
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ThresholdMetricId",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
];

fn combination(message: &str) -> Refusal {
    Refusal::bad("InvalidParameterCombination", message)
}

/// Replaces the alarm whole, but for its tags.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Told {
    let name = required(body, "AlarmName")?.to_owned();
    if cx.monitors().alarms.get(&name).is_some_and(Alarm::is_composite) {
        return Err(invalid(format!("{name} is a composite alarm")));
    }
    let mut alarm = Alarm::of(cx, body, &name)?;
    alarm.settings = settings(body)?;
    cx.monitors().alarms.insert(name, alarm);
    Ok(json!({}))
}

fn settings(body: &Value) -> Result<Map<String, Value>, Refusal> {
    let periods = number(body, "EvaluationPeriods").ok_or_else(|| Refusal::missing("EvaluationPeriods"))?;
    one_of(required(body, "ComparisonOperator")?, &COMPARISONS)?;
    one_of(text(body, "TreatMissingData").unwrap_or("missing"), &MISSING)?;
    if periods < 1 || number(body, "DatapointsToAlarm").is_some_and(|n| n < 1 || n > periods) {
        return Err(invalid("DatapointsToAlarm is between 1 and EvaluationPeriods"));
    }
    let banded = text(body, "ThresholdMetricId").is_some();
    if banded == body.get("Threshold").is_some() {
        return Err(combination("Either Threshold or ThresholdMetricId must be set"));
    }
    let math = body.get("Metrics").and_then(Value::as_array).filter(|m| !m.is_empty());
    match (math, text(body, "MetricName")) {
        (Some(_), Some(_)) | (None, None) => {
            return Err(combination("Exactly one of MetricName and Metrics must be set"));
        }
        (Some(lines), None) => metrics(body, lines)?,
        (None, Some(_)) => metric(body, periods)?,
    }
    let mut settings = Map::new();
    for member in KEPT {
        if let Some(value) = body.get(member) {
            settings.insert(member.to_owned(), value.clone());
        }
    }
    settings.entry("TreatMissingData").or_insert_with(|| json!("missing"));
    if settings.contains_key("ExtendedStatistic") {
        // Whether AWS shows this default is not documented: a client has to bear with it.
        settings.entry("EvaluateLowSampleCountPercentile").or_insert_with(|| json!("evaluate"));
    }
    // What is not said of `DatapointsToAlarm` is all of the periods.
    settings.entry("DatapointsToAlarm").or_insert_with(|| json!(periods));
    settings.insert("Metrics".to_owned(), json!(math.cloned().unwrap_or_default()));
    settings.entry("Dimensions").or_insert_with(|| json!([]));
    Ok(settings)
}

/// A single metric.
fn metric(body: &Value, periods: i64) -> Result<(), Refusal> {
    required(body, "Namespace")?;
    let period = number(body, "Period").ok_or_else(|| Refusal::missing("Period"))?;
    if !matches!(period, 10 | 20 | 30) && (period < 60 || period % 60 != 0) {
        return Err(invalid("Period must be 10, 20, 30 or a multiple of 60"));
    }
    let longest = if period >= 3600 { 7 * 86_400 } else { 86_400 };
    if period * periods > longest {
        return Err(invalid("Metrics cannot be checked across more than a day, or a week with long periods"));
    }
    match (text(body, "Statistic"), text(body, "ExtendedStatistic")) {
        (Some(statistic), None) => one_of(statistic, &STATISTICS)?,
        (None, Some(percentile)) => {
            let digits = percentile.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            if digits.parse::<f64>().is_err() && !percentile.contains('(') && percentile != "IQM" {
                return Err(invalid(format!("The value {percentile} for ExtendedStatistic is not valid")));
            }
        }
        _ => return Err(combination("Exactly one of Statistic and ExtendedStatistic must be set")),
    }
    let dimensions = body.get("Dimensions").and_then(Value::as_array).map_or(0, Vec::len);
    if dimensions > 30 {
        return Err(invalid("Dimensions has at most 30 members"));
    }
    Ok(())
}

/// Metric math: one line is watched, and no member of a single metric stands beside.
fn metrics(body: &Value, lines: &[Value]) -> Result<(), Refusal> {
    const SINGLE: [&str; 6] = ["Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"];
    if let Some(member) = SINGLE.iter().find(|m| body.get(**m).is_some()) {
        return Err(combination(&format!("{member} cannot stand beside Metrics")));
    }
    let mut ids: Vec<&str> = lines.iter().filter_map(|l| text(l, "Id")).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != lines.len() || ids.iter().any(|id| !id.starts_with(|c: char| c.is_ascii_lowercase())) {
        return Err(invalid("The ids of Metrics differ and begin with a lower-case letter"));
    }
    if lines.iter().any(|l| l.get("Expression").is_some() == l.get("MetricStat").is_some()) {
        return Err(invalid("A line of Metrics has either Expression or MetricStat"));
    }
    let watched = |l: &&Value| l.get("ReturnData").and_then(Value::as_bool).unwrap_or(true);
    let banded = text(body, "ThresholdMetricId");
    let watched = lines.iter().filter(watched).filter(|l| text(l, "Id") != banded).count();
    if watched != 1 {
        return Err(invalid("Exactly one element of the metrics list should return data."));
    }
    if banded.is_some_and(|id| !ids.contains(&id)) {
        return Err(invalid("ThresholdMetricId must be the id of a line of Metrics"));
    }
    Ok(())
}

fn number(body: &Value, member: &str) -> Option<i64> {
    body.get(member).and_then(Value::as_i64)
}

fn one_of(value: &str, allowed: &[&str]) -> Result<(), Refusal> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{value}' failed to satisfy constraint: Member must satisfy enum value set: {allowed:?}"
    )))
}
