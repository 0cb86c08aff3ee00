//! Tags of rules, by ARN.

use serde_json::{Value, json};

use super::{done, empty, invalid, missing, required, rule, text};
use crate::answer::{Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key = text(tag, "Key").filter(|key| !key.to_ascii_lowercase().starts_with("aws:"));
        let key = key.ok_or_else(|| invalid("Tag keys are not empty, and not aws:"))?;
        tags.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(invalid("A rule has at most 50 tags"))
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = required(body, "ResourceARN")?;
    let region = cx.region().to_owned();
    let mut rules = cx.buses().rules.iter_mut();
    let found = rules.find(|(name, _)| rule::arn(&region, name) == arn);
    found.map(|(_, rule)| &mut rule.tags).ok_or_else(|| missing(&format!("{arn} does not exist.")))
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
    let keys: Vec<&str> = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    find(cx, body)?.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let tags: Vec<Value> =
        find(cx, body)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    done(json!({"Tags": tags}))
}
