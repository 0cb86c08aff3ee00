//! Calls of functions. No code runs here: a call that AWS would take is answered as by a function that says nothing, or
//! ends with the error that a test has ordered for it. What a rehearsal asks is answered in [`super::rehearse`].

use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use super::version::Stage;
use super::{find_qualified, grant, named, rehearse};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// The largest event of a call that waits for its end ("Lambda quotas").
const LARGEST: usize = 6 << 20;

pub(super) fn invoke(cx: &mut Context<'_>) -> Answered {
    if !cx.call.body.is_empty() && serde_json::from_slice::<Value>(&cx.call.body).is_err() {
        let message = "Could not parse request body into json: Could not parse payload into json";
        return Err(Refusal::bad("InvalidRequestContentException", message));
    }
    if cx.call.body.len() > LARGEST {
        let message =
            format!("Request must be smaller than {LARGEST} bytes for the InvokeFunction operation");
        return Err(Refusal::new(413, "RequestTooLargeException", message));
    }
    grant::check(cx)?;
    let executed = callable(cx)?;
    let asked = cx.call.headers.get("x-amz-invocation-type").and_then(|value| value.to_str().ok());
    let kind = asked.unwrap_or("RequestResponse").to_owned();
    let (name, _) = named(cx);
    let failed = cx.world.outcomes.of("aws:lambda:Invocation", &name);
    let mut reply = match (kind.as_str(), failed) {
        ("DryRun", _) => answer::rest_empty(204),
        ("Event", _) => answer::rest_empty(202),
        (_, Some((code, reason))) => ended(&code, &reason),
        _ => match rehearse::answer(cx) {
            Some(Ok(told)) => answer::rest(200, told),
            Some(Err((code, reason))) => ended(code, &reason),
            None => answer::rest(200, Value::Null),
        },
    };
    if let Ok(value) = executed.parse() {
        reply.headers.insert("x-amz-executed-version", value);
    }
    Ok(reply)
}

/// As a function that ended with an error.
fn ended(code: &str, reason: &str) -> MockResponse {
    let mut reply = answer::rest(200, json!({"errorType": code, "errorMessage": reason}));
    if let Ok(value) = "Unhandled".parse() {
        reply.headers.insert("x-amz-function-error", value);
    }
    reply
}

/// The version that is called, which must have come to be ("Lambda function states").
fn callable(cx: &mut Context<'_>) -> Result<String, Refusal> {
    let now = cx.now();
    let (function, qualifier) = find_qualified(cx)?;
    let number = function.resolve(qualifier.as_deref());
    let version = function.versions.iter().find(|version| Some(version.number) == number);
    let (pending, failed) = match version {
        Some(version) => (version.stage(now) == Stage::Pending, version.stage(now) == Stage::Failed),
        None => (now < function.active_at, function.without_address),
    };
    if pending || failed {
        let state = if pending { "Pending" } else { "Failed" };
        let message = format!(
            "The operation cannot be performed at this time. The function is currently in the following state: {state}"
        );
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    Ok(version.map_or_else(|| "$LATEST".to_owned(), |version| version.number.to_string()))
}
