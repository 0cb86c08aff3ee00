//! The account's own policy for how long events are kept, which stands in for that of each group it covers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, invalid, missing, required, text};
use crate::answer::{self, Answered};
use crate::call::ACCOUNT;
use crate::world::Context;

/// The periods that such a policy can say, in days (`PutAccountPolicy`).
const PERIODS: [u64; 17] =
    [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// A retention policy of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Retention {
    pub name: String,
    /// Nothing where events never expire.
    pub days: Option<u64>,
    document: String,
    /// Groups made before are left alone.
    new_only: bool,
    made_at: i64,
}

impl Retention {
    /// Whether it covers a group that was made then.
    pub(super) fn covers(&self, made_at: i64) -> bool {
        !self.new_only || made_at >= self.made_at
    }

    fn render(&self) -> Value {
        json!({
            "policyName": self.name, "policyDocument": self.document, "policyType": "RETENTION_POLICY",
            "scope": "ALL", "accountId": ACCOUNT, "lastUpdatedTime": self.made_at,
        })
    }
}

/// Whether a call about policies of the account is one about retention.
pub(super) fn is_meant(body: &Value) -> bool {
    body["policyType"] == "RETENTION_POLICY"
}

pub(super) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (name, document) = (required(body, "policyName")?, required(body, "policyDocument")?);
    let parsed: Value = serde_json::from_str(&document).unwrap_or_default();
    let days = match &parsed["retentionInDays"] {
        Value::String(word) if word == "NEVER_EXPIRE" => None,
        days => match days.as_u64().filter(|days| PERIODS.contains(days)) {
            Some(days) => Some(days),
            None => return Err(invalid(format!("Invalid retentionInDays: {days}"))),
        },
    };
    let new_only = match parsed["enforcementMode"].as_str() {
        Some("NEW_ONLY") => true,
        Some("RETROACTIVE") => false,
        _ => return Err(invalid("enforcementMode must be NEW_ONLY or RETROACTIVE")),
    };
    let retention = Retention { name, days, document, new_only, made_at: cx.now() };
    let answer = answer::json(json!({"accountPolicy": retention.render()}));
    cx.logs().retention = Some(retention);
    Ok(answer)
}

pub(super) fn describe(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let found: Vec<Value> = cx.logs().retention.iter().map(Retention::render).collect();
    Ok(answer::json(json!({"accountPolicies": found})))
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = text(body, "policyName");
    match &cx.logs().retention {
        Some(standing) if Some(&standing.name) == name.as_ref() => {
            cx.logs().retention = None;
            Ok(empty())
        }
        _ => Err(missing("account policy")),
    }
}
