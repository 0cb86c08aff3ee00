//! Resource policies.

use serde_json::{Value, json};

use super::{required, seen, used};
use crate::answer::{self, Answered, Refusal};
use crate::iam;
use crate::world::Context;

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let secret = seen(cx, body)?;
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name, "ResourcePolicy": secret.policy})))
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let text = required(body, "ResourcePolicy")?;
    let malformed = |message: &str| Err(Refusal::bad("MalformedPolicyDocumentException", message));
    let Ok(document) = serde_json::from_str::<Value>(&text) else {
        return malformed("This resource policy contains invalid JSON.");
    };
    let statements = match document.get("Statement") {
        Some(Value::Array(items)) => items.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => return malformed("This resource policy contains no statements."),
    };
    if iam::unknown_principal(&cx.world.iam, &text).is_some() {
        return malformed("This resource policy contains an unsupported principal.");
    }
    let block = body.get("BlockPublicPolicy").and_then(Value::as_bool).unwrap_or(false);
    if block && statements.iter().any(public) {
        return Err(Refusal::bad(
            "PublicPolicyException",
            "You can't attach this policy because it grants broad access to your secret.",
        ));
    }
    let secret = used(cx, body)?;
    secret.policy = Some(text);
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name})))
}

/// Whether a statement allows everyone without a condition.
fn public(statement: &Value) -> bool {
    let everyone = |value: &Value| match value {
        Value::String(text) => text == "*",
        Value::Array(items) => items.iter().any(|item| item == "*"),
        _ => false,
    };
    let principal = statement.get("Principal");
    let open = principal.is_some_and(|p| everyone(p) || p.get("AWS").is_some_and(everyone));
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
        && open
        && statement.get("Condition").is_none()
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let secret = used(cx, body)?;
    secret.policy = None;
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name})))
}
