//! Tags of the recorder and of rules, by ARN.

use serde_json::{Value, json};

use super::{empty, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a call.
pub(crate) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let wrong = || Refusal::bad("ValidationException", "Tag keys are not empty, and not aws:");
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
    Err(Refusal::bad("TooManyTagsException", "There are at most 50 tags"))
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = required(body, "ResourceArn")?;
    let region = cx.region().to_owned();
    let recordings = cx.recordings();
    let recorder = recordings.recorder.as_mut().filter(|r| r.arn(&region) == arn).map(|r| &mut r.tags);
    let mut rules = recordings.rules.values_mut();
    let found = recorder.or_else(|| rules.find(|r| r.arn(&region) == arn).map(|r| &mut r.tags));
    found.ok_or_else(|| Refusal::bad("ResourceNotFoundException", format!("{arn} does not exist")))
}

pub(crate) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = of(body)?;
    let tags = find(cx, body)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(crate) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let keys = texts(body, "TagKeys");
    find(cx, body)?.retain(|key, _| !keys.contains(key));
    Ok(empty())
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let tags = find(cx, body)?;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(answer::json(json!({"Tags": tags})))
}
