//! A schedule's values to and from the SDK's.

use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types::{
    DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use finsight_driver::clock::wall;
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};
use serde_json::Value as Json;

use crate::failure::{never, unexpected};
use crate::values::{Inputs, Values};

/// The moment that a property names, in the one form in which it is read back.
pub fn moment(inputs: &Map, name: &str) -> Result<Option<DateTime>, Failure> {
    let Some(text) = inputs.text(name) else { return Ok(None) };
    let moment = DateTime::from_str(text, Format::DateTime).ok();
    match moment.filter(|moment| moment_text(Some(moment)).as_deref() == Some(text)) {
        Some(moment) => Ok(Some(moment)),
        None => {
            let message = format!("`{name}` must have the form 2026-12-01T00:00:00Z: {text}");
            Err(never("request", "MomentNotUnderstood", &message))
        }
    }
}

/// The moment from which a schedule runs, if it is still to come: AWS takes none of before five minutes ago, with an
/// update either, and one that has passed changes nothing.
pub fn start(inputs: &Map) -> Result<Option<DateTime>, Failure> {
    Ok(moment(inputs, "start_date")?.filter(|start| !has_passed(start)))
}

fn has_passed(moment: &DateTime) -> bool {
    moment.as_secs_f64() < DateTime::from(wall()).as_secs_f64()
}

/// What shows of a moment that was left out because it has passed.
fn start_text(schedule: &GetScheduleOutput, wanted: &Map) -> Option<String> {
    let shown = moment_text(schedule.start_date());
    let passed = || moment(wanted, "start_date").ok().flatten().filter(has_passed);
    shown.or_else(|| moment_text(passed().as_ref()))
}

/// An input as it was written, where what stands is the same JSON (by meaning).
fn input_text<'a>(stands: Option<&'a str>, wanted: &'a Map) -> Option<&'a str> {
    let json = |text: &str| serde_json::from_str::<Json>(text).ok();
    let written = wanted.get("target").and_then(Value::as_map).and_then(|target| target.text("input"));
    match (stands, written) {
        (Some(stands), Some(written)) if json(stands).is_some() && json(stands) == json(written) => {
            Some(written)
        }
        _ => stands,
    }
}

fn moment_text(moment: Option<&DateTime>) -> Option<String> {
    moment.and_then(|moment| moment.fmt(Format::DateTime).ok())
}

pub fn window(inputs: &Map) -> Result<FlexibleTimeWindow, Failure> {
    let none = Map::new();
    let window = inputs.get("flexible_time_window").and_then(Value::as_map).unwrap_or(&none);
    FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::from(window.text("mode").unwrap_or("OFF")))
        .set_maximum_window_in_minutes(window.int32("maximum_window_in_minutes"))
        .build()
        .map_err(|error| unexpected("request", &error.to_string()))
}

pub fn target(inputs: &Map) -> Result<Target, Failure> {
    let none = Map::new();
    let target = inputs.get("target").and_then(Value::as_map).unwrap_or(&none);
    let retry = target.get("retry_policy").and_then(Value::as_map).map(|policy| {
        RetryPolicy::builder()
            .set_maximum_event_age_in_seconds(policy.int32("maximum_event_age_in_seconds"))
            .set_maximum_retry_attempts(policy.int32("maximum_retry_attempts"))
            .build()
    });
    let dead = target.text("dead_letter_arn").map(|arn| DeadLetterConfig::builder().arn(arn).build());
    Target::builder()
        .arn(target.required("arn")?)
        .role_arn(target.required("role_arn")?)
        .set_input(target.text("input").map(str::to_owned))
        .set_retry_policy(retry)
        .set_dead_letter_config(dead)
        .build()
        .map_err(|error| unexpected("request", &error.to_string()))
}

fn target_value(target: &Target, wanted: &Map) -> Map {
    // What AWS takes where nothing is said (API reference, RetryPolicy) is no difference.
    let said = wanted.get("target").and_then(Value::as_map).is_none_or(|it| it.contains_key("retry_policy"));
    let default = |policy: &&RetryPolicy| {
        (policy.maximum_event_age_in_seconds(), policy.maximum_retry_attempts()) == (Some(86_400), Some(185))
    };
    let retry = target.retry_policy().filter(|policy| said || !default(policy)).map(|policy| {
        Values::new()
            .set("maximum_event_age_in_seconds", policy.maximum_event_age_in_seconds())
            .set("maximum_retry_attempts", policy.maximum_retry_attempts())
            .build()
    });
    // What we never set must show, so that the next update takes it away.
    let others = target.ecs_parameters().is_some()
        || target.event_bridge_parameters().is_some()
        || target.kinesis_parameters().is_some()
        || target.sage_maker_pipeline_parameters().is_some()
        || target.sqs_parameters().is_some();
    Values::new()
        .set("arn", target.arn())
        .set("role_arn", target.role_arn())
        .set("input", input_text(target.input(), wanted))
        .set("retry_policy", retry)
        .set("dead_letter_arn", target.dead_letter_config().and_then(|dead| dead.arn()))
        .set("other_parameters", others.then_some(true))
        .build()
}

/// A schedule's properties, as they stand under these inputs.
pub fn properties(schedule: &GetScheduleOutput, wanted: &Map) -> Map {
    let window = schedule.flexible_time_window().map(|window| {
        Values::new()
            .set("mode", window.mode().as_str())
            .set("maximum_window_in_minutes", window.maximum_window_in_minutes())
            .build()
    });
    Values::new()
        .set("name", schedule.name())
        .set("group_name", schedule.group_name().unwrap_or("default"))
        .set("schedule_expression", schedule.schedule_expression())
        .set("schedule_expression_timezone", schedule.schedule_expression_timezone().unwrap_or("UTC"))
        .set("flexible_time_window", window)
        .set("state", schedule.state().map_or("ENABLED", |state| state.as_str()))
        .set("description", schedule.description().unwrap_or_default())
        .set("start_date", start_text(schedule, wanted))
        .set("end_date", moment_text(schedule.end_date()))
        .set("kms_key_arn", schedule.kms_key_arn())
        .set("target", schedule.target().map(|target| target_value(target, wanted)))
        .set(
            "action_after_completion",
            schedule.action_after_completion().map_or("NONE", |action| action.as_str()),
        )
        .build()
}
