//! Tags of budgets, by ARN.

use serde_json::{Value, json};

use super::{empty, invalid, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("ResourceTags").and_then(Value::as_array).into_iter().flatten() {
        let key = text(tag, "Key").ok_or_else(|| invalid("A tag needs a key."))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys may not begin with aws:"));
        }
        tags.insert(key, text(tag, "Value").unwrap_or_default());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 200 {
        return Ok(tags);
    }
    Err(Refusal::bad("ServiceQuotaExceededException", "A budget has at most 200 tags."))
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = text(body, "ResourceARN").unwrap_or_default();
    let name =
        arn.strip_prefix(&format!("arn:aws:budgets::{ACCOUNT}:budget/")).unwrap_or_default().to_owned();
    let missing = || Refusal::bad("NotFoundException", format!("{arn} - the budget doesn't exist."));
    cx.budgets().get_mut(&name).map(|budget| &mut budget.tags).ok_or_else(missing)
}

pub(super) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = of(body)?;
    let tags = find(cx, body)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(super) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let keys = body.get("ResourceTagKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    find(cx, body)?.retain(|key, _| !keys.iter().any(|gone| gone == key));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let tags: Vec<Value> =
        find(cx, body)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(answer::json(json!({"ResourceTags": tags})))
}
