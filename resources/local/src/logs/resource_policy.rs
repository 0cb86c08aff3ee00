//! Resource policies: of the account, and of single log groups.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, full, group, invalid, missing, page, required, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::policy::{Ask, allows};
use crate::world::{Context, World};

/// The characters that a policy of the account has at most, and one of a log group.
const LONGEST: usize = 5_120;
const LONGEST_OF_A_GROUP: usize = 51_200;

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

    fn render_of(&self, arn: &str) -> Value {
        json!({
            "resourceArn": arn, "policyDocument": self.document,
            "lastUpdatedTime": self.changed_at, "policyScope": "RESOURCE",
        })
    }
}

/// The document of a call.
fn document(body: &Value, most: usize) -> Result<String, Refusal> {
    let document = required(body, "policyDocument")?;
    let parsed: Option<Value> = serde_json::from_str(&document).ok();
    let statements = parsed.as_ref().and_then(|d| d.get("Statement"));
    if document.len() > most || !statements.is_some_and(|s| s.is_array() || s.is_object()) {
        return Err(invalid(format!("policyDocument is not a valid policy of at most {most} characters")));
    }
    Ok(document)
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    if let Some(arn) = text(body, "resourceArn") {
        let policy = Policy { document: document(body, LONGEST_OF_A_GROUP)?, changed_at: now };
        let answer = answer::json(json!({"resourcePolicy": policy.render_of(&arn)}));
        group::find(cx, group::name_in(&arn))?.policy = Some(policy);
        return Ok(answer);
    }
    let (name, document) = (required(body, "policyName")?, document(body, LONGEST)?);
    let policies = &mut cx.logs().policies;
    if policies.len() >= 10 && !policies.contains_key(&name) {
        return Err(full("Resource limit exceeded."));
    }
    let policy = Policy { document, changed_at: now };
    let answer = answer::json(json!({"resourcePolicy": policy.render(&name)}));
    policies.insert(name, policy);
    Ok(answer)
}

/// Those of the account, where the call does not ask for those of groups.
pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (region, of) = (cx.region().to_owned(), text(body, "resourceArn"));
    let found = if of.is_some() || text(body, "policyScope").as_deref() == Some("RESOURCE") {
        let groups =
            cx.groups().values().filter_map(|group| Some((group.arn(&region), group.policy.as_ref()?)));
        let asked = groups.filter(|(arn, _)| of.as_ref().is_none_or(|of| of == arn));
        asked.map(|(arn, policy)| policy.render_of(&arn)).collect()
    } else {
        cx.logs().policies.iter().map(|(name, policy)| policy.render(name)).collect()
    };
    page(body, "resourcePolicies", found, "limit", 50)
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let removed = match text(body, "resourceArn") {
        Some(arn) => group::find(cx, group::name_in(&arn))?.policy.take(),
        None => {
            let name = required(body, "policyName")?;
            cx.logs().policies.remove(&name)
        }
    };
    removed.map(|_| empty()).ok_or_else(|| missing("resource policy"))
}

/// Lets AWS's log delivery write to a group, as AWS does for whoever sets up the logging: by a statement in the policy of
/// the group, where there is none yet (CloudWatch Logs User Guide, "Logging that requires additional permissions [V1]";
/// until March 2026 it was a policy of the account: terraform-provider-aws#25296, #47111). False where it has no room or
/// the group does not stand.
pub(crate) fn let_delivery(world: &mut World, region: &str, arn: &str, now: i64) -> bool {
    let Some(group) = world.logs.get_mut(region).and_then(|logs| logs.groups.get_mut(group::name_in(arn)))
    else {
        return false;
    };
    let (arn, source) = (group.arn(region), format!("arn:aws:logs:{region}:{ACCOUNT}:*"));
    let (streams, before) =
        (format!("{arn}:log-stream:*"), group.policy.as_ref().map(|policy| &policy.document));
    let context = [("aws:sourceaccount", ACCOUNT), ("aws:sourcearn", source.as_str())];
    let may = |document: &String, action: &str| {
        let who = Some("delivery.logs.amazonaws.com");
        allows(document, &Ask { who, action, resource: &streams, context: &context })
    };
    let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
    if before.is_some_and(|document| actions.iter().all(|action| may(document, action))) {
        return true;
    }
    let before = before.and_then(|document| serde_json::from_str(document).ok());
    let mut document = before.unwrap_or_else(|| json!({"Version": "2012-10-17", "Statement": []}));
    let statement = json!({
        "Sid": "AWSLogDeliveryWrite20150319", "Effect": "Allow",
        "Principal": {"Service": ["delivery.logs.amazonaws.com"]}, "Action": actions, "Resource": [streams],
        "Condition": {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}, "ArnLike": {"aws:SourceArn": [source]}},
    });
    match &mut document["Statement"] {
        Value::Array(statements) => statements.push(statement),
        one => *one = json!([one.take(), statement]),
    }
    let document = document.to_string();
    let fits = document.len() <= LONGEST_OF_A_GROUP;
    if fits {
        group.policy = Some(Policy { document, changed_at: now });
    }
    fits
}
