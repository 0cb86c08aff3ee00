//! Tags of REST APIs, by ARN.

use serde_json::json;

use super::missing;
use super::rest_api::{check_tags, tags_in};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

fn resource(cx: &Context<'_>) -> String {
    cx.call.segments().get(1..).map(|parts| parts.join("/")).unwrap_or_default()
}

/// Whether the tagged resource is a REST API, and not a stage or another thing.
pub(crate) fn ours(cx: &Context<'_>) -> bool {
    let arn = resource(cx);
    arn.split("/restapis/").nth(1).is_some_and(|rest| !rest.contains('/'))
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let arn = resource(cx);
    let region = cx.region().to_owned();
    let api = cx.apis().apis.values_mut().find(|api| api.arn(&region) == arn);
    api.map(|api| &mut api.tags).ok_or_else(|| missing("Invalid API identifier specified"))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let tags = find(cx)?.clone();
    Ok(answer::rest(200, json!({"tags": tags})))
}

pub(crate) fn tag(cx: &mut Context<'_>) -> Answered {
    let new = tags_in(&cx.call.json()?);
    let tags = find(cx)?;
    let mut merged = tags.clone();
    merged.extend(new);
    check_tags(&merged)?;
    *tags = merged;
    Ok(answer::rest_empty(204))
}

pub(crate) fn untag(cx: &mut Context<'_>) -> Answered {
    let keys = repeated(&cx.call.query, "tagKeys");
    find(cx)?.retain(|key, _| !keys.contains(key));
    Ok(answer::rest_empty(204))
}
