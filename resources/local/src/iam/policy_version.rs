//! Versions of customer policies.

use serde_json::{Value, json};

use super::policy::{Version, document, owned, seen};
use super::{done, empty, no_such, paged};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::Context;

/// The most versions of a policy.
const LIMIT: usize = 5;

fn missing(id: &str) -> Refusal {
    no_such(format!("Policy version {id} does not exist."))
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    owned(&mut cx.world.iam, params)?;
    let document = document(&cx.world.iam, params)?;
    let now = cx.now();
    let policy = owned(&mut cx.world.iam, params)?;
    if policy.versions.len() >= LIMIT {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    policy.newest += 1;
    let version = Version { id: format!("v{}", policy.newest), document, created_at: now };
    if params.flag("SetAsDefault") == Some(true) {
        policy.default.clone_from(&version.id);
        policy.updated_at = now;
    }
    let body = json!({"PolicyVersion": version.render(&policy.default, false)});
    policy.versions.push(version);
    Ok(done(cx, &body))
}

pub(crate) fn get(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VersionId")?;
    let policy = seen(&cx.world.iam, params)?;
    let version = policy.versions.iter().find(|v| v.id == id).ok_or_else(|| missing(&id))?;
    let body = json!({"PolicyVersion": version.render(&policy.default, true)});
    Ok(done(cx, &body))
}

pub(crate) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let policy = seen(&cx.world.iam, params)?;
    let items: Vec<Value> = policy.versions.iter().rev().map(|v| v.render(&policy.default, false)).collect();
    let body = paged(params, "Versions", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn set_default(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VersionId")?;
    let now = cx.now();
    let policy = owned(&mut cx.world.iam, params)?;
    if !policy.versions.iter().any(|v| v.id == id) {
        return Err(missing(&id));
    }
    policy.default = id;
    policy.updated_at = now;
    Ok(empty(cx))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VersionId")?;
    let policy = owned(&mut cx.world.iam, params)?;
    if !policy.versions.iter().any(|v| v.id == id) {
        return Err(missing(&id));
    }
    if policy.default == id {
        let message = "Cannot delete the default version of a policy.";
        return Err(Refusal::new(409, "DeleteConflict", message));
    }
    policy.versions.retain(|v| v.id != id);
    Ok(empty(cx))
}
