//! What IAM would answer to a principal, asked without doing it.

use serde_json::json;

use super::{done, no_such, paged};
use crate::answer::{Answered, Refusal};
use crate::policy::{Ask, allow, denies};
use crate::wire::query::Params;
use crate::world::Context;

/// The policies of a role that stands; of anybody else in the account those that callers are held to here, and with
/// none of those everything is allowed. Permissions boundaries and service control policies are not evaluated here, as
/// with calls.
pub(crate) fn principal(cx: &mut Context<'_>, params: &Params) -> Answered {
    let source = params.required("PolicySourceArn")?;
    let kind = source.splitn(6, ':').nth(5).and_then(|name| name.split('/').next()).unwrap_or_default();
    if !source.starts_with("arn:") || !["user", "role", "group"].contains(&kind) {
        // In AWS's words, as they were met (newrelic-lambda-cli#96).
        return Err(Refusal::bad("InvalidInput", format!("Invalid Entity Arn: {source}")));
    }
    let policies = match (cx.world.iam.documents(&source), kind) {
        (Some(documents), _) => Some(documents.map(str::to_owned).collect()),
        (None, "role") => return Err(no_such(format!("Role {source} does not exist."))),
        (None, _) => cx.caller.map(<[String]>::to_vec),
    };
    let actions = params.texts("ActionNames");
    let given = params.texts("ResourceArns");
    let resources = if given.is_empty() { vec!["*".to_owned()] } else { given };
    let context: Vec<(String, String)> = params
        .list("ContextEntries")
        .iter()
        .flat_map(|entry| {
            let name = entry.text("ContextKeyName").unwrap_or_default().to_ascii_lowercase();
            let _ = entry.text("ContextKeyType");
            entry.texts("ContextKeyValues").into_iter().map(move |value| (name.clone(), value))
        })
        .collect();
    let context: Vec<(&str, &str)> =
        context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut results = Vec::new();
    for action in &actions {
        for resource in &resources {
            let ask = Ask { who: None, action, resource, context: &context };
            results.push(json!({
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decision(policies.as_deref(), &ask),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }));
        }
    }
    let body = paged(params, "EvaluationResults", results)?;
    Ok(done(cx, &body))
}

fn decision(policies: Option<&[String]>, ask: &Ask<'_>) -> &'static str {
    let Some(policies) = policies else { return "allowed" };
    match (allow(policies, ask), denies(policies, ask)) {
        (true, _) => "allowed",
        (false, true) => "explicitDeny",
        (false, false) => "implicitDeny",
    }
}
