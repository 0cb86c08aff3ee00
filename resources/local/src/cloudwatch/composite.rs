//! Composite alarms.

use serde_json::{Value, json};

use super::alarm::Alarm;
use super::{Told, invalid, required, rule, text};
use crate::world::Context;

/// Replaces the alarm whole, but for its tags.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Told {
    let name = required(body, "AlarmName")?.to_owned();
    let rule = required(body, "AlarmRule")?.to_owned();
    if cx.monitors().alarms.get(&name).is_some_and(|a| !a.is_composite()) {
        return Err(invalid(format!("{name} is a metric alarm")));
    }
    let children = rule::names(&rule).map_err(|why| invalid(format!("AlarmRule is not valid: {why}")))?;
    if children.len() > 100 {
        return Err(invalid("AlarmRule refers to at most 100 alarms"));
    }
    let unknown = |child: &&String| {
        !cx.world.cloudwatch.get(&cx.call.region).is_some_and(|m| m.alarms.contains_key(*child))
    };
    if let Some(child) = children.iter().find(unknown) {
        return Err(invalid(format!(
            "Could not save the composite alarm: the alarm {child} in its rule does not exist"
        )));
    }
    let mut alarm = Alarm::of(cx, body, &name)?;
    let suppressor = text(body, "ActionsSuppressor");
    for member in ["ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"] {
        match (body.get(member), suppressor) {
            (Some(value), Some(_)) => alarm.settings.insert(member.to_owned(), value.clone()),
            (None, None) => None,
            (None, Some(_)) => return Err(invalid(format!("{member} must be set with ActionsSuppressor"))),
            (Some(_), None) => return Err(invalid(format!("{member} needs ActionsSuppressor"))),
        };
    }
    if let Some(other) = suppressor.map(rule::name_in)
        && !cx.monitors().alarms.contains_key(other)
    {
        return Err(invalid(format!("The suppressor {other} does not exist")));
    }
    alarm.rule = Some(rule);
    cx.monitors().alarms.insert(name, alarm);
    Ok(json!({}))
}
