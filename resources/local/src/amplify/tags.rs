//! Tags of apps and branches, by ARN.

use serde_json::{Value, json};

use super::bad;
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

/// Refuses tags that AWS does not take.
pub(super) fn check(tags: &Tags) -> Result<(), Refusal> {
    if tags.keys().any(|key| key.is_empty() || key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(bad("Tag keys must not be empty and must not begin with aws:"));
    }
    if tags.len() > 50 {
        return Err(bad("A resource has at most 50 tags"));
    }
    Ok(())
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let arn = cx.call.segments().get(1..).map(|parts| parts.join("/")).unwrap_or_default();
    for app in cx.apps().apps.values_mut() {
        if app.arn == arn {
            return Ok(&mut app.tags);
        }
        if let Some(branch) = app.branches.values_mut().find(|branch| branch.arn == arn) {
            return Ok(&mut branch.tags);
        }
    }
    Err(Refusal::new(404, "ResourceNotFoundException", format!("Resource {arn} not found.")))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let tags = find(cx)?.clone();
    Ok(answer::rest(200, json!({"tags": tags})))
}

pub(super) fn tag(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let new = body.get("tags").and_then(Value::as_object).into_iter().flatten();
    let new = new.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
    let mut merged = find(cx)?.clone();
    merged.extend(new);
    check(&merged)?;
    *find(cx)? = merged;
    Ok(answer::rest(200, json!({})))
}

pub(super) fn untag(cx: &mut Context<'_>) -> Answered {
    let keys = repeated(&cx.call.query, "tagKeys");
    find(cx)?.retain(|key, _| !keys.contains(key));
    Ok(answer::rest(200, json!({})))
}
