//! Whether anybody hears of what goes wrong.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};
use serde_json::{Value as Json, json};

use super::pattern::{fits, gets_alarms};
use super::plain::plains;
use super::rights::publishers;
use super::{HEARD, pack};

/// Protocols of a subscription that need nothing of the stack to reach a person.
const PERSONS: &[&str] = &["email", "email-json", "sms"];

pub(super) fn rules() -> Vec<Rule> {
    let rule = pack(Severity::Error, HEARD);
    vec![
        rule(
            "heard-failures",
            "what a function cannot deliver is kept",
            "declare an EventInvokeConfig of the alias with an on_failure_destination, or set dead_letter_target_arn",
            failures,
        ),
        rule(
            "heard-findings",
            "what AWS finds out by itself reaches somebody",
            "declare an event subscription of the database, or a rule of EventBridge with a topic as its target, in the region of what finds it out",
            findings,
        ),
        rule(
            "heard-twice",
            "alarms reach people by a second way",
            "subscribe a mail address to the topic (monitoring.subscribers), and a function that tells people elsewhere",
            twice,
        ),
    ]
}

/// SNS takes its message as delivered once Lambda has the event: three failed calls later it would be gone.
fn failures(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |function: &Filled<'_>| {
        let destination = |one: &Filled<'_>| {
            one.refers_to("function_name") == Some(function.urn())
                && one.get("qualifier").map(text) == function.get("live_alias").map(text)
                && one.get("on_failure_destination").is_some()
        };
        function.get("dead_letter_target_arn").is_some()
            || subject.of_type("aws:lambda:EventInvokeConfig").any(destination)
    };
    let called: BTreeSet<&Urn> = subject
        .of_type("aws:sns:Subscription")
        .filter(|one| one.is("protocol", "lambda"))
        .filter_map(|one| one.refers_to("endpoint"))
        .collect();
    called
        .into_iter()
        .filter_map(|urn| subject.get(urn))
        .filter(|function| !kept(function))
        .map(|function| {
            let message =
                "a topic calls it, and what it fails on three times is gone: nobody learns of that alarm";
            Violation::new(function, message)
        })
        .collect()
}

/// A type, and how the events that it makes are told from others: what `SOURCES` says of each column.
type Source = (&'static str, &'static str, &'static str, fn() -> Vec<Json>);

/// Types that find something out, the source of their events, what they tell of, and such events; a null is any value.
const SOURCES: &[Source] = &[
    ("aws:amplify:App", "aws.amplify", "a build that fails", || {
        vec![
            json!({"source": "aws.amplify", "detail-type": "Amplify Deployment Status Change", "account": null, "region": null,
            "resources": null, "detail": {"appId": null, "branchName": null, "jobId": null, "jobStatus": "FAILED"}}),
        ]
    }),
    ("aws:config:ConfigurationRecorder", "aws.config", "what does not comply any more", || {
        vec![
            json!({"source": "aws.config", "detail-type": "Config Rules Compliance Change", "account": null, "region": null,
            "resources": null, "detail": {"messageType": "ComplianceChangeNotification", "configRuleName": null,
            "resourceType": null, "resourceId": null, "awsRegion": null, "awsAccountId": null,
            "newEvaluationResult": {"complianceType": "NON_COMPLIANT"}}}),
        ]
    }),
    // "Amazon EventBridge support for ACM".
    ("aws:acm:Certificate", "aws.acm", "that it is not renewed", || {
        ["ACM Certificate Approaching Expiration", "ACM Certificate Renewal Action Required"]
            .map(|kind| {
                json!({"source": "aws.acm", "detail-type": kind, "account": null, "region": null, "resources": null,
                "detail": {"CommonName": null, "DaysToExpiry": null}})
            })
            .into()
    }),
];

/// What RDS tells of that hurts: the type, the word for it as the source of events, and the categories ("Amazon RDS event categories
/// and event messages"; requirement M3).
const EVENTS: &[(&str, &str, &[&str])] = &[
    ("aws:rds:DBInstance", "db-instance", &["failover", "failure", "low storage", "maintenance"]),
    ("aws:rds:DBProxy", "db-proxy", &["failure"]),
];

/// The categories of events of a resource that no subscription sends to a topic. One that names no categories, sources or type sends
/// them all ("CreateEventSubscription").
fn untold<'a>(subject: &Subject<'_>, of: &Filled<'_>, source: &str, wanted: &'a [&str]) -> Vec<&'a str> {
    let topic = |value: &Value| referred(value).is_some_and(|urn| urn.type_name() == "aws:sns:Topic");
    let listed = |one: &Filled<'_>, name: &str| !plains(one.get(name)).is_empty();
    let about = |one: &&Filled<'_>| {
        one.is("enabled", true)
            && one.get("sns_topic_arn").is_some_and(topic)
            && (one.get("source_type").is_none() || one.is("source_type", source))
            && (!listed(one, "source_ids")
                || one.get("source_ids").is_some_and(|ids| references(ids).contains(of.urn())))
    };
    let all: Vec<&Filled<'_>> = subject.of_type("aws:rds:EventSubscription").filter(about).collect();
    let told = |category: &str| {
        let has = |one: &&Filled<'_>| {
            !listed(one, "event_categories")
                || plains(one.get("event_categories")).iter().any(|own| own == category)
        };
        all.iter().any(has)
    };
    wanted.iter().copied().filter(|category| !told(category)).collect()
}

/// Where a pattern names what it is about.
const ABOUT: &[&str] = &["event_pattern.detail.appId", "event_pattern.resources"];

/// Whether a resource is another, or what waits until that is issued.
fn is_of(subject: &Subject<'_>, urn: &Urn, of: &Urn) -> bool {
    urn == of || subject.get(urn).is_some_and(|one| one.refers_to("certificate_arn") == Some(of))
}

/// What AWS knows and tells nobody is found by the next user.
fn findings(subject: &Subject<'_>) -> Vec<Violation> {
    let topic = |value: &Value| referred(value).is_some_and(|urn| urn.type_name() == "aws:sns:Topic");
    let region = |item: &Filled<'_>| item.node.options.region.clone();
    let rules = |of: &Filled<'_>, event: &Map| {
        let here = region(of);
        subject.of_type("aws:events:Rule").filter(|one| one.is("state", "ENABLED")).any(|one| {
            let pattern = one.get("event_pattern").and_then(Value::as_map);
            let named = ABOUT.iter().filter_map(|path| at_path(&one.inputs, path));
            let of_it = |value: &Value| references(value).iter().any(|urn| is_of(subject, urn, of.urn()));
            let targets = one.get("targets").and_then(Value::as_list).unwrap_or_default();
            pattern.is_some_and(|pattern| fits(pattern, event))
                && named.into_iter().all(of_it)
                && region(one) == here
                && targets.iter().filter_map(|one| one.as_map()?.get("arn")).any(topic)
        })
    };
    let mut found = Vec::new();
    for (kind, source, what, happened) in SOURCES {
        let events: Vec<Value> = happened().iter().map(Value::from_plain_json).collect();
        let told = |one: &Filled<'_>| events.iter().filter_map(Value::as_map).all(|event| rules(one, event));
        for one in subject.of_type(kind).filter(|one| !told(one)) {
            found.push(Violation::new(
                one,
                format!("{what} is told to nobody: no rule sends {source} to a topic"),
            ));
        }
    }
    for (kind, source, wanted) in EVENTS {
        for one in subject.of_type(kind) {
            let untold = untold(subject, one, source, wanted);
            if !untold.is_empty() {
                let message = format!(
                    "what RDS knows of its {} is told to nobody: no event subscription has it",
                    untold.join(", ")
                );
                found.push(Violation::new(one, message));
            }
        }
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_text().unwrap_or_default()
}

/// One way may be what fails: a function that tells Slack, or a mail that nobody reads at night.
fn twice(subject: &Subject<'_>) -> Vec<Violation> {
    let told: BTreeSet<&Urn> = publishers(subject).into_iter().map(|(topic, ..)| topic.urn()).collect();
    let ways = |topic: &Urn| -> BTreeSet<&str> {
        let own =
            subject.of_type("aws:sns:Subscription").filter(|one| one.refers_to("topic_arn") == Some(topic));
        own.filter(|one| gets_alarms(one)).filter_map(|one| one.get("protocol")).map(text).collect()
    };
    let mut found = Vec::new();
    for topic in told.into_iter().filter_map(|urn| subject.get(urn)) {
        if topic.urn().type_name() != "aws:sns:Topic" {
            continue;
        }
        let ways = ways(topic.urn());
        if !ways.iter().any(|way| PERSONS.contains(way)) {
            let message =
                "its alarms reach people through functions alone: when those fail, nobody hears of anything";
            found.push(Violation::new(topic, message));
        } else if ways.len() == 1 {
            let message = format!(
                "its alarms reach people by {} alone: while nobody looks there, nobody hears of anything",
                ways.first().copied().unwrap_or_default()
            );
            found.push(Violation::new(topic, message).weighing(Severity::Warning));
        }
    }
    found
}
