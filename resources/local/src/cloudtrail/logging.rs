//! Whether a trail records.

use serde_json::{Value, json};

use super::{empty, find};
use crate::answer::{self, Answered};
use crate::world::Context;

/// Seconds until the first file is delivered.
const DELIVERS: u32 = 300;

pub(crate) fn start(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (now, delivers) = (cx.now(), cx.clock.due(DELIVERS));
    let trail = find(cx, body, "Name")?;
    if !trail.logging {
        (trail.logging, trail.started_at, trail.delivers_at) = (true, Some(now), Some(delivers));
    }
    Ok(empty())
}

pub(crate) fn stop(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let trail = find(cx, body, "Name")?;
    if trail.logging {
        (trail.logging, trail.stopped_at) = (false, Some(now));
    }
    Ok(empty())
}

pub(crate) fn status(cx: &mut Context<'_>, body: &Value) -> Answered {
    let trail = find(cx, body, "Name")?;
    let seconds = |at: Option<i64>| at.map(|ms| ms as f64 / 1000.0);
    Ok(answer::json(json!({
        "IsLogging": trail.logging,
        "StartLoggingTime": seconds(trail.started_at),
        "StopLoggingTime": seconds(trail.stopped_at),
    })))
}
