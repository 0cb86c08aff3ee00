//! Scalable targets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{invalid, key, missing, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::iam::LinkedRole;
use crate::world::{Context, Tags, hex};

/// Something that is scaled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    namespace: String,
    resource: String,
    dimension: String,
    least: i64,
    most: i64,
    suspended: Value,
    arn: String,
    tags: Tags,
    created_at: i64,
}

impl Target {
    fn render(&self) -> Value {
        json!({
            "ServiceNamespace": self.namespace,
            "ResourceId": self.resource,
            "ScalableDimension": self.dimension,
            "MinCapacity": self.least,
            "MaxCapacity": self.most,
            "RoleARN": LinkedRole::AutoScaling.arn(),
            "CreationTime": self.created_at / 1000,
            "SuspendedState": self.suspended,
            "ScalableTargetARN": self.arn,
        })
    }
}

/// Refuses a Lambda resource that does not exist, or that cannot be scaled.
fn check(cx: &Context<'_>, body: &Value) -> Result<(), Refusal> {
    let resource = required(body, "ResourceId")?;
    if text(body, "ServiceNamespace").as_deref() != Some("lambda") {
        return Ok(());
    }
    if text(body, "ScalableDimension").as_deref() != Some("lambda:function:ProvisionedConcurrency") {
        return Err(invalid("Unsupported service namespace, resource type or scalable dimension"));
    }
    let mut parts = resource.splitn(3, ':').skip(1);
    let (function, qualifier) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let known =
        cx.world.lambda.get(cx.region()).is_some_and(|functions| functions.scalable(function, qualifier));
    if known {
        return Ok(());
    }
    Err(invalid(format!("Lambda function or alias doesn't exist, or is $LATEST: {resource}")))
}

/// Registers, or changes what is said of one that is registered.
pub(crate) fn register(cx: &mut Context<'_>, body: &Value) -> Answered {
    let key = key(body)?;
    check(cx, body)?;
    cx.linked_role(LinkedRole::AutoScaling);
    let (region, now) = (cx.region().to_owned(), cx.now());
    let known = cx.scaling().targets.get(&key).cloned();
    let number = |member: &str| body.get(member).and_then(Value::as_i64);
    let mut target = match known {
        Some(target) => target,
        None => Target {
            namespace: required(body, "ServiceNamespace")?,
            resource: required(body, "ResourceId")?,
            dimension: required(body, "ScalableDimension")?,
            least: number("MinCapacity")
                .ok_or_else(|| invalid("MinCapacity is required for a new target"))?,
            most: number("MaxCapacity").ok_or_else(|| invalid("MaxCapacity is required for a new target"))?,
            suspended: json!({
                "DynamicScalingInSuspended": false,
                "DynamicScalingOutSuspended": false,
                "ScheduledScalingSuspended": false,
            }),
            arn: format!(
                "arn:aws:application-autoscaling:{region}:{ACCOUNT}:scalable-target/0ec5{}",
                hex(28)
            ),
            tags: tags_in(body),
            created_at: now,
        },
    };
    target.least = number("MinCapacity").unwrap_or(target.least);
    target.most = number("MaxCapacity").unwrap_or(target.most);
    if target.least < 0 || target.most < target.least {
        return Err(invalid("Maximum capacity cannot be less than minimum capacity"));
    }
    for (flag, value) in body.get("SuspendedState").and_then(Value::as_object).into_iter().flatten() {
        target.suspended[flag] = value.clone();
    }
    let arn = target.arn.clone();
    cx.scaling().targets.insert(key, target);
    Ok(answer::json(json!({"ScalableTargetARN": arn})))
}

fn tags_in(body: &Value) -> Tags {
    let tags = body.get("Tags").and_then(Value::as_object).into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let namespace = required(body, "ServiceNamespace")?;
    let (resources, dimension) = (texts(body, "ResourceIds"), text(body, "ScalableDimension"));
    if resources.as_ref().is_some_and(|resources| resources.len() > 50) {
        return Err(invalid("ResourceIds has at most 50 members"));
    }
    let fits = |target: &&Target| {
        target.namespace == namespace
            && resources.as_ref().is_none_or(|resources| resources.contains(&target.resource))
            && dimension.as_ref().is_none_or(|dimension| target.dimension == *dimension)
    };
    let found: Vec<Value> = cx.scaling().targets.values().filter(fits).map(Target::render).collect();
    Ok(answer::json(json!({"ScalableTargets": found})))
}

/// Its policies go with it.
pub(crate) fn deregister(cx: &mut Context<'_>, body: &Value) -> Answered {
    let key = key(body)?;
    let scaling = cx.scaling();
    scaling.targets.remove(&key).ok_or_else(|| missing(&key))?;
    scaling.policies.retain(|_, policy| policy.of != key);
    Ok(answer::json(json!({})))
}

pub(crate) fn tags(cx: &mut Context<'_>, body: &Value) -> Answered {
    let arn = required(body, "ResourceARN")?;
    let found = cx.scaling().targets.values().find(|target| target.arn == arn);
    let absent = || Refusal::bad("ResourceNotFoundException", format!("Resource not found: {arn}"));
    Ok(answer::json(json!({"Tags": found.ok_or_else(absent)?.tags})))
}
