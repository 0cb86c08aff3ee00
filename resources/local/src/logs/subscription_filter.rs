//! Subscription filters.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{empty, filter_name, group, invalid, missing, page, pattern, required, text};
use crate::answer::{Answered, Refusal};
use crate::world::Context;

/// A subscription filter of a log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SubscriptionFilter {
    pattern: String,
    destination: String,
    role: Option<String>,
    distribution: String,
    transformed: bool,
    created_at: i64,
    /// What it selects by fields and adds of the system's, as they came.
    #[serde(default)]
    rest: Map<String, Value>,
}

impl SubscriptionFilter {
    fn render(&self, group: &str, name: &str) -> Value {
        let own = json!({
            "filterName": name,
            "logGroupName": group,
            "filterPattern": self.pattern,
            "destinationArn": self.destination,
            "roleArn": self.role,
            "distribution": self.distribution,
            "applyOnTransformedLogs": self.transformed,
            "creationTime": self.created_at,
        });
        super::with(own, &self.rest)
    }
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = (required(body, "logGroupName")?, filter_name(body)?);
    let pattern = pattern(body)?;
    let destination = required(body, "destinationArn")?;
    let role = text(body, "roleArn");
    let distribution = text(body, "distribution").unwrap_or_else(|| "ByLogStream".to_owned());
    if !matches!(distribution.as_str(), "ByLogStream" | "Random") {
        return Err(invalid("distribution is ByLogStream or Random"));
    }
    group::find(cx, &group)?.require_standard()?;
    deliverable(cx, &destination, role.as_deref())?;
    let now = cx.now();
    let filters = &mut group::find(cx, &group)?.subscription_filters;
    let filter = SubscriptionFilter {
        pattern,
        destination,
        role,
        distribution,
        transformed: body.get("applyOnTransformedLogs").and_then(Value::as_bool).unwrap_or(false),
        created_at: filters.get(&name).map_or(now, |f| f.created_at),
        rest: super::kept(body, &["fieldSelectionCriteria", "emitSystemFields"]),
    };
    filters.insert(name, filter);
    Ok(empty())
}

/// Refuses a destination that nothing can be delivered to.
fn deliverable(cx: &Context<'_>, destination: &str, role: Option<&str>) -> Result<(), Refusal> {
    match destination.split(':').nth(2) {
        Some("lambda" | "logs") if destination.starts_with("arn:") => Ok(()),
        Some("kinesis" | "firehose") if destination.starts_with("arn:") => match role {
            None => Err(invalid("destinationArn for vendor streams needs a roleArn")),
            Some(role) if !cx.world.iam.has_role(role) => Err(invalid(
                "Could not deliver test message to specified stream. Check if the stream is in ACTIVE state.",
            )),
            Some(_) => Ok(()),
        },
        _ => Err(invalid(format!("destinationArn {destination} is not supported"))),
    }
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let group = required(body, "logGroupName")?;
    let prefix = text(body, "filterNamePrefix").unwrap_or_default();
    let of = group::find(cx, &group)?;
    of.require_standard()?;
    let filters = &of.subscription_filters;
    let fits = |(name, _): &(&String, &SubscriptionFilter)| name.starts_with(&prefix);
    let found = filters.iter().filter(fits).map(|(name, f)| f.render(&group, name)).collect();
    page(body, "subscriptionFilters", found, "limit", 50)
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (group, name) = (required(body, "logGroupName")?, filter_name(body)?);
    let removed = group::find(cx, &group)?.subscription_filters.remove(&name);
    removed.map(|_| empty()).ok_or_else(|| missing("subscription filter"))
}
