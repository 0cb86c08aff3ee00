//! Policies of roles: inline and attached.

use serde_json::{Value, json};

use super::document::{Purpose, check};
use super::role::{find, find_own};
use super::{done, empty, named, no_such, paged, policy};
use crate::answer::{Answered, Refusal};
use crate::wire::query::{Params, encode};
use crate::world::Context;

/// The most policies attached to a role.
const ATTACHED_LIMIT: usize = 10;

fn missing(name: &str) -> Refusal {
    no_such(format!("The role policy with name {name} cannot be found."))
}

pub(crate) fn put(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("PolicyName")?;
    named(&name, 128)?;
    let document = params.required("PolicyDocument")?;
    find_own(&mut cx.world.iam, params)?;
    check(&cx.world.iam, &document, Purpose::Identity)?;
    let role = find(&mut cx.world.iam, params)?;
    role.inline.insert(name, document);
    Ok(empty(cx))
}

pub(crate) fn get(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("PolicyName")?;
    let role = find(&mut cx.world.iam, params)?;
    let document = role.inline.get(&name).ok_or_else(|| missing(&name))?;
    let body = json!({"RoleName": role.name, "PolicyName": name, "PolicyDocument": encode(document)});
    Ok(done(cx, &body))
}

pub(crate) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let names = find(&mut cx.world.iam, params)?.inline.keys().map(|n| Value::from(n.as_str())).collect();
    let body = paged(params, "PolicyNames", names)?;
    Ok(done(cx, &body))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("PolicyName")?;
    find_own(&mut cx.world.iam, params)?.inline.remove(&name).ok_or_else(|| missing(&name))?;
    Ok(empty(cx))
}

/// Attaching twice is no error.
pub(crate) fn attach(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("PolicyArn")?;
    find_own(&mut cx.world.iam, params)?;
    if !policy::exists(&cx.world.iam, &arn) {
        return Err(no_such(format!("Policy {arn} does not exist or is not attachable.")));
    }
    let role = find(&mut cx.world.iam, params)?;
    if !role.attached.contains(&arn) && role.attached.len() >= ATTACHED_LIMIT {
        let message = format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}");
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    role.attached.insert(arn);
    Ok(empty(cx))
}

pub(crate) fn attached(cx: &mut Context<'_>, params: &Params) -> Answered {
    let items = find(&mut cx.world.iam, params)?.render_attached();
    let body = paged(params, "AttachedPolicies", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn detach(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("PolicyArn")?;
    if !find_own(&mut cx.world.iam, params)?.attached.remove(&arn) {
        return Err(no_such(format!("Policy {arn} was not found.")));
    }
    Ok(empty(cx))
}
