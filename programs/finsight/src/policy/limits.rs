//! Whether limits leave room for what is expected.

use finsight_engine::policy::{Rule, Severity, Subject, Violation};
use finsight_engine::value::{Value, at_path};

use super::plain::plain;
use super::seen::{asked, expected, number};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "works-limits",
        "limits leave room for the calls that are expected",
        "raise the limit above the expected load, with room for a busy hour",
        limits,
    )]
}

/// Seconds of what a quota of a usage plan counts within.
const PERIODS: &[(&str, i64)] = &[("DAY", 86_400), ("WEEK", 7 * 86_400), ("MONTH", 30 * 86_400)];

/// The smallest rate of calls a second that anybody can work with.
const RATE: f64 = 1.0;

/// Calls that a page of the site makes at once, before anybody has clicked on anything: our own convention.
const AT_ONCE: f64 = 5.0;

const FEW: &str = "its burst is less than what a page asks for at once: users get parts of pages";

fn limits(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for plan in subject.of_type("aws:apigateway:UsagePlan") {
        let of = |path: &str| at_path(&plan.inputs, path);
        let period = of("quota.period").map(plain).unwrap_or_default();
        if let (Some(limit), Some((_, seconds))) =
            (of("quota.limit").and_then(number), PERIODS.iter().find(|(name, _)| *name == period))
        {
            let calls = expected(subject, false, *seconds) + asked(subject, *seconds);
            if limit < calls {
                let message = format!(
                    "its quota is {limit} calls a {}, and {calls:.0} are expected: from then on every user is refused",
                    period.to_lowercase()
                );
                found.push(Violation::new(plan, message));
            }
        }
        let low = |path: &str, least: f64| of(path).and_then(number).is_some_and(|limit| limit < least);
        if low("throttle.rate_limit", RATE) {
            found.push(Violation::new(plan, "its rate lets nobody through: every user is refused"));
        }
        if low("throttle.burst_limit", AT_ONCE) {
            found.push(Violation::new(plan, FEW));
        }
    }
    for stage in subject.of_type("aws:apigateway:Stage") {
        let settings = stage.get("method_settings").and_then(Value::as_map);
        for (path, setting) in settings.into_iter().flatten() {
            let of = |name: &str| setting.as_map().and_then(|map| map.get(name)).and_then(number);
            let low = |name: &str, least: f64| of(name).is_some_and(|limit| (0.0..least).contains(&limit));
            if low("throttling_rate_limit", RATE) {
                found.push(Violation::new(
                    stage,
                    format!("its rate of {path} lets nobody through: every user is refused"),
                ));
            }
            if low("throttling_burst_limit", AT_ONCE) {
                found.push(Violation::new(stage, FEW));
            }
        }
    }
    for function in subject.of_type("aws:lambda:Function") {
        let reserved = function.get("reserved_concurrent_executions").and_then(Value::as_int);
        if reserved == Some(0) {
            found.push(Violation::new(function, "no call is left to it: Lambda refuses each one"));
        }
    }
    found
}
