//! Key policies.

use serde_json::{Value, json};

use super::{find, not_found};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::iam;
use crate::world::Context;

/// The policy of a key that was given none: the account decides by IAM.
pub(crate) fn default() -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
    .to_string()
}

/// Refuses what is no policy, names a role that does not exist, or locks the account out.
pub(crate) fn check(cx: &Context<'_>, body: &Value, text: &str) -> Result<(), Refusal> {
    let malformed = |message: &str| Err(Refusal::bad("MalformedPolicyDocumentException", message));
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return malformed("Policy contains invalid JSON");
    };
    let Some(statements) = document.get("Statement").and_then(Value::as_array).filter(|s| !s.is_empty())
    else {
        return malformed("Policy contains no statements");
    };
    if iam::unknown_principal(&cx.world.iam, text).is_some() {
        return malformed("Policy contains a statement with one or more invalid principals.");
    }
    let bypass = body.get("BypassPolicyLockoutSafetyCheck").and_then(Value::as_bool).unwrap_or(false);
    if !bypass && !statements.iter().any(keeps_account_in) {
        return malformed("The new key policy will not allow you to update the key policy in the future.");
    }
    Ok(())
}

fn keeps_account_in(statement: &Value) -> bool {
    let mentions = |value: Option<&Value>, any: &[&str]| match value {
        Some(Value::String(text)) => any.contains(&text.as_str()),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).any(|text| any.contains(&text)),
        _ => false,
    };
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let user = format!("arn:aws:iam::{ACCOUNT}:user/local");
    let principal = statement.get("Principal");
    let us = mentions(principal, &["*"])
        || mentions(principal.and_then(|p| p.get("AWS")), &["*", ACCOUNT, &root, &user]);
    let may = mentions(statement.get("Action"), &["*", "kms:*", "kms:Put*", "kms:PutKeyPolicy"]);
    statement.get("Effect").and_then(Value::as_str) == Some("Allow") && us && may
}

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get(&id).ok_or_else(|| not_found(&id, &region))?;
    Ok(answer::json(json!({"Policy": key.policy, "PolicyName": "default"})))
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let text = super::required(body, "Policy")?;
    check(cx, body, &text)?;
    cx.keys().keys.entry(id).and_modify(|key| key.policy = text);
    Ok(answer::json(json!({})))
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx, body)?;
    Ok(answer::json(json!({"PolicyNames": ["default"], "Truncated": false})))
}
