//! Base path mappings: the APIs that the paths of a domain name lead to.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::domain_name::one;
use super::patch::Patch;
use super::{bad, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// Where a base path leads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub api: String,
    pub stage: Option<String>,
}

const ROOT: &str = "(none)";
fn shown(path: &str, mapping: &Mapping) -> Value {
    json!({"basePath": path, "restApiId": mapping.api, "stage": mapping.stage})
}

/// Refuses a mapping to what is not there.
fn target(cx: &mut Context<'_>, mapping: &Mapping) -> Result<(), Refusal> {
    let api = cx.apis().apis.get(&mapping.api);
    let api = api.ok_or_else(|| bad("Invalid REST API identifier specified"))?;
    if mapping.stage.as_ref().is_some_and(|stage| !api.stages.contains_key(stage)) {
        return Err(bad("Invalid stage identifier specified"));
    }
    Ok(())
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let path = text("basePath").unwrap_or_else(|| ROOT.to_owned());
    if path != ROOT && !path.chars().all(|c| c.is_ascii_alphanumeric() || "$-_.+!*'()".contains(c)) {
        return Err(bad(format!("Invalid base path: {path}")));
    }
    let mapping = Mapping { api: text("restApiId").unwrap_or_default(), stage: text("stage") };
    one(cx)?;
    target(cx, &mapping)?;
    let domain = one(cx)?;
    if domain.mappings.contains_key(&path) {
        let message = "Base path already exists for this domain name";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    let answered = shown(&path, &mapping);
    domain.mappings.insert(path, mapping);
    Ok(answer::rest(201, answered))
}

fn mapping_of(cx: &mut Context<'_>) -> Result<(String, Mapping), Refusal> {
    let path = cx.call.segments().get(3).cloned().unwrap_or_default();
    let found = one(cx)?.mappings.get(&path).cloned();
    Ok((path, found.ok_or_else(|| missing("Invalid base path mapping identifier specified"))?))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (path, mapping) = mapping_of(cx)?;
    Ok(answer::rest(200, shown(&path, &mapping)))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let items = one(cx)?.mappings.iter().map(|(path, mapping)| shown(path, mapping)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let (before, mut mapping) = mapping_of(cx)?;
    let mut path = before.clone();
    for patch in &patches {
        match patch.parts().as_slice() {
            ["basePath"] => path = patch.filled().unwrap_or_else(|| ROOT.to_owned()),
            ["restapiId"] => mapping.api = patch.filled().ok_or_else(|| patch.invalid())?,
            ["stage"] => mapping.stage = patch.filled(),
            _ => return Err(patch.invalid()),
        }
    }
    target(cx, &mapping)?;
    let domain = one(cx)?;
    if path != before && domain.mappings.contains_key(&path) {
        let message = "Base path already exists for this domain name";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    let answered = shown(&path, &mapping);
    domain.mappings.remove(&before);
    domain.mappings.insert(path, mapping);
    Ok(answer::rest(200, answered))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (path, _) = mapping_of(cx)?;
    one(cx)?.mappings.remove(&path);
    Ok(answer::rest_empty(202))
}
