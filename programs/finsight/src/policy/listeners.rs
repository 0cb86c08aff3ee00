//! Whether each thing that can fail has an alarm, each topic somebody who listens, and the one alarm for all nothing that stands.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::composite::strange;
use super::document::authorizers;
use super::pattern::gets_alarms;
use super::plain::plain;
use super::rights::publishers;
use super::seen::{ALARM, Seen};
use super::worlds::about;
use super::{HEARD, pack};
use crate::monitoring::UNAVAILABLE;

const COMPOSITE: &str = "aws:cloudwatch:CompositeAlarm";

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, HEARD), pack(Severity::Warning, HEARD));
    vec![
        error(
            "heard-failing",
            "what can fail has an alarm on its failures",
            "declare an alarm on the metric that is named, of this resource",
            failing,
        ),
        error(
            "heard-topics",
            "topics that something is told to have somebody who listens, in the region of who tells",
            "subscribe a person or a function to the topic, and take a topic of the alarm's own region",
            topics,
        ),
        warning(
            "heard-early",
            "the alarm that says that users are affected holds no early warning",
            "take it out of the composite alarm, and let it tell by itself",
            early,
        ),
    ]
}

/// What has to be watched: a type, a metric of its failures of which one has an alarm, and who suffers in silence.
const WATCHED: &[(&str, &[&str], &str)] = &[
    ("aws:lambda:Function", &["Errors"], "its calls fail, and users tell of it before anyone else"),
    (
        "aws:apigateway:Stage",
        &["5XXError"],
        "the API answers with errors, and users tell of it before anyone else",
    ),
    (
        "aws:cloudfront:Distribution",
        &["5xxErrorRate", "TotalErrorRate"],
        "what is before the API fails, and users tell of it before anyone else",
    ),
    ("aws:rds:DBInstance", &["FreeStorageSpace"], "its storage is full, and it stops writing"),
    ("aws:rds:DBInstance", &["CPUUtilization"], "it is too slow, and users tell of it before anyone else"),
    (
        "aws:scheduler:ScheduleGroup",
        &["TargetErrorCount", "InvocationDroppedCount"],
        "a schedule calls in vain, such as for a copy of the data, which is missed when it is needed",
    ),
];

fn watched(subject: &Subject<'_>) -> BTreeSet<(Urn, String)> {
    let mut found = BTreeSet::new();
    for alarm in subject.of_type(ALARM) {
        for seen in Seen::all(alarm) {
            let named =
                seen.dimensions.iter().filter_map(|(name, value)| about(subject, name, value).ok().flatten());
            found.extend(named.map(|item| (item.urn().clone(), seen.name.to_owned())));
        }
    }
    found
}

/// Whether the deployment alone calls a function: where that fails, the deployment does.
pub(super) fn by_deployment(subject: &Subject<'_>, function: &Filled<'_>) -> bool {
    let calls =
        |kind: &str| subject.of_type(kind).any(|one| one.refers_to("function_name") == Some(function.urn()));
    calls("aws:lambda:Invocation") && !calls("aws:lambda:Permission")
}

fn failing(subject: &Subject<'_>) -> Vec<Violation> {
    let (watched, authorizers) = (watched(subject), authorizers(subject));
    let mut found = Vec::new();
    for (kind, metrics, then) in WATCHED {
        for item in subject.of_type(kind) {
            let has = |item: &Filled<'_>| {
                metrics.iter().any(|metric| watched.contains(&(item.urn().clone(), (*metric).to_owned())))
            };
            // Lambda counts each refused token as an error of the authorizer: it is watched by its log.
            let by_log = *kind == "aws:lambda:Function"
                && authorizers.contains(item.urn())
                && log_is_watched(subject, item);
            let by_log = by_log || by_deployment(subject, item);
            let used = *kind != "aws:scheduler:ScheduleGroup"
                || subject
                    .of_type("aws:scheduler:Schedule")
                    .any(|one| one.refers_to("group_name") == Some(item.urn()));
            if used && !has(item) && !by_log {
                found.push(Violation::new(
                    item,
                    format!("no alarm looks at its {}: {then}", metrics.join(" or ")),
                ));
            }
        }
    }
    let logs = access_logs(subject);
    for authorizer in authorizers.iter().filter_map(|urn| subject.get(urn)) {
        for log in logs.iter().filter(|log| !silence_is_watched(subject, log)) {
            let message = format!(
                "no alarm looks at API Gateway's AUTHORIZER_FAILURE in {log}: where the authorizer crashes or has no time, it logs nothing itself, and users tell of it before anyone else"
            );
            found.push(Violation::new(authorizer, message));
        }
    }
    // A destination that takes nothing is as good as none.
    for config in subject
        .of_type("aws:lambda:EventInvokeConfig")
        .filter(|one| one.get("on_failure_destination").is_some())
    {
        let Some(function) = config.refers_to("function_name").and_then(|urn| subject.get(urn)) else {
            continue;
        };
        if !watched.contains(&(function.urn().clone(), "DestinationDeliveryFailures".to_owned())) {
            let message = "no alarm looks at its DestinationDeliveryFailures: what could not even be kept is gone, and nobody knows";
            found.push(Violation::new(function, message));
        }
    }
    found
}

/// Whether an alarm looks at what a filter makes of a function's log.
fn log_is_watched(subject: &Subject<'_>, function: &Filled<'_>) -> bool {
    let group = function.refers_to("log_group");
    let of_group = |filter: &&Filled<'_>| group.is_some() && filter.refers_to("log_group_name") == group;
    let word = format!("$.outcome = \"{UNAVAILABLE}\"");
    let of_word =
        |filter: &&Filled<'_>| filter.get("filter_pattern").map(plain).is_some_and(|all| all.contains(&word));
    subject
        .of_type("aws:logs:MetricFilter")
        .filter(of_group)
        .filter(of_word)
        .any(|filter| is_heard(subject, filter))
}

/// The groups of the access logs of stages.
fn access_logs(subject: &Subject<'_>) -> BTreeSet<Urn> {
    let stages = subject.of_type("aws:apigateway:Stage");
    stages.flat_map(|stage| stage.get("access_log_settings").map(references).unwrap_or_default()).collect()
}

/// Whether an alarm looks at what becomes of an authorizer that crashes: nobody logs that but API Gateway.
fn silence_is_watched(subject: &Subject<'_>, log: &Urn) -> bool {
    let of_log = |filter: &&Filled<'_>| filter.refers_to("log_group_name") == Some(log);
    let of_word = |filter: &&Filled<'_>| {
        filter.get("filter_pattern").map(plain).is_some_and(|all| all.contains("= \"AUTHORIZER_"))
    };
    subject
        .of_type("aws:logs:MetricFilter")
        .filter(of_log)
        .filter(of_word)
        .any(|filter| is_heard(subject, filter))
}

/// Whether an alarm looks at what a filter makes.
fn is_heard(subject: &Subject<'_>, filter: &Filled<'_>) -> bool {
    let made = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
    made.iter()
        .filter_map(|one| one.as_map()?.get("metric_name").map(plain))
        .any(|name| subject.of_type(ALARM).any(|alarm| Seen::all(alarm).iter().any(|seen| seen.name == name)))
}

fn region_of<'a>(subject: &'a Subject<'_>, item: &'a Filled<'_>) -> &'a str {
    item.node.options.region.as_deref().unwrap_or(subject.region)
}

fn topics(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let told: BTreeSet<&Urn> = publishers(subject).iter().map(|(topic, _, _)| topic.urn()).collect();
    for topic in told.into_iter().filter_map(|urn| subject.get(urn)) {
        let own = |one: &&Filled<'_>| one.refers_to("topic_arn") == Some(topic.urn()) && gets_alarms(one);
        if subject.of_type("aws:sns:Subscription").filter(own).count() == 0 {
            found.push(Violation::new(topic, "nobody listens to it: what is told there, nobody hears"));
        }
    }
    for alarm in subject.of_type(ALARM).chain(subject.of_type(COMPOSITE)) {
        for arn in strange(subject, alarm) {
            let message = format!(
                "it tells {arn}, which is no topic of the program: whether anybody listens, nobody knows"
            );
            found.push(Violation::new(alarm, message));
        }
        for actions in ["alarm_actions", "ok_actions"] {
            let listed = alarm.get(actions).and_then(Value::as_list).unwrap_or_default();
            let named = listed.iter().filter_map(referred).filter_map(|urn| subject.get(urn));
            for topic in named.filter(|topic| region_of(subject, topic) != region_of(subject, alarm)) {
                let message = format!(
                    "it tells {}, which is in another region: CloudWatch takes topics of its own alone",
                    topic.urn()
                );
                found.push(Violation::new(alarm, message));
            }
        }
    }
    // SNS keeps a subscription where its topic is.
    for one in subject.of_type("aws:sns:Subscription") {
        let Some(topic) = one.refers_to("topic_arn").and_then(|urn| subject.get(urn)) else { continue };
        if region_of(subject, topic) != region_of(subject, one) {
            found.push(Violation::new(one, format!("its topic {} is in another region", topic.urn())));
        }
    }
    found
}

/// What tells of a load or a stock, and may stand for days without anyone being affected.
const EARLY: &[&str] = &[
    "BurstBalance",
    "CPUCreditBalance",
    "CPUUtilization",
    "ConcurrentExecutions",
    "DatabaseConnections",
    "FreeStorageSpace",
    "FreeableMemory",
];

fn early(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for composite in subject.of_type(COMPOSITE) {
        let below = composite.get("alarm_rule").map(references).unwrap_or_default();
        for alarm in below.iter().filter_map(|urn| subject.get(urn)) {
            // Silence is no load.
            let counts = |seen: &Seen<'_>| EARLY.contains(&seen.name) && seen.statistic != "SampleCount";
            if Seen::all(alarm).iter().any(counts) {
                let message = format!(
                    "{} is an early warning: while it stands, nobody hears that users are affected",
                    alarm.urn()
                );
                found.push(Violation::new(composite, message));
            }
        }
        if below.is_empty() {
            found.push(Violation::new(composite, "it holds no alarm: it never goes off"));
        }
    }
    found
}
