//! Tags of alarms and dashboards, by ARN.

use serde_json::{Value, json};

use super::{Told, invalid, required, rule, texts};
use crate::answer::Refusal;
use crate::world::{Context, Tags};

/// The tags of a call.
pub(crate) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key = required(tag, "Key")?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(format!("The tag key {key} has a reserved prefix")));
        }
        let value = tag.get("Value").and_then(Value::as_str).unwrap_or_default();
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > 50 { Err(invalid("There are at most 50 tags")) } else { Ok(tags) }
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = required(body, "ResourceARN")?;
    let found = match arn.split_once(":dashboard/") {
        Some((_, name)) => cx.dashboards().get_mut(name).map(|d| &mut d.tags),
        None => cx.monitors().alarms.get_mut(rule::name_in(arn)).map(|a| &mut a.tags),
    };
    found.ok_or_else(|| Refusal::new(404, "ResourceNotFoundException", format!("{arn} does not exist")))
}

pub(crate) fn tag(cx: &mut Context<'_>, body: &Value) -> Told {
    let new = of(body)?;
    let tags = find(cx, body)?;
    if tags.len() + new.keys().filter(|k| !tags.contains_key(*k)).count() > 50 {
        return Err(invalid("There are at most 50 tags"));
    }
    tags.extend(new);
    Ok(json!({}))
}

pub(crate) fn untag(cx: &mut Context<'_>, body: &Value) -> Told {
    let keys = texts(body, "TagKeys");
    find(cx, body)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Told {
    let tags = find(cx, body)?;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"Tags": tags}))
}
