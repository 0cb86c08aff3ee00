//! Policy documents: as much of their grammar as AWS checks when it takes one.

use serde_json::Value;

use super::{Account, grammar};
use crate::answer::Refusal;
use crate::call::ACCOUNT;

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Trust,
    Identity,
}

pub(super) fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::bad("MalformedPolicyDocument", message)
}

/// Refuses what is no policy document for its purpose.
pub(crate) fn check(account: &Account, text: &str, purpose: Purpose) -> Result<(), Refusal> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    let statements = statements(&document);
    if statements.is_empty() {
        return Err(malformed("Syntax errors in policy."));
    }
    grammar::check(&document, &statements)?;
    for statement in &statements {
        let has = |member: &str| statement.get(member).is_some();
        if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
            return Err(malformed("Policy statement must contain an effect."));
        }
        if !has("Action") && !has("NotAction") {
            return Err(malformed("Policy statement must contain actions."));
        }
        match purpose {
            Purpose::Trust if has("Resource") || has("NotResource") => {
                return Err(malformed("Has prohibited field Resource"));
            }
            Purpose::Trust if !has("Principal") && !has("NotPrincipal") => {
                return Err(malformed("AssumeRole policy must contain principals."));
            }
            Purpose::Identity if has("Principal") || has("NotPrincipal") => {
                return Err(malformed("Policy document should not specify a principal."));
            }
            Purpose::Identity if !has("Resource") && !has("NotResource") => {
                return Err(malformed("Policy statement must contain resources."));
            }
            _ => {}
        }
    }
    match unknown_principal(account, text) {
        Some(arn) => Err(malformed(format!("Invalid principal in policy: \"AWS\":\"{arn}\""))),
        None => Ok(()),
    }
}

/// The statements of a document; a single one need not be in a list.
fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A role of this account that a document names as principal and that does not exist.
pub(crate) fn unknown_principal(account: &Account, text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let prefix = format!("arn:aws:iam::{ACCOUNT}:role/");
    for statement in statements(&document) {
        let Some(principals) = statement.get("Principal").and_then(|p| p.get("AWS")) else { continue };
        let unknown = |arn: &&str| {
            arn.starts_with(&prefix) && !arn.contains("/aws-service-role/") && !account.has_role(arn)
        };
        if let Some(arn) = texts(principals).into_iter().find(unknown) {
            return Some(arn.to_owned());
        }
    }
    None
}

/// Whether a trust policy allows a service, such as `lambda.amazonaws.com`.
pub(crate) fn trusts(text: &str, service: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
    statements(&document).iter().any(|statement| {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let services = statement.get("Principal").and_then(|p| p.get("Service"));
        allows && services.is_some_and(|s| texts(s).contains(&service))
    })
}
