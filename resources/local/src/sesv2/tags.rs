//! Tags of identities and configuration sets, by ARN.

use serde_json::{Value, json};

use super::{Mail, arn_of, bad, done, empty, not_found, text};
use crate::answer::{Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

/// The tags of a call.
pub(super) fn of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key = text(tag, "Key").ok_or_else(|| bad("Tag keys must not be empty."))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(bad("Tag keys must not begin with aws:"));
        }
        if tags.insert(key, text(tag, "Value").unwrap_or_default()).is_some() {
            return Err(bad("Tag keys must be unique."));
        }
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 { Ok(tags) } else { Err(bad("A resource has at most 50 tags.")) }
}

pub(super) fn render(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn find<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Tags, Refusal> {
    let region = cx.region().to_owned();
    let Mail { identities, sets } = cx.mail();
    let of_identity =
        identities.iter_mut().map(|(name, one)| (arn_of(&region, "identity", name), &mut one.tags));
    let of_set =
        sets.iter_mut().map(|(name, one)| (arn_of(&region, "configuration-set", name), &mut one.tags));
    let found = of_identity.chain(of_set).find(|(its, _)| its == arn).map(|(_, tags)| tags);
    found.ok_or_else(|| not_found(format!("Resource {arn} does not exist.")))
}

pub(super) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let arn = text(body, "ResourceArn").unwrap_or_default();
    let new = of(body)?;
    let tags = find(cx, &arn)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(super) fn untag(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let arn = cx.call.query_params().text("ResourceArn").unwrap_or_default();
    let keys = repeated(&cx.call.query, "TagKeys");
    find(cx, &arn)?.retain(|key, _| !keys.contains(key));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let arn = cx.call.query_params().text("ResourceArn").unwrap_or_default();
    let tags = render(find(cx, &arn)?);
    done(json!({"Tags": tags}))
}
