//! Tags of functions, by ARN.

use serde_json::json;

use super::create::tags as tags_in;
use super::{arn, invalid, missing, split};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

fn resource(cx: &Context<'_>) -> String {
    cx.call.segments().get(2..).map(|parts| parts.join("/")).unwrap_or_default()
}

/// Whether the tagged resource is a function.
pub(crate) fn ours(cx: &Context<'_>) -> bool {
    resource(cx).contains(":function:")
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let given = resource(cx);
    let (name, _) = split(&given);
    let region = cx.region().to_owned();
    if given != arn(&region, &name) {
        return Err(missing(&region, &name));
    }
    let function = cx.functions().functions.get_mut(&name);
    function.map(|f| &mut f.tags).ok_or_else(|| missing(&region, &name))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let tags = find(cx)?.clone();
    Ok(answer::rest(200, json!({"Tags": tags})))
}

pub(crate) fn tag(cx: &mut Context<'_>) -> Answered {
    let new = tags_in(&cx.call.json()?);
    let tags = find(cx)?;
    let mut merged = tags.clone();
    merged.extend(new);
    if merged.len() > 50 {
        return Err(invalid("A function has at most 50 tags"));
    }
    *tags = merged;
    Ok(answer::rest_empty(204))
}

pub(crate) fn untag(cx: &mut Context<'_>) -> Answered {
    let keys = repeated(&cx.call.query, "tagKeys");
    find(cx)?.retain(|key, _| !keys.contains(key));
    Ok(answer::rest_empty(204))
}
