//! Metric filters.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{empty, filter_name, group, invalid, missing, page, pattern, required, text};
use crate::answer::{Answered, Refusal};
use crate::world::Context;

/// A metric filter of a log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MetricFilter {
    pattern: String,
    transformation: Value,
    transformed: bool,
    created_at: i64,
    /// What it selects by fields and adds of the system's, as they came.
    #[serde(default)]
    rest: Map<String, Value>,
}

impl MetricFilter {
    fn render(&self, group: &str, name: &str) -> Value {
        let own = json!({
            "filterName": name,
            "logGroupName": group,
            "filterPattern": self.pattern,
            "metricTransformations": [self.transformation],
            "applyOnTransformedLogs": self.transformed,
            "creationTime": self.created_at,
        });
        super::with(own, &self.rest)
    }
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = (required(body, "logGroupName")?, filter_name(body)?);
    let now = cx.now();
    let group = group::find(cx, &group)?;
    group.require_standard()?;
    let filters = &mut group.metric_filters;
    let filter = MetricFilter {
        pattern: pattern(body)?,
        transformation: transformation(body)?,
        transformed: body.get("applyOnTransformedLogs").and_then(Value::as_bool).unwrap_or(false),
        created_at: filters.get(&name).map_or(now, |f| f.created_at),
        rest: super::kept(body, &["fieldSelectionCriteria", "emitSystemFieldDimensions"]),
    };
    filters.insert(name, filter);
    Ok(empty())
}

/// The one transformation of a call.
fn transformation(body: &Value) -> Result<Value, Refusal> {
    let Some([one]) = body.get("metricTransformations").and_then(Value::as_array).map(Vec::as_slice) else {
        return Err(invalid("metricTransformations has exactly one member"));
    };
    for member in ["metricName", "metricNamespace"] {
        if required(one, member)?.contains([':', '*', '$']) {
            return Err(invalid(format!("{member} must not contain :, * or $")));
        }
    }
    let value = required(one, "metricValue")?;
    if !value.starts_with('$') && value.parse::<f64>().is_err() {
        return Err(invalid(format!("Invalid metric transformation: metricValue {value}")));
    }
    let dimensions = one.get("dimensions").and_then(Value::as_object).filter(|d| !d.is_empty());
    if dimensions.is_some_and(|d| d.len() > 3) {
        return Err(invalid("A metric filter has at most 3 dimensions"));
    }
    if dimensions.is_some() && one.get("defaultValue").is_some_and(|v| !v.is_null()) {
        let message =
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.";
        return Err(invalid(message));
    }
    Ok(one.clone())
}

/// Without a group the filters of all groups are described.
pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let group = text(body, "logGroupName");
    let prefix = text(body, "filterNamePrefix").unwrap_or_default();
    let (metric, space) = (text(body, "metricName"), text(body, "metricNamespace"));
    if metric.is_some() != space.is_some() {
        return Err(invalid("metricName and metricNamespace go together"));
    }
    if let Some(group) = &group {
        group::find(cx, group)?;
    }
    let mut found = Vec::new();
    for of in cx.groups().values().filter(|g| group.as_ref().is_none_or(|name| g.name == *name)) {
        for (name, filter) in of.metric_filters.iter().filter(|(name, _)| name.starts_with(&prefix)) {
            let publishes = text(&filter.transformation, "metricName") == metric
                && text(&filter.transformation, "metricNamespace") == space;
            if metric.is_none() || publishes {
                found.push(filter.render(&of.name, name));
            }
        }
    }
    page(body, "metricFilters", found, "limit", 50)
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = (required(body, "logGroupName")?, filter_name(body)?);
    let removed = group::find(cx, &group)?.metric_filters.remove(&name);
    removed.map(|_| empty()).ok_or_else(|| missing("metric filter"))
}
