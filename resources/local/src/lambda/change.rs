//! Changing and deleting a function.

use serde_json::{Value, json};

use super::create::{JOINING, code as code_of};
use super::function::Function;
use super::{find, grant, missing, named, network, settings, text, version};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// Seconds that an update takes.
const UPDATING: u32 = 3;

/// Refuses a call that was made for another revision.
fn revision(function: &Function, body: &Value) -> Result<(), Refusal> {
    match text(body, "RevisionId") {
        Some(wanted) if wanted != function.revision => {
            let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
            Err(Refusal::new(412, "PreconditionFailedException", message))
        }
        _ => Ok(()),
    }
}

pub(crate) fn configuration(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let mut function = find(cx)?.clone();
    function.require_settled(&region, now)?;
    revision(&function, &body)?;
    let place = network::of(&function.settings).0;
    let had = function.settings.clone();
    settings::apply(cx, &function.name, &mut function.settings, &body)?;
    function.failed = cx.world.outcomes.of("aws:lambda:Function", &function.name);
    function.grant = grant::after(cx, Some((&had, &function.grant)), &function.settings);
    let moves = place != network::of(&function.settings).0;
    let seconds = if moves && function.settings.contains_key("VpcConfig") { JOINING } else { UPDATING };
    function.touch(now, cx.clock.due(seconds));
    let shown = function.render(&region, now);
    let before = cx.functions().used();
    cx.functions().functions.insert(function.name.clone(), function);
    network::settle(cx, before);
    Ok(answer::rest(200, shown))
}

pub(crate) fn code(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (region, now, done_at) = (cx.region().to_owned(), cx.now(), cx.clock.due(UPDATING));
    let function = find(cx)?;
    function.require_settled(&region, now)?;
    revision(function, &body)?;
    let have = function.code.clone();
    let new = code_of(cx, &body, &body, Some(&have))?;
    let mut function = find(cx)?.clone();
    if body.get("DryRun").and_then(Value::as_bool) == Some(true) {
        return Ok(answer::rest(200, function.render(&region, now)));
    }
    function.code = new;
    function.failed = cx.world.outcomes.of("aws:lambda:Function", &function.name);
    function.touch(now, done_at);
    let mut shown = function.render(&region, now);
    if body.get("Publish").and_then(Value::as_bool) == Some(true) {
        let fate = version::Fate::of(cx, &function);
        shown["Version"] = json!(version::add(&mut function, "", now, fate).to_string());
    }
    let users = cx.functions().used();
    cx.functions().functions.insert(function.name.clone(), function);
    network::settle(cx, users);
    Ok(answer::rest(200, shown))
}

/// Without a qualifier the function goes with all its versions; with one, that version does.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (name, qualifier) = named(cx);
    let (region, now) = (cx.region().to_owned(), cx.now());
    let users = cx.functions().used();
    let function = find(cx)?;
    if let Some(qualifier) = qualifier {
        let moving = |alias: &&super::alias::Alias| {
            let provisioned = function.attached.provisioned.get(&alias.name);
            alias.uses(&qualifier) || provisioned.and_then(|one| one.shares(now)) == Some(qualifier.as_str())
        };
        if let Some(alias) = function.attached.aliases.values().find(moving) {
            let message = format!(
                "Version {qualifier} of the function cannot be deleted: the alias {} references it",
                alias.name
            );
            return Err(Refusal::new(409, "ResourceConflictException", message));
        }
        let before = function.versions.len();
        function.versions.retain(|v| v.number.to_string() != qualifier);
        if function.versions.len() == before {
            return Err(missing(&region, &format!("{name}:{qualifier}")));
        }
        function.attached.forget(&qualifier);
        network::settle(cx, users);
        return Ok(answer::rest_empty(204));
    }
    cx.functions().functions.remove(&name);
    network::settle(cx, users);
    Ok(answer::rest_empty(204))
}
