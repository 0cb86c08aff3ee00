//! Changing and deleting a function.

use serde_json::{Value, json};

use super::create::{JOINING, code as code_of};
use super::function::Function;
use super::{Lingering, find, missing, named, settings, text, version};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// Seconds that an update takes.
const UPDATING: u32 = 3;
/// Seconds for which AWS keeps the network interfaces of a function that left its subnets.
const LINGERING: u32 = 20 * 60;

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
    let before = function.network();
    settings::apply(cx, &function.name, &mut function.settings, &body)?;
    let moves = before != function.network();
    let seconds = if moves && function.settings.contains_key("VpcConfig") { JOINING } else { UPDATING };
    function.touch(now, cx.clock.due(seconds));
    if moves {
        linger(cx, &function.name, before);
    }
    let shown = function.render(&region, now);
    cx.functions().functions.insert(function.name.clone(), function);
    Ok(answer::rest(200, shown))
}

fn linger(cx: &mut Context<'_>, name: &str, (subnets, groups): (Vec<String>, Vec<String>)) {
    let (now, until) = (cx.now(), cx.clock.due(LINGERING));
    let lingering = &mut cx.functions().lingering;
    lingering.retain(|l| now < l.until);
    if !subnets.is_empty() {
        lingering.push(Lingering { function: name.to_owned(), subnets, groups, until });
    }
}

pub(crate) fn code(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (region, now, done_at) = (cx.region().to_owned(), cx.now(), cx.clock.due(UPDATING));
    let function = find(cx)?;
    function.require_settled(&region, now)?;
    revision(function, &body)?;
    let have = function.code.clone();
    let new = code_of(cx, &body, &body, Some(&have))?;
    let function = find(cx)?;
    if body.get("DryRun").and_then(Value::as_bool) == Some(true) {
        return Ok(answer::rest(200, function.render(&region, now)));
    }
    function.code = new;
    function.touch(now, done_at);
    let mut shown = function.render(&region, now);
    if body.get("Publish").and_then(Value::as_bool) == Some(true) {
        shown["Version"] = json!(version::add(function, "", now).to_string());
    }
    Ok(answer::rest(200, shown))
}

/// Without a qualifier the function goes with all its versions; with one, that version does.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (name, qualifier) = named(cx);
    let region = cx.region().to_owned();
    let function = find(cx)?;
    if let Some(qualifier) = qualifier {
        if let Some(alias) = function.attached.aliases.values().find(|alias| alias.uses(&qualifier)) {
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
        return Ok(answer::rest_empty(204));
    }
    let network = function.network();
    cx.functions().functions.remove(&name);
    linger(cx, &name, network);
    Ok(answer::rest_empty(204))
}
