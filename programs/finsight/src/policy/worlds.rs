//! What an alarm sees while all is well, and when everything fails.

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::value::{Map, Value};

use super::callers::is_latency;
use super::network::subnets_of;
use super::seen::{ALARM, Seen, asked, expected, highest, is_asked, number, text};
use super::{HEARD, pack};
use super::{failures, math};
use crate::cost::assumptions::LAMBDA_SECONDS;

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, HEARD)(
        "heard-always",
        "alarms are silent while all is well",
        "turn the comparison round, take a threshold above what is usual, or take missing data of what has no traffic as good",
        always,
    )]
}

/// Counts of what failed: they say how often, and nothing while nothing fails.
const FAILURES: &[&str] = &[
    "4XXError",
    "5XXError",
    "AsyncEventsDropped",
    "BlockedRequests",
    "DeadLetterErrors",
    "DestinationDeliveryFailures",
    "Errors",
    "InvocationDroppedCount",
    "NumberOfNotificationsFailed",
    "TargetErrorCount",
    "Throttles",
];

/// Services whose metrics have no value while nobody calls.
const SPARSE: &[&str] =
    &["AWS/ApiGateway", "AWS/CloudFront", "AWS/Lambda", "AWS/SNS", "AWS/Scheduler", "AWS/WAFV2"];

/// Memory of the T and M classes of RDS in GiB ("Hardware specifications for DB instance classes"); others have more or less.
const MEMORY: &[(&str, f64)] = &[
    (".micro", 1.0),
    (".small", 2.0),
    (".medium", 4.0),
    (".large", 8.0),
    (".xlarge", 16.0),
    (".2xlarge", 32.0),
];

const GIB: f64 = 1_073_741_824.0;

/// What an instance of RDS that nobody asks anything uses of its processor, in percent: its own jobs, and those of RDS.
const IDLE: f64 = 5.0;

/// Milliseconds that something takes which asks nobody else: our own convention.
const MOMENT: f64 = 5.0;

/// What a measure shows while users work as expected: one call, with one connection, and the time that a call takes. Pinned connections
/// are none of it.
fn usual(subject: &Subject<'_>, seen: &Seen<'_>) -> f64 {
    let call = 1_000.0 * LAMBDA_SECONDS.quantity.to_f64();
    if seen.is("AWS/Lambda", &["ConcurrentExecutions"]) || seen.is("AWS/RDS", &["DatabaseConnections"]) {
        1.0
    } else if seen.is("AWS/RDS", &["DatabaseConnectionsBorrowLatency"]) {
        // In microseconds.
        1_000.0 * MOMENT
    } else if seen.is("AWS/Lambda", &["Duration"]) {
        let asks = |one: &Filled<'_>| !subnets_of(one).is_empty() && one.urn().component() == "api";
        if seen.about(subject, "FunctionName").is_some_and(asks) { call } else { MOMENT }
    } else if is_latency(subject, seen) {
        call
    } else {
        0.0
    }
}

/// The values of a metric while all is well, and when everything fails.
struct Worlds {
    well: f64,
    worst: f64,
}

fn worlds(subject: &Subject<'_>, seen: &Seen<'_>, filters: &[(&str, &str)]) -> Option<Worlds> {
    let instance = || seen.about(subject, "DBInstanceIdentifier");
    let own = filters.contains(&(seen.namespace, seen.name));
    let of = |well: f64, worst: f64| Some(Worlds { well, worst });
    if seen.statistic == "SampleCount" {
        #[allow(clippy::cast_precision_loss)]
        return (seen.namespace == "AWS/RDS")
            .then_some(Worlds { well: seen.period as f64 / 60.0, worst: 0.0 });
    }
    let counts = seen.statistic == "Sum" || !is_latency(subject, seen);
    if own && counts || FAILURES.contains(&seen.name) && seen.statistic == "Sum" {
        return of(0.0, failures::most(subject, seen));
    }
    // What is asked from outside is asked in both worlds, and answered: users may fail beside it.
    if seen.is("AWS/ApiGateway", &["Count"]) || seen.is("AWS/CloudFront", &["Requests"]) {
        let calls = expected(subject, false, seen.period) + asked(subject, seen.period);
        return of(calls, calls);
    }
    if seen.is("AWS/Lambda", &["Invocations"]) {
        let function = seen.about(subject, "FunctionName")?;
        let beside = if is_asked(subject, function) { asked(subject, seen.period) } else { 0.0 };
        let calls = expected(subject, true, seen.period) + beside;
        return of(calls, calls);
    }
    if seen.is("AWS/RDS", &["FreeStorageSpace"]) {
        return of(instance()?.get("allocated_storage").and_then(number)? * GIB, 0.0);
    }
    if seen.is("AWS/RDS", &["FreeableMemory"]) {
        let class = instance()?.get("db_instance_class").and_then(Value::as_text)?;
        let general = ["db.t", "db.m"].iter().any(|family| class.starts_with(family));
        // Half of it and more are taken by PostgreSQL itself.
        let (_, memory) = MEMORY.iter().filter(|_| general).find(|(size, _)| class.ends_with(size))?;
        return of(memory * GIB / 2.0, 0.0);
    }
    if seen.is("AWS/RDS", &["CPUUtilization"]) {
        return of(IDLE, 100.0);
    }
    // Whether the database answers its proxy ("Monitoring RDS Proxy metrics with Amazon CloudWatch").
    if seen.is("AWS/RDS", &["AvailabilityPercentage"]) {
        return of(100.0, 0.0);
    }
    if seen.is("AWS/Route53", &["HealthCheckStatus", "HealthCheckPercentageHealthy"]) {
        return of(1.0, 0.0);
    }
    // What is not limited here has no highest value.
    let open = seen.is("AWS/RDS", &["CPUSurplusCreditsCharged", "DatabaseConnectionsBorrowLatency"])
        || seen.is("AWS/Lambda", &["ConcurrentExecutions", "Duration"])
        || is_latency(subject, seen);
    let most = highest(subject, seen).map(|(worst, _)| worst);
    most.or(open.then_some(f64::INFINITY)).map(|worst| Worlds { well: usual(subject, seen), worst })
}

/// What an alarm compares, while all is well and when everything fails.
fn compared(subject: &Subject<'_>, alarm: &Filled<'_>, filters: &[(&str, &str)]) -> Option<Worlds> {
    if let Some(seen) = Seen::alone(alarm) {
        return worlds(subject, &seen, filters);
    }
    let lines = alarm.get("metrics").and_then(Value::as_list)?;
    let lines: Vec<&Map> = lines.iter().filter_map(Value::as_map).collect();
    let returned =
        lines.iter().find(|line| line.get("return_data").and_then(Value::as_bool) != Some(false))?;
    let mut values: Vec<(&str, Worlds)> = Vec::new();
    for line in &lines {
        if let Some(stat) = line.get("metric_stat").and_then(Value::as_map) {
            values.push((text(line, "id"), worlds(subject, &Seen::of(stat, text(stat, "stat")), filters)?));
        }
    }
    let expression = text(returned, "expression");
    let in_world = |which: fn(&Worlds) -> f64| {
        math::value(expression, &|id| {
            values.iter().find(|(name, _)| *name == id).map(|(_, worlds)| which(worlds))
        })
    };
    Some(Worlds { well: in_world(|worlds| worlds.well)?, worst: in_world(|worlds| worlds.worst)? })
}

fn crosses(alarm: &Filled<'_>, value: f64) -> Option<bool> {
    let threshold = alarm.get("threshold").and_then(number)?;
    match text(&alarm.inputs, "comparison_operator") {
        "GreaterThanOrEqualToThreshold" => Some(value >= threshold),
        "GreaterThanThreshold" => Some(value > threshold),
        "LessThanOrEqualToThreshold" => Some(value <= threshold),
        "LessThanThreshold" => Some(value < threshold),
        _ => None,
    }
}

/// The metrics that filters of the program make.
fn filters<'a>(subject: &'a Subject<'_>) -> Vec<(&'a str, &'a str)> {
    let made = subject
        .of_type("aws:logs:MetricFilter")
        .filter_map(|one| one.get("metric_transformations")?.as_list());
    let made = made.flatten().filter_map(Value::as_map);
    made.map(|one| (text(one, "metric_namespace"), text(one, "metric_name"))).collect()
}

fn always(subject: &Subject<'_>) -> Vec<Violation> {
    let filters = filters(subject);
    let mut found = Vec::new();
    for one in subject.of_type("aws:cloudwatch:CompositeAlarm").filter(|one| super::composite::always(one)) {
        found.push(Violation::new(one, "it goes off while all alarms below it are well: it stands for ever"));
    }
    for alarm in subject.of_type(ALARM) {
        let all = Seen::all(alarm);
        let sparse = !all.is_empty()
            && all.iter().all(|seen| {
                SPARSE.contains(&seen.namespace) || filters.contains(&(seen.namespace, seen.name))
            });
        if let Some(worlds) = compared(subject, alarm, &filters)
            && crosses(alarm, worlds.well) == Some(true)
        {
            let message = format!(
                "it goes off at {}, which is what it sees while all is well: it stands for ever, and nobody looks at it any more",
                shown(worlds.well)
            );
            found.push(Violation::new(alarm, message));
        } else if sparse && alarm.is("treat_missing_data", "breaching") {
            let message = "what it looks at has no value while nobody calls, and it takes that for a failure: it goes off each night";
            found.push(Violation::new(alarm, message));
        } else if alarm.is("treat_missing_data", "breaching")
            && all
                .iter()
                .filter_map(|seen| seen.about(subject, "DBInstanceIdentifier"))
                .any(|one| rests(subject, one))
        {
            let message = "its database is stopped by a schedule, and it takes that for a failure: it goes off each evening";
            found.push(Violation::new(alarm, message));
        }
    }
    found
}

/// Alarms that stay silent even if everything fails, by what else is compared than one metric with its highest value.
pub(super) fn deaf(subject: &Subject<'_>) -> Vec<Violation> {
    let filters = filters(subject);
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM) {
        let Some(worlds) = compared(subject, alarm, &filters) else { continue };
        // Where the metric ends with what it is of, its silence is what is heard.
        let ends = alarm.is("treat_missing_data", "breaching");
        if crosses(alarm, worlds.worst) == Some(false) && !ends {
            let threshold = alarm.get("threshold").and_then(number).unwrap_or_default();
            let message = format!(
                "even if everything fails it sees {}, and its threshold is {}: nobody hears of it",
                shown(worlds.worst),
                shown(threshold)
            );
            found.push(Violation::new(alarm, message));
        }
    }
    found
}

/// A number as people write it.
fn shown(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Whether a schedule stops a database.
pub(super) fn rests(subject: &Subject<'_>, instance: &Filled<'_>) -> bool {
    subject.of_type("aws:scheduler:Schedule").any(|schedule| {
        let target = schedule.get("target");
        let call = target.and_then(Value::as_map).and_then(|target| target.get("arn"));
        let stops = call.and_then(Value::as_text).is_some_and(|arn| arn.ends_with(":rds:stopDBInstance"));
        stops
            && target.is_some_and(|target| finsight_engine::expr::references(target).contains(instance.urn()))
    })
}

/// What a dimension names: the type of resource.
pub(super) const ABOUT: &[(&str, &str)] = &[
    ("ApiName", "aws:apigateway:RestApi"),
    ("DBInstanceIdentifier", "aws:rds:DBInstance"),
    ("DistributionId", "aws:cloudfront:Distribution"),
    ("FunctionName", "aws:lambda:Function"),
    ("ProxyName", "aws:rds:DBProxy"),
    ("ScheduleGroup", "aws:scheduler:ScheduleGroup"),
    ("Stage", "aws:apigateway:Stage"),
    ("TopicName", "aws:sns:Topic"),
    ("WebACL", "aws:wafv2:WebACL"),
];

/// The resource that a dimension names, by its output or by its name; an error where the program has none of that name.
pub(super) fn about<'a>(
    subject: &'a Subject<'a>,
    name: &str,
    value: &Value,
) -> Result<Option<&'a Filled<'a>>, String> {
    let Some((_, kind)) = ABOUT.iter().find(|(dimension, _)| *dimension == name) else { return Ok(None) };
    if let Some(urn) = referred(value) {
        let item = subject.get(urn);
        return match item {
            Some(item) if item.urn().type_name() != *kind => Err(format!("{name} names {urn}")),
            item => Ok(item),
        };
    }
    let Some(wanted) = value.as_text() else { return Ok(None) };
    let mut any = false;
    for item in subject.of_type(kind) {
        any = true;
        let own = item.get("stage_name").map(super::plain::plain).or_else(|| super::plain::name_of(item));
        if own.as_deref() == Some(wanted) {
            return Ok(Some(item));
        }
    }
    if any {
        Err(format!("nothing of the program has the name {wanted}, which its {name} says"))
    } else {
        Ok(None)
    }
}
