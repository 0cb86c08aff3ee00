//! Tags of trails.

use serde_json::{Value, json};

use super::{empty, find, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(crate) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("TagsList").and_then(Value::as_array).into_iter().flatten() {
        let wrong = || Refusal::bad("InvalidTagParameterException", "Tag keys are not empty, and not aws:");
        let key =
            text(tag, "Key").filter(|k| !k.to_ascii_lowercase().starts_with("aws:")).ok_or_else(wrong)?;
        tags.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(Refusal::bad("TagsLimitExceededException", "A trail has at most 50 tags"))
}

/// Only an ARN names a trail here.
fn tagged<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    if !text(body, "ResourceId").is_some_and(|id| id.starts_with("arn:")) {
        return Err(Refusal::bad("CloudTrailARNInvalidException", "The ARN of a trail is expected"));
    }
    let found = find(cx, body, "ResourceId").map(|trail| &mut trail.tags);
    found.map_err(|refusal| match refusal.code.as_str() {
        "TrailNotFoundException" => Refusal::bad("ResourceNotFoundException", refusal.message),
        _ => refusal,
    })
}

pub(crate) fn add(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = of(body)?;
    let tags = tagged(cx, body)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(crate) fn remove(cx: &mut Context<'_>, body: &Value) -> Answered {
    let gone = of(body)?;
    tagged(cx, body)?.retain(|key, _| !gone.contains_key(key));
    Ok(empty())
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let ids: Vec<String> = body
        .get("ResourceIdList")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    if ids.len() > 20 {
        return Err(Refusal::bad("InvalidParameterException", "At most 20 resources in one call"));
    }
    let mut found = Vec::new();
    for id in ids {
        let tags = tagged(cx, &json!({"ResourceId": id}))?;
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        found.push(json!({"ResourceId": id, "TagsList": tags}));
    }
    Ok(answer::json(json!({"ResourceTagList": found})))
}
