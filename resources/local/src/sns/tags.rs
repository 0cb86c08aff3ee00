//! Tags of topics.

use serde_json::{Value, json};

use super::{done, empty};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(params: &Params) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in params.list("Tags") {
        let key = tag.required("Key")?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(super::invalid("Tag keys starting with aws: are reserved for internal use"));
        }
        if tags.insert(key, tag.text("Value").unwrap_or_default()).is_some() {
            return Err(super::invalid("Duplicated keys are not allowed"));
        }
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(Refusal::bad("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"))
}

fn find<'a>(cx: &'a mut Context<'_>, params: &Params) -> Result<&'a mut Tags, Refusal> {
    let arn = params.required("ResourceArn")?;
    let topic = cx.topics().topics.values_mut().find(|topic| topic.arn == arn);
    topic.map(|t| &mut t.tags).ok_or_else(|| Refusal::new(404, "ResourceNotFound", "Resource does not exist"))
}

pub(super) fn tag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let new = of(params)?;
    let tags = find(cx, params)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty(cx))
}

pub(super) fn untag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let keys = params.texts("TagKeys");
    find(cx, params)?.retain(|key, _| !keys.contains(key));
    Ok(empty(cx))
}

pub(super) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = find(cx, params)?.clone();
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(done(cx, &json!({"Tags": tags})))
}
