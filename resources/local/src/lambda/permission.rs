//! The policies of functions: who else may call them.

use serde_json::{Value, json};

use super::{arn, find_qualified, invalid, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, uuid};

/// The most bytes of a policy.
const POLICY_LIMIT: usize = 20 * 1024;

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    text(body, member).filter(|t| !t.is_empty()).ok_or_else(|| {
        invalid(format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"))
    })
}

/// Refuses the unpublished version by its name: its policy is the function's.
fn refuse_latest(cx: &Context<'_>) -> Result<(), Refusal> {
    match cx.call.query_params().text("Qualifier").as_deref() {
        Some("$LATEST") => Err(invalid("We currently do not support adding policies for $LATEST.")),
        _ => Ok(()),
    }
}

/// A principal as policies name it.
fn principal(cx: &Context<'_>, given: &str) -> Result<Value, Refusal> {
    let account = |t: &str| t.len() == 12 && t.chars().all(|c| c.is_ascii_digit());
    let unknown = || invalid("The provided principal was invalid. Please check the principal and try again.");
    match given {
        "*" => Ok(json!("*")),
        _ if account(given) => Ok(json!({"AWS": format!("arn:aws:iam::{given}:root")})),
        _ if given.starts_with("arn:") => {
            let ours = given.starts_with(&format!("arn:aws:iam::{ACCOUNT}:role/"));
            if ours && !cx.world.iam.has_role(given) {
                return Err(unknown());
            }
            Ok(json!({"AWS": given}))
        }
        _ if given.contains('.') => Ok(json!({"Service": given})),
        _ => Err(unknown()),
    }
}

pub(super) fn document(statements: impl Iterator<Item = Value>) -> String {
    let statements: Vec<Value> = statements.collect();
    json!({"Version": "2012-10-17", "Id": "default", "Statement": statements}).to_string()
}

pub(crate) fn add(cx: &mut Context<'_>) -> Answered {
    refuse_latest(cx)?;
    let body = cx.call.json()?;
    let (sid, action) = (required(&body, "StatementId")?, required(&body, "Action")?);
    let principal = principal(cx, &required(&body, "Principal")?)?;
    if action != "*" && !action.starts_with("lambda:") {
        return Err(invalid(format!(
            "1 validation error detected: Value '{action}' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])"
        )));
    }
    if text(&body, "SourceAccount").is_some_and(|a| a.len() != 12 || !a.chars().all(|c| c.is_ascii_digit())) {
        return Err(invalid("Value at 'sourceAccount' failed to satisfy constraint: 12 digits"));
    }
    let region = cx.region().to_owned();
    let (function, qualifier) = find_qualified(cx)?;
    let qualifier = qualifier.unwrap_or_default();
    let mut resource = arn(&region, &function.name);
    if !qualifier.is_empty() {
        resource = format!("{resource}:{qualifier}");
    }
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource,
    });
    if let Some(source) = text(&body, "SourceArn") {
        statement["Condition"]["ArnLike"]["AWS:SourceArn"] = json!(source);
    }
    if let Some(account) = text(&body, "SourceAccount") {
        statement["Condition"]["StringEquals"]["AWS:SourceAccount"] = json!(account);
    }
    if let Some(organisation) = text(&body, "PrincipalOrgID") {
        statement["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = json!(organisation);
    }
    let policy = function.attached.policies.entry(qualifier).or_default();
    if policy.contains_key(&sid) {
        let message = format!(
            "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement."
        );
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    if document(policy.values().cloned().chain([statement.clone()])).len() > POLICY_LIMIT {
        let message = format!("The final policy size is bigger than the limit ({POLICY_LIMIT}).");
        return Err(Refusal::new(400, "PolicyLengthExceededException", message));
    }
    policy.insert(sid, statement.clone());
    Ok(answer::rest(201, json!({"Statement": statement.to_string()})))
}

fn absent() -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (function, qualifier) = find_qualified(cx)?;
    let policy = function.attached.policies.get(&qualifier.unwrap_or_default());
    let policy = policy.filter(|policy| !policy.is_empty()).ok_or_else(absent)?;
    let text = document(policy.values().cloned());
    Ok(answer::rest(200, json!({"Policy": text, "RevisionId": uuid()})))
}

pub(crate) fn remove(cx: &mut Context<'_>) -> Answered {
    let sid = cx.call.segments().get(4).cloned().unwrap_or_default();
    let (function, qualifier) = find_qualified(cx)?;
    let policy = function.attached.policies.get_mut(&qualifier.unwrap_or_default());
    policy.and_then(|policy| policy.remove(&sid)).ok_or_else(|| {
        let message = format!("Statement {sid} is not found in resource policy.");
        Refusal::new(404, "ResourceNotFoundException", message)
    })?;
    Ok(answer::rest_empty(204))
}
