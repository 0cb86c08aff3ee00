//! Tags of web ACLs and IP sets, by ARN.

use serde_json::{Value, json};

use super::{invalid, items, nonexistent, required, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call; a list that is there is not empty.
pub(super) fn read(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    if body.get("Tags").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        return Err(invalid("A list of tags is not empty.", "TAGS", ""));
    }
    for tag in items(body, "Tags") {
        let key = text(tag, "Key").unwrap_or_default();
        if key.is_empty() || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("The tag key is not valid.", "TAG_KEYS", &key));
        }
        tags.insert(key, tag.get("Value").and_then(Value::as_str).unwrap_or_default().to_owned());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 { Ok(tags) } else { Err(invalid("A resource has at most 50 tags.", "TAGS", "")) }
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = required(body, "ResourceARN")?;
    let waf = cx.waf();
    let acl = waf.acls.get_mut(&arn).map(|acl| &mut acl.entity);
    let found = acl.or_else(|| waf.ip_sets.get_mut(&arn).map(|set| &mut set.entity));
    found.map(|entity| &mut entity.tags).ok_or_else(nonexistent)
}

pub(super) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = read(body)?;
    let tags = find(cx, body)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(answer::json(json!({})))
}

pub(super) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let keys: Vec<&str> = items(body, "TagKeys").iter().filter_map(Value::as_str).collect();
    find(cx, body)?.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(answer::json(json!({})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let arn = required(body, "ResourceARN")?;
    let tags: Vec<Value> =
        find(cx, body)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(answer::json(json!({"TagInfoForResource": {"ResourceARN": arn, "TagList": tags}})))
}
