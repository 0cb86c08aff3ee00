//! Tags, by ARN.

use serde_json::json;

use super::rest_api::{check_tags, tags_in};
use super::{bad, missing};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let arn = cx.call.segments().get(1..).map(|parts| parts.join("/")).unwrap_or_default();
    let resource =
        arn.split_once(&format!(":apigateway:{}::/", cx.region())).map(|(_, rest)| rest.to_owned());
    let resource = resource.ok_or_else(|| bad(format!("Invalid ARN: {arn}")))?;
    let parts: Vec<&str> = resource.split('/').collect();
    let apis = cx.apis();
    let tags = match parts.as_slice() {
        ["restapis", id] => apis.apis.get_mut(*id).map(|api| &mut api.tags),
        ["restapis", id, "stages", name] => {
            let stage = apis.apis.get_mut(*id).and_then(|api| api.stages.get_mut(*name));
            stage.map(|stage| &mut stage.tags)
        }
        ["apikeys", id] => apis.keys.get_mut(*id).map(|key| &mut key.tags),
        ["usageplans", id] => apis.plans.get_mut(*id).map(|plan| &mut plan.tags),
        ["domainnames", name] => apis.domains.get_mut(*name).map(|domain| &mut domain.tags),
        _ => None,
    };
    tags.ok_or_else(|| missing(&format!("Invalid resource identifier specified: {arn}")))
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
