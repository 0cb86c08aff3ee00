//! How often something can fail at the usage that is expected.

use finsight_engine::policy::{Filled, Subject, referred};
use finsight_engine::value::{Value, at_path};

use super::callers::makers;
use super::plain::{at, name_of};
use super::seen::{ALARM, Seen, expected};

/// What somebody does by hand in an hour: calls of an intruder, or of root, in the record of all calls.
const BY_HAND: f64 = 100.0;

/// Lambda's tries of an event that nobody waits for ("How Lambda handles errors and retries with asynchronous invocation").
const TRIES: f64 = 3.0;

/// The most failures within the period of what an alarm looks at; infinite where that is not known.
pub(super) fn most(subject: &Subject<'_>, seen: &Seen<'_>) -> f64 {
    let function = || seen.about(subject, "FunctionName");
    match seen.namespace {
        "AWS/ApiGateway" => expected(subject, false, seen.period).max(1.0),
        "AWS/Lambda" => match function() {
            Some(one) if one.urn().component() == "api" => expected(subject, true, seen.period).max(1.0),
            Some(one) if is_told(subject, one) => news(subject) * TRIES,
            _ => f64::INFINITY,
        },
        "AWS/Scheduler" => subject.of_type("aws:scheduler:Schedule").map(calls).sum::<f64>().max(1.0),
        _ => of_logs(subject, seen),
    }
}

/// Whether a topic tells a function.
fn is_told(subject: &Subject<'_>, function: &Filled<'_>) -> bool {
    subject.of_type("aws:sns:Subscription").any(|one| one.refers_to("endpoint") == Some(function.urn()))
}

/// Each alarm once.
#[allow(clippy::cast_precision_loss)]
fn news(subject: &Subject<'_>) -> f64 {
    subject.of_type(ALARM).count() as f64
}

/// Of a schedule that calls in vain: once, and each time that it tries again.
#[allow(clippy::cast_precision_loss)]
fn calls(schedule: &Filled<'_>) -> f64 {
    let again = at_path(&schedule.inputs, "target.retry_policy.maximum_retry_attempts");
    1.0 + again.and_then(Value::as_int).unwrap_or(185) as f64
}

/// What filters count: nothing where they publish 0, of calls of the API no more than come.
fn of_logs(subject: &Subject<'_>, seen: &Seen<'_>) -> f64 {
    let each = |filter: &Filled<'_>| {
        let made = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        let made = made.iter().filter_map(Value::as_map).filter(|one| at(one, "metric_name") == seen.name);
        let value: f64 =
            made.map(|one| at(one, "metric_value").parse::<f64>().unwrap_or(f64::INFINITY)).sum();
        let group = filter.get("log_group_name").and_then(referred).and_then(|urn| subject.get(urn));
        let name = group.and_then(name_of).unwrap_or_default();
        if value <= 0.0 {
            0.0
        } else if name.starts_with("/aws/cloudtrail/") {
            #[allow(clippy::cast_precision_loss)]
            let hours = (seen.period as f64 / 3_600.0).max(1.0);
            value * BY_HAND * hours
        } else if name.starts_with("/aws/lambda/") || name.starts_with("/aws/apigateway/") {
            value * expected(subject, false, seen.period).max(1.0)
        } else {
            f64::INFINITY
        }
    };
    let makers = makers(subject, seen.namespace, seen.name);
    if makers.is_empty() { f64::INFINITY } else { makers.into_iter().map(each).sum() }
}
