//! Scaling policies.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{invalid, key, missing, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, uuid};

/// A policy of a scalable target.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    name: String,
    /// The key of its target.
    pub of: String,
    arn: String,
    kind: String,
    /// What it was put with.
    configuration: Value,
    created_at: i64,
}

const TRACKING: &str = "TargetTrackingScalingPolicyConfiguration";
const STEPS: &str = "StepScalingPolicyConfiguration";

impl Policy {
    fn render(&self) -> Value {
        let mut parts = self.of.splitn(3, '|');
        let mut shown = json!({
            "PolicyName": self.name,
            "PolicyARN": self.arn,
            "PolicyType": self.kind,
            "ServiceNamespace": parts.next(),
            "ResourceId": parts.next(),
            "ScalableDimension": parts.next(),
            "Alarms": [],
            "CreationTime": self.created_at / 1000,
        });
        shown[if self.kind == "StepScaling" { STEPS } else { TRACKING }] = self.configuration.clone();
        shown
    }
}

/// Refuses what tracks no metric, or one that its service does not have.
fn check(body: &Value) -> Result<Value, Refusal> {
    let tracking = body.get(TRACKING).filter(|value| value.is_object());
    let tracking = tracking.ok_or_else(|| invalid(format!("{TRACKING} is required")))?;
    let metric =
        tracking.pointer("/PredefinedMetricSpecification/PredefinedMetricType").and_then(Value::as_str);
    if metric.is_none() && tracking.get("CustomizedMetricSpecification").is_none() {
        return Err(invalid("A target tracking policy needs a metric"));
    }
    let lambda = text(body, "ServiceNamespace").as_deref() == Some("lambda");
    if lambda && metric.is_some_and(|metric| metric != "LambdaProvisionedConcurrencyUtilization") {
        return Err(invalid("The predefined metric type is not supported for the service namespace lambda"));
    }
    let value = tracking.get("TargetValue").and_then(Value::as_f64).unwrap_or_default();
    if value <= 0.0 || (lambda && metric.is_some() && !(0.1..=0.9).contains(&value)) {
        return Err(invalid(
            "TargetValue must be from 0.1 to 0.9 for LambdaProvisionedConcurrencyUtilization",
        ));
    }
    Ok(tracking.clone())
}

/// Makes a policy, or puts another in its place.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (key, name) = (key(body)?, required(body, "PolicyName")?);
    let (region, now) = (cx.region().to_owned(), cx.now());
    if !cx.scaling().targets.contains_key(&key) {
        return Err(missing(&key));
    }
    let kind = text(body, "PolicyType").unwrap_or_else(|| "StepScaling".to_owned());
    let configuration = if kind == "TargetTrackingScaling" {
        check(body)?
    } else {
        body.get(STEPS).cloned().ok_or_else(|| invalid(format!("{STEPS} is required")))?
    };
    let id = format!("{name}|{key}");
    let known = cx.scaling().policies.get(&id).cloned();
    let policy = Policy {
        arn: known.as_ref().map_or_else(
            || {
                let resource = key.splitn(3, '|').take(2).collect::<Vec<_>>().join("/");
                format!(
                    "arn:aws:autoscaling:{region}:{ACCOUNT}:scalingPolicy:{}:resource/{resource}:policyName/{name}",
                    uuid()
                )
            },
            |known| known.arn.clone(),
        ),
        created_at: known.map_or(now, |known| known.created_at),
        name,
        of: key,
        kind,
        configuration,
    };
    let shown = json!({"PolicyARN": policy.arn, "Alarms": []});
    cx.scaling().policies.insert(id, policy);
    Ok(answer::json(shown))
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let namespace = required(body, "ServiceNamespace")?;
    let (names, resource) = (texts(body, "PolicyNames"), text(body, "ResourceId"));
    let dimension = text(body, "ScalableDimension");
    let fits = |policy: &&Policy| {
        let mut parts = policy.of.splitn(3, '|');
        let mut same = |wanted: Option<&String>| {
            let part = parts.next().unwrap_or_default();
            wanted.is_none_or(|wanted| wanted == part)
        };
        same(Some(&namespace))
            && same(resource.as_ref())
            && same(dimension.as_ref())
            && names.as_ref().is_none_or(|names| names.contains(&policy.name))
    };
    let found: Vec<Value> = cx.scaling().policies.values().filter(fits).map(Policy::render).collect();
    Ok(answer::json(json!({"ScalingPolicies": found})))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (key, name) = (key(body)?, required(body, "PolicyName")?);
    let absent = || {
        let message = format!("No scaling policy found for {}, {name}", key.replace('|', ", "));
        Refusal::bad("ObjectNotFoundException", message)
    };
    cx.scaling().policies.remove(&format!("{name}|{key}")).ok_or_else(absent)?;
    Ok(answer::json(json!({})))
}
