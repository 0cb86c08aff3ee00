//! Policies of topics.

use serde_json::{Value, json};

use super::invalid;
use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::world::Context;

/// The policy that every topic begins with.
pub(super) fn standard(arn: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
                "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
        }],
    })
    .to_string()
}

fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Refuses what is no policy of this topic.
pub(super) fn check(cx: &Context<'_>, arn: &str, text: &str) -> Result<(), Refusal> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| invalid("Policy Reason: Policy is not valid JSON"))?;
    let statements = statements(&document);
    if statements.is_empty() {
        return Err(invalid("Policy Error: null"));
    }
    for statement in statements {
        let effect = statement["Effect"].as_str();
        if !matches!(effect, Some("Allow" | "Deny")) || statement.get("Principal").is_none() {
            return Err(invalid("Policy Error: null"));
        }
        let of_sns = |action: &&str| *action == "*" || action.to_ascii_lowercase().starts_with("sns:");
        let actions = texts(&statement["Action"]);
        if actions.is_empty() || !actions.iter().all(of_sns) {
            return Err(invalid("Policy statement action out of service scope!"));
        }
        let resources = texts(&statement["Resource"]);
        if resources.is_empty() || resources.iter().any(|r| !r.contains('*') && *r != arn) {
            return Err(invalid("Policy Reason: Policy statement must apply to a single resource"));
        }
    }
    match crate::iam::unknown_principal(&cx.world.iam, text) {
        Some(_) => Err(invalid("Policy Error: PrincipalNotFound")),
        None => Ok(()),
    }
}

/// Whether a policy lets a service publish.
pub(super) fn lets_publish(text: &str, service: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
    statements(&document).iter().any(|statement| {
        let principal = statement.get("Principal").and_then(|p| p.get("Service"));
        let publishes =
            |action: &&str| matches!(action.to_ascii_lowercase().as_str(), "*" | "sns:*" | "sns:publish");
        statement["Effect"] == "Allow"
            && principal.is_some_and(|p| texts(p).contains(&service))
            && texts(&statement["Action"]).iter().any(publishes)
    })
}
