//! Application Auto Scaling: scalable targets and policies are answered here. Nothing is scaled, and
//! no alarms are made. Scheduled actions are those of the service beneath.

mod policy;
mod target;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted};

/// The scalable targets and policies of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Targets {
    /// By key.
    targets: BTreeMap<String, target::Target>,
    /// By name and key.
    policies: BTreeMap<String, policy::Policy>,
}

impl Counted for Targets {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:applicationautoscaling:ScalableTarget", self.targets.len());
        status.add("aws:applicationautoscaling:ScalingPolicy", self.policies.len());
    }
}

impl Context<'_> {
    fn scaling(&mut self) -> &mut Targets {
        self.world.applicationautoscaling.entry(self.call.region.clone()).or_default()
    }
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "RegisterScalableTarget" => target::register,
        "DescribeScalableTargets" => target::describe,
        "DeregisterScalableTarget" => target::deregister,
        "ListTagsForResource" => target::tags,
        "PutScalingPolicy" => policy::put,
        "DescribeScalingPolicies" => policy::describe,
        "DeleteScalingPolicy" => policy::delete,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

fn texts(body: &Value, member: &str) -> Option<Vec<String>> {
    let items = body.get(member)?.as_array()?;
    Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("ValidationException", message)
}

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    text(body, member).filter(|text| !text.is_empty()).ok_or_else(|| {
        invalid(format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"))
    })
}

/// `<namespace>|<resource>|<dimension>`
fn key(body: &Value) -> Result<String, Refusal> {
    let (namespace, resource) = (required(body, "ServiceNamespace")?, required(body, "ResourceId")?);
    Ok(format!("{namespace}|{resource}|{}", required(body, "ScalableDimension")?))
}

fn missing(key: &str) -> Refusal {
    let message = format!("No scalable target registered for {}", key.replace('|', ", "));
    Refusal::bad("ObjectNotFoundException", message)
}
