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

/// What S3 refuses is seen with the next attempt, and stands until the one after that.
pub(crate) fn status(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (now, next) = (cx.now(), cx.clock.due(DELIVERS));
    let standing = find(cx, body, "Name")?.clone();
    let file = standing.delivered(now);
    let events = file.as_ref().and_then(|_| standing.events_refused(cx.world));
    let refused = file.as_ref().and_then(|file| file.refused(cx.world));
    let trail = find(cx, body, "Name")?;
    match refused {
        Some(error) => trail.failed = Some((error, next)),
        None => trail.failed = trail.failed.take().filter(|(_, until)| now < *until),
    }
    let error = trail.failed.as_ref().map(|(error, _)| error);
    let delivered = file.filter(|_| error.is_none()).map(|file| file.at);
    let seconds = |at: Option<i64>| at.map(|ms| ms as f64 / 1000.0);
    Ok(answer::json(json!({
        "IsLogging": trail.logging,
        "StartLoggingTime": seconds(trail.started_at),
        "StopLoggingTime": seconds(trail.stopped_at),
        "LatestDeliveryTime": seconds(delivered),
        "LatestDeliveryError": error,
        "LatestCloudWatchLogsDeliveryError": events,
    })))
}
