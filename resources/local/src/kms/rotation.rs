//! Automatic rotation.

use serde_json::{Value, json};

use super::key::seconds;
use super::{disabled, find, not_found, usable};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

const DAY: i64 = 86_400_000;

pub(crate) fn status(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get(&id).ok_or_else(|| not_found(&id, &region))?;
    let on = key.rotation.filter(|_| !key.awaits_deletion());
    Ok(answer::json(json!({
        "KeyId": key.arn(&region),
        "KeyRotationEnabled": on.is_some(),
        "RotationPeriodInDays": on,
        "NextRotationDate": on.map(|days| seconds(key.rotation_from + i64::from(days) * DAY)),
    })))
}

pub(crate) fn enable(cx: &mut Context<'_>, body: &Value) -> Answered {
    let days = body.get("RotationPeriodInDays").and_then(Value::as_i64);
    let days = match days.map(u32::try_from) {
        None => None,
        Some(Ok(days)) if (90..=2560).contains(&days) => Some(days),
        Some(_) => {
            let message = "RotationPeriodInDays must be between 90 and 2560";
            return Err(Refusal::bad("ValidationException", message));
        }
    };
    let (region, now) = (cx.region().to_owned(), cx.now());
    let key = usable(cx, body)?;
    if !key.enabled {
        return Err(disabled(&key.arn(&region)));
    }
    if !key.is_symmetric() {
        let message = "Rotation is for symmetric encryption keys only";
        return Err(Refusal::bad("UnsupportedOperationException", message));
    }
    // Without a period, one that is set stays.
    key.rotation = Some(days.or(key.rotation).unwrap_or(365));
    key.rotation_from = now;
    Ok(answer::json(json!({})))
}

pub(crate) fn disable(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let key = usable(cx, body)?;
    if !key.enabled {
        return Err(disabled(&key.arn(&region)));
    }
    key.rotation = None;
    Ok(answer::json(json!({})))
}
