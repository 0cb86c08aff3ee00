//! Tags of hosted zones and health checks.

use serde_json::{Value, json};

use super::health_check::no_check;
use super::record::invalid;
use super::{no_zone, reply};
use crate::answer::{Answered, Refusal};
use crate::wire::xml_in::Element;
use crate::world::{Context, Tags};

/// The kind of resource that a call names in its path.
fn kind(cx: &Context<'_>) -> String {
    cx.call.segments().get(2).cloned().unwrap_or_default()
}

fn shown(kind: &str, id: &str, tags: &Tags) -> Value {
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({"ResourceType": kind, "ResourceId": id, "Tags": tags})
}

fn find<'a>(cx: &'a mut Context<'_>, id: &str) -> Result<&'a mut Tags, Refusal> {
    match kind(cx).as_str() {
        "healthcheck" => {
            cx.zones().checks.get_mut(id).map(|check| &mut check.tags).ok_or_else(|| no_check(id))
        }
        _ => cx.zones().zones.get_mut(id).map(|zone| &mut zone.tags).ok_or_else(|| no_zone(id)),
    }
}

pub(super) fn one(cx: &mut Context<'_>) -> Answered {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    let body = json!({"ResourceTagSet": shown(&kind(cx), &id, find(cx, &id)?)});
    Ok(reply(200, "ListTagsForResourceResponse", &body))
}

pub(super) fn many(cx: &mut Context<'_>) -> Answered {
    let wish = Element::parse(&cx.call.body)?;
    let ids: Vec<String> = wish.list("ResourceIds", "ResourceId").iter().map(|id| id.text.clone()).collect();
    if ids.is_empty() || ids.len() > 10 {
        return Err(invalid("Expected 1 to 10 resource ids".to_owned()));
    }
    let sets: Vec<Value> =
        ids.iter().map(|id| Ok(shown(&kind(cx), id, find(cx, id)?))).collect::<Result<_, Refusal>>()?;
    Ok(reply(200, "ListTagsForResourcesResponse", &json!({"ResourceTagSets": sets})))
}

pub(super) fn change(cx: &mut Context<'_>) -> Answered {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    let wish = Element::parse(&cx.call.body)?;
    let added = wish.list("AddTags", "Tag");
    let removed = wish.list("RemoveTagKeys", "Key");
    if added.len() > 10 || removed.len() > 10 {
        return Err(invalid("Member must have length less than or equal to 10".to_owned()));
    }
    if added.is_empty() && removed.is_empty() {
        return Err(invalid("Expected AddTags or RemoveTagKeys".to_owned()));
    }
    let mut tags = find(cx, &id)?.clone();
    tags.retain(|key, _| !removed.iter().any(|gone| gone.text == *key));
    for tag in added {
        let key = tag.filled("Key").ok_or_else(|| invalid("A tag needs a key".to_owned()))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys must not begin with aws:".to_owned()));
        }
        tags.insert(key, tag.text("Value").unwrap_or_default());
    }
    if tags.len() > 50 {
        return Err(invalid("A resource has at most 50 tags".to_owned()));
    }
    *find(cx, &id)? = tags;
    Ok(reply(200, "ChangeTagsForResourceResponse", &json!({})))
}
