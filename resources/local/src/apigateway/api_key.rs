//! API keys.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::patch::Patch;
use super::rest_api::{check_tags, new_id, tags_in};
use super::{bad, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags, letters};

/// An API key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ApiKey {
    pub id: String,
    pub(super) value: String,
    pub name: String,
    description: Option<String>,
    pub enabled: bool,
    customer: Option<String>,
    pub tags: Tags,
    created_at: i64,
    updated_at: i64,
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl ApiKey {
    fn render(&self, with_value: bool) -> Value {
        json!({
            "id": self.id,
            "value": with_value.then_some(&self.value),
            "name": self.name,
            "description": self.description,
            "enabled": self.enabled,
            "customerId": self.customer,
            "stageKeys": [],
            "tags": self.tags,
            "createdDate": self.created_at / 1000,
            "lastUpdatedDate": self.updated_at / 1000,
        })
    }
}

/// A key is not enabled unless it is said.
pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let flag = |member: &str| wish.get(member).and_then(Value::as_bool).unwrap_or(false);
    let value = text("value");
    if value.as_ref().is_some_and(|value| !(20..=128).contains(&value.len())) {
        return Err(bad("API Key value should be at least 20 characters and at most 128"));
    }
    if cx.apis().keys.values().any(|key| Some(&key.value) == value.as_ref()) {
        return Err(Refusal::new(409, "ConflictException", "API Key already exists"));
    }
    let key = ApiKey {
        id: new_id(10),
        value: value.unwrap_or_else(|| {
            letters(40, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        }),
        name: text("name").unwrap_or_default(),
        description: text("description"),
        enabled: flag("enabled"),
        customer: text("customerId"),
        tags: tags_in(&wish),
        created_at: cx.now(),
        updated_at: cx.now(),
    };
    check_tags(&key.tags)?;
    let shown = key.render(true);
    cx.apis().keys.insert(key.id.clone(), key);
    Ok(answer::rest(201, shown))
}

fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut ApiKey, Refusal> {
    let id = cx.call.segments().get(1).cloned().unwrap_or_default();
    cx.apis().keys.get_mut(&id).ok_or_else(|| missing("Invalid API Key identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let with_value = cx.call.query_params().flag("includeValue").unwrap_or(false);
    Ok(answer::rest(200, one(cx)?.render(with_value)))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let with_values = query.flag("includeValues").unwrap_or(false);
    let prefix = query.filled("name").unwrap_or_default();
    let keys = cx.apis().keys.values().filter(|key| key.name.starts_with(&prefix));
    let items = keys.map(|key| key.render(with_values)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let now = cx.now();
    let mut changed = one(cx)?.clone();
    for patch in &patches {
        match patch.parts().as_slice() {
            ["name"] => changed.name = patch.filled().unwrap_or_default(),
            ["description"] => changed.description = patch.filled(),
            ["enabled"] => changed.enabled = patch.flag(),
            ["customerId"] => changed.customer = patch.filled(),
            _ => return Err(patch.invalid()),
        }
    }
    changed.updated_at = now;
    let shown = changed.render(false);
    *one(cx)? = changed;
    Ok(answer::rest(200, shown))
}

/// Usage plans let go of it.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let id = one(cx)?.id.clone();
    let apis = cx.apis();
    apis.keys.remove(&id);
    for plan in apis.plans.values_mut() {
        plan.keys.remove(&id);
    }
    Ok(answer::rest_empty(202))
}
