//! Resource policies of the account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, full, invalid, missing, page, required};
use crate::answer::{self, Answered};
use crate::world::Context;

/// A policy that lets services write to log groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    document: String,
    changed_at: i64,
}

impl Policy {
    fn render(&self, name: &str) -> Value {
        json!({
            "policyName": name, "policyDocument": self.document,
            "lastUpdatedTime": self.changed_at, "policyScope": "ACCOUNT",
        })
    }
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (name, document) = (required(body, "policyName")?, required(body, "policyDocument")?);
    let parsed: Option<Value> = serde_json::from_str(&document).ok();
    let statements = parsed.as_ref().and_then(|d| d.get("Statement"));
    if document.len() > 5120 || !statements.is_some_and(|s| s.is_array() || s.is_object()) {
        return Err(invalid("policyDocument is not a valid policy of at most 5120 characters"));
    }
    let now = cx.now();
    let policies = &mut cx.logs().policies;
    if policies.len() >= 10 && !policies.contains_key(&name) {
        return Err(full("Resource limit exceeded."));
    }
    let policy = Policy { document, changed_at: now };
    let answer = answer::json(json!({"resourcePolicy": policy.render(&name)}));
    policies.insert(name, policy);
    Ok(answer)
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let found = cx.logs().policies.iter().map(|(name, p)| p.render(name)).collect();
    page(body, "resourcePolicies", found, "limit", 50)
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "policyName")?;
    let removed = cx.logs().policies.remove(&name);
    removed.map(|_| empty()).ok_or_else(|| missing("resource policy"))
}
