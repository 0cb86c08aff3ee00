//! Environments that are kept warm.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::function::Function;
use super::{arn, concurrency, find, find_qualified, invalid};
use crate::answer::{self, Answered, Refusal};
use crate::clock::iso;
use crate::world::Context;

/// Seconds until environments are warm.
pub(super) const PREPARING: u32 = 90;

/// What was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Provisioned {
    pub wanted: u32,
    pub ready_at: i64,
    changed_at: i64,
    /// The version that was warm before its alias was moved: until the new one is warm, calls go there.
    #[serde(default)]
    from: Option<String>,
    /// The reason for which the new version never gets warm.
    #[serde(default)]
    failed: Option<String>,
}

impl Provisioned {
    /// The version that still gets the calls of an alias that was moved. A failure leaves it so
    /// (cdk-utils#1110: the weights stay until somebody puts them right).
    pub(crate) fn shares(&self, now: i64) -> Option<&str> {
        let moving = now < self.ready_at || self.failed.is_some();
        self.from.as_deref().filter(|_| moving)
    }

    /// Notes that the alias stands for another version now.
    pub(crate) fn move_on(&mut self, from: String, ready_at: i64, failed: Option<String>) {
        (self.from, self.ready_at, self.failed) = (Some(from), ready_at, failed);
    }

    /// Somebody has put the weights right.
    pub(crate) fn take_over(&mut self) {
        self.from = None;
    }

    fn render(&self, now: i64) -> Value {
        let ready = now >= self.ready_at && self.failed.is_none();
        let warm = if ready { self.wanted } else { 0 };
        if let Some(reason) = self.failed.as_ref().filter(|_| now >= self.ready_at) {
            return json!({
                "RequestedProvisionedConcurrentExecutions": self.wanted,
                "AllocatedProvisionedConcurrentExecutions": 0,
                "AvailableProvisionedConcurrentExecutions": 0,
                "Status": "FAILED",
                "StatusReason": reason,
                "LastModified": iso(self.changed_at).replace('Z', "+0000"),
            });
        }
        json!({
            "RequestedProvisionedConcurrentExecutions": self.wanted,
            "AllocatedProvisionedConcurrentExecutions": warm,
            "AvailableProvisionedConcurrentExecutions": warm,
            "Status": if ready { "READY" } else { "IN_PROGRESS" },
            "LastModified": iso(self.changed_at).replace('Z', "+0000"),
        })
    }
}

/// Refuses what the function's reservation does not hold, and a version that is warm already by another name.
fn check(function: &Function, qualifier: &str, wanted: u32) -> Result<(), Refusal> {
    let others = function.attached.provisioned.iter().filter(|(other, _)| *other != qualifier);
    let sum: u32 = others.clone().map(|(_, p)| p.wanted).sum::<u32>().saturating_add(wanted);
    if function.reserved.is_some_and(|reserved| sum > reserved) {
        return Err(invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        ));
    }
    let version = function.resolve(Some(qualifier));
    if others.into_iter().any(|(other, _)| function.resolve(Some(other)) == version) {
        return Err(invalid(
            "Alias can not be used for Provisioned Concurrency configuration on an already provisioned version",
        ));
    }
    Ok(())
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (now, ready_at) = (cx.now(), cx.clock.due(PREPARING));
    let wanted = body.get("ProvisionedConcurrentExecutions").and_then(Value::as_u64);
    let wanted = wanted.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).ok_or_else(|| {
        invalid("Value at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1")
    })?;
    let (function, qualifier) = find_qualified(cx)?;
    let Some(qualifier) = qualifier.filter(|q| function.resolve(Some(q)) != Some(0)) else {
        return Err(invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        ));
    };
    if function
        .attached
        .aliases
        .get(&qualifier)
        .is_some_and(|alias| alias.has_weights(&function.attached, now))
    {
        return Err(invalid("Alias with weights can not be used with Provisioned Concurrency"));
    }
    check(function, &qualifier, wanted)?;
    // What is reserved for the function holds it; else it is taken from what all share.
    if function.reserved.is_none() {
        let others = function.attached.provisioned.iter().filter(|(other, _)| **other != qualifier);
        let sum = others.map(|(_, one)| one.wanted).sum::<u32>().saturating_add(wanted);
        let name = function.name.clone();
        concurrency::check_room(cx, &name, sum, "ConcurrentExecutions")?;
    }
    let (function, _) = find_qualified(cx)?;
    let name = format!("{}:{qualifier}", function.name);
    let failed = cx.world.outcomes.of("aws:lambda:ProvisionedConcurrencyConfig", &name);
    let failed = failed.map(|(_, reason)| reason);
    let (function, _) = find_qualified(cx)?;
    let provisioned = Provisioned { wanted, ready_at, changed_at: now, from: None, failed };
    let shown = provisioned.render(now);
    function.attached.provisioned.insert(qualifier, provisioned);
    Ok(answer::rest(202, shown))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let (function, qualifier) = find_qualified(cx)?;
    let found = function.attached.provisioned.get(&qualifier.unwrap_or_default());
    let absent = || {
        let message = "No Provisioned Concurrency Config found for this function";
        Refusal::new(404, "ProvisionedConcurrencyConfigNotFoundException", message)
    };
    Ok(answer::rest(200, found.ok_or_else(absent)?.render(now)))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let (region, now) = (cx.region().to_owned(), cx.now());
    let function = find(cx)?;
    let arn = arn(&region, &function.name);
    let one = |(qualifier, provisioned): (&String, &Provisioned)| {
        let mut shown = provisioned.render(now);
        shown["FunctionArn"] = json!(format!("{arn}:{qualifier}"));
        shown
    };
    let configs: Vec<Value> = function.attached.provisioned.iter().map(one).collect();
    Ok(answer::rest(200, json!({"ProvisionedConcurrencyConfigs": configs})))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (function, qualifier) = find_qualified(cx)?;
    function.attached.provisioned.remove(&qualifier.unwrap_or_default());
    Ok(answer::rest_empty(204))
}
