//! Tags of keys.

use serde_json::{Value, json};

use super::{find, not_found, paged, usable};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(crate) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let text = |member: &str| tag.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = text("TagKey");
        if key.is_empty() || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad("TagException", "Tags beginning with aws: are reserved"));
        }
        if tags.insert(key, text("TagValue")).is_some() {
            return Err(Refusal::bad("TagException", "Duplicate tag keys"));
        }
    }
    if tags.len() > 50 {
        return Err(Refusal::bad("LimitExceededException", "A key has at most 50 tags"));
    }
    Ok(tags)
}

pub(crate) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = of(body)?;
    let key = usable(cx, body)?;
    let mut merged = key.tags.clone();
    merged.extend(new);
    if merged.len() > 50 {
        return Err(Refusal::bad("LimitExceededException", "A key has at most 50 tags"));
    }
    key.tags = merged;
    Ok(answer::json(json!({})))
}

pub(crate) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let keys: Vec<&str> = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    usable(cx, body)?.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(answer::json(json!({})))
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get(&id).ok_or_else(|| not_found(&id, &region))?;
    let items = key.tags.iter().map(|(key, value)| json!({"TagKey": key, "TagValue": value})).collect();
    Ok(answer::json(paged(body, "Tags", items, 50)?))
}
