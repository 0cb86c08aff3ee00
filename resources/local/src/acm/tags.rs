//! Tags of certificates.

use serde_json::{Value, json};

use super::find;
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let text = |member: &str| tag.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = text("Key");
        if key.is_empty() || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad("InvalidTagException", format!("The tag key {key} is not valid")));
        }
        tags.insert(key, text("Value"));
    }
    check(&tags)?;
    Ok(tags)
}

fn check(tags: &Tags) -> Result<(), Refusal> {
    if tags.len() > 50 {
        return Err(Refusal::bad("TooManyTagsException", "A certificate has at most 50 tags"));
    }
    Ok(())
}

pub(super) fn add(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = of(body)?;
    let certificate = find(cx, body)?;
    let mut merged = certificate.tags.clone();
    merged.extend(new);
    check(&merged)?;
    certificate.tags = merged;
    Ok(answer::json(json!({})))
}

/// A value beside a key removes the tag only if it has this value.
pub(super) fn remove(cx: &mut Context<'_>, body: &Value) -> Answered {
    let certificate = find(cx, body)?;
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key = tag.get("Key").and_then(Value::as_str).unwrap_or_default();
        let value = tag.get("Value").and_then(Value::as_str);
        if value.is_none_or(|value| certificate.tags.get(key).is_some_and(|have| have == value)) {
            certificate.tags.remove(key);
        }
    }
    Ok(answer::json(json!({})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let tags = &find(cx, body)?.tags;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(answer::json(json!({"Tags": tags})))
}
