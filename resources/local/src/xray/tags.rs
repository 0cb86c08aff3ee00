//! Tags of groups and rules, by ARN.

use serde_json::{Value, json};

use super::{Traces, done, empty, invalid, rule, text};
use crate::answer::{Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key =
            text(tag, "Key").filter(|key| !key.is_empty()).ok_or_else(|| invalid("A tag needs a key."))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys may not begin with aws:"));
        }
        tags.insert(key, text(tag, "Value").unwrap_or_default());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(Refusal::bad("TooManyTagsException", "A resource has at most 50 tags."))
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = text(body, "ResourceARN").unwrap_or_default();
    let region = cx.region().to_owned();
    let Traces { groups, rules, .. } = cx.traces();
    let of_groups = groups.values_mut().map(|group| (group.arn.clone(), &mut group.tags));
    let of_rules = rules.iter_mut().map(|(name, one)| (rule::arn_of(&region, name), &mut one.tags));
    let found = of_groups.chain(of_rules).find(|(its, _)| *its == arn).map(|(_, tags)| tags);
    found.ok_or_else(|| {
        Refusal::new(404, "ResourceNotFoundException", format!("Resource {arn} does not exist."))
    })
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
    let keys = body.get("TagKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    find(cx, body)?.retain(|key, _| !keys.iter().any(|gone| gone == key));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let tags: Vec<Value> =
        find(cx, body)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    done(json!({"Tags": tags}))
}
