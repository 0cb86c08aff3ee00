//! Usage plans, and the keys that they let in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::patch::Patch;
use super::rest_api::{check_tags, new_id, tags_in};
use super::{bad, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags};

/// A usage plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub id: String,
    pub(super) name: String,
    description: Option<String>,
    pub stages: Vec<PlanStage>,
    /// Rate and burst.
    pub(super) throttle: Option<(f64, i64)>,
    pub(super) quota: Option<Quota>,
    pub keys: BTreeSet<String>,
    pub tags: Tags,
}

/// A stage of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanStage {
    pub api: String,
    pub stage: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Quota {
    pub(super) limit: i64,
    pub(super) offset: i64,
    pub(super) period: String,
}

impl Plan {
    fn render(&self) -> Value {
        let stages: Vec<Value> =
            self.stages.iter().map(|s| json!({"apiId": s.api, "stage": s.stage})).collect();
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "apiStages": stages,
            "throttle": self.throttle.map(|(rate, burst)| json!({"rateLimit": rate, "burstLimit": burst})),
            "quota": self.quota.as_ref().map(|q| json!({"limit": q.limit, "offset": q.offset, "period": q.period})),
            "tags": self.tags,
        })
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.name.is_empty() {
            return Err(bad("Usage Plan name cannot be empty"));
        }
        if let Some(quota) = &self.quota {
            if !matches!(quota.period.as_str(), "DAY" | "WEEK" | "MONTH") {
                return Err(bad("Usage Plan quota period must be one of DAY, WEEK and MONTH"));
            }
            if quota.limit < 1 || quota.offset < 0 || quota.offset > quota.limit {
                return Err(bad("Usage Plan quota limit and offset are out of range"));
            }
        }
        if self.throttle.is_some_and(|(rate, burst)| rate < 0.0 || burst < 0) {
            return Err(bad("Usage Plan throttle limits must not be negative"));
        }
        Ok(())
    }
}

fn stage_of(cx: &mut Context<'_>, api: &str, stage: &str) -> Result<PlanStage, Refusal> {
    let known = cx.apis().apis.get(api).is_some_and(|have| have.stages.contains_key(stage));
    if !known {
        return Err(missing(&format!("API Stage not found: {api}:{stage}")));
    }
    Ok(PlanStage { api: api.to_owned(), stage: stage.to_owned() })
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text = |value: &Value, member: &str| {
        value.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let number = |value: &Value, member: &str| value.get(member).and_then(Value::as_i64).unwrap_or(0);
    let mut stages = Vec::new();
    for stage in wish.get("apiStages").and_then(Value::as_array).into_iter().flatten() {
        let (api, name) =
            (text(stage, "apiId").unwrap_or_default(), text(stage, "stage").unwrap_or_default());
        stages.push(stage_of(cx, &api, &name)?);
    }
    let plan = Plan {
        id: new_id(6),
        name: text(&wish, "name").unwrap_or_default(),
        description: text(&wish, "description"),
        stages,
        throttle: wish.get("throttle").map(|throttle| {
            let rate = throttle.get("rateLimit").and_then(Value::as_f64).unwrap_or(0.0);
            (rate, number(throttle, "burstLimit"))
        }),
        quota: wish.get("quota").map(|quota| Quota {
            limit: number(quota, "limit"),
            offset: number(quota, "offset"),
            period: text(quota, "period").unwrap_or_default(),
        }),
        keys: BTreeSet::new(),
        tags: tags_in(&wish),
    };
    plan.check()?;
    check_tags(&plan.tags)?;
    let shown = plan.render();
    cx.apis().plans.insert(plan.id.clone(), plan);
    Ok(answer::rest(201, shown))
}

fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Plan, Refusal> {
    let id = cx.call.segments().get(1).cloned().unwrap_or_default();
    cx.apis().plans.get_mut(&id).ok_or_else(|| missing("Invalid Usage Plan identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    Ok(answer::rest(200, one(cx)?.render()))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let of = cx.call.query_params().filled("keyId");
    let fits = |plan: &&Plan| of.as_ref().is_none_or(|key| plan.keys.contains(key));
    let items = cx.apis().plans.values().filter(fits).map(Plan::render).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

/// All operations take effect, or none.
pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let mut changed = one(cx)?.clone();
    for patch in &patches {
        let removed = patch.op == "remove";
        match patch.parts().as_slice() {
            ["name"] => changed.name = patch.filled().unwrap_or_default(),
            ["description"] => changed.description = patch.filled(),
            ["apiStages"] => {
                let value = patch.filled().ok_or_else(|| patch.invalid())?;
                let (api, name) = value.split_once(':').ok_or_else(|| patch.invalid())?;
                if removed {
                    changed.stages.retain(|have| have.api != api || have.stage != name);
                } else {
                    let stage = stage_of(cx, api, name)?;
                    if !changed.stages.contains(&stage) {
                        changed.stages.push(stage);
                    }
                }
            }
            ["throttle"] if removed => changed.throttle = None,
            ["throttle", "rateLimit"] => {
                changed.throttle.get_or_insert((0.0, 0)).0 = patch.number()?;
            }
            ["throttle", "burstLimit"] => {
                changed.throttle.get_or_insert((0.0, 0)).1 = patch.number()?;
            }
            ["quota"] if removed => changed.quota = None,
            ["quota", "limit"] => changed.quota.get_or_insert_default().limit = patch.number()?,
            ["quota", "offset"] => changed.quota.get_or_insert_default().offset = patch.number()?,
            ["quota", "period"] => {
                changed.quota.get_or_insert_default().period = patch.filled().unwrap_or_default();
            }
            _ => return Err(patch.invalid()),
        }
    }
    changed.check()?;
    let shown = changed.render();
    *one(cx)? = changed;
    Ok(answer::rest(200, shown))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let plan = one(cx)?;
    if !plan.stages.is_empty() {
        return Err(bad("Cannot delete Usage Plan because it has API stages associated with it"));
    }
    let id = plan.id.clone();
    cx.apis().plans.remove(&id);
    Ok(answer::rest_empty(202))
}

/// A key of a plan as the API shows it.
fn shown(cx: &mut Context<'_>, id: &str) -> Value {
    let name = cx.apis().keys.get(id).map(|key| key.name.clone());
    json!({"id": id, "type": "API_KEY", "name": name})
}

/// A key is in at most one plan of a stage.
pub(crate) fn create_key(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text = |member: &str| wish.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, kind) = (text("keyId"), text("keyType"));
    if kind != "API_KEY" {
        return Err(bad(format!("Invalid key type: {kind}")));
    }
    let plan = one(cx)?.clone();
    if !cx.apis().keys.contains_key(&id) {
        return Err(missing("Invalid API Key identifier specified"));
    }
    if plan.keys.contains(&id) {
        let message = format!("Usage Plan Key already exists: {id} in {}", plan.id);
        return Err(Refusal::new(409, "ConflictException", message));
    }
    let elsewhere = |other: &Plan| {
        other.id != plan.id
            && other.keys.contains(&id)
            && other.stages.iter().any(|s| plan.stages.contains(s))
    };
    if cx.apis().plans.values().any(elsewhere) {
        let message = "The API Key cannot be in more than one Usage Plan of the same API stage";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    one(cx)?.keys.insert(id.clone());
    let answered = shown(cx, &id);
    Ok(answer::rest(201, answered))
}

fn key_in(cx: &mut Context<'_>) -> Result<String, Refusal> {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    if one(cx)?.keys.contains(&id) {
        return Ok(id);
    }
    Err(missing("Invalid Usage Plan Key identifier specified"))
}

pub(crate) fn get_key(cx: &mut Context<'_>) -> Answered {
    let id = key_in(cx)?;
    let answered = shown(cx, &id);
    Ok(answer::rest(200, answered))
}

pub(crate) fn list_keys(cx: &mut Context<'_>) -> Answered {
    let ids = one(cx)?.keys.clone();
    let items = ids.iter().map(|id| shown(cx, id)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn delete_key(cx: &mut Context<'_>) -> Answered {
    let id = key_in(cx)?;
    one(cx)?.keys.remove(&id);
    Ok(answer::rest_empty(202))
}
