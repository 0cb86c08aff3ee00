//! Whether functions have code of their own: a placeholder answers, and does nothing.

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::Value;

use super::rights::publishers;
use super::{WORKS, pack};
use crate::artifacts::{CODE_TAG, PLACEHOLDER};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        pack(Severity::Warning, WORKS)(
            "code-own",
            "functions have code of their own",
            "name the function's package at its `code` in the config, or waive it for as long as there is none",
            own,
        ),
        pack(Severity::Error, WORKS)(
            "code-needed",
            "what alarms and log-ins depend on has code of its own in production",
            "name the package at monitoring.slack.code or database.user_code, or waive it for as long as there is none",
            needed,
        ),
    ]
}

fn placeholders<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Filled<'a>> {
    let is_one = |one: &&Filled<'_>| {
        let tags = one.get("tags").and_then(Value::as_map);
        tags.and_then(|tags| tags.get(CODE_TAG)).and_then(Value::as_text) == Some(PLACEHOLDER)
    };
    subject.of_type("aws:lambda:Function").filter(is_one)
}

/// What is lost where a function is a placeholder, if alarms or log-ins depend on it.
fn loss(subject: &Subject<'_>, function: &Filled<'_>) -> Option<&'static str> {
    let names = |one: &Filled<'_>, property: &str| {
        one.get(property).is_some_and(|value| references(value).contains(function.urn()))
    };
    let told = |one: &Filled<'_>| {
        names(one, "endpoint")
            && publishers(subject).iter().any(|(topic, service, _)| {
                *service == "cloudwatch.amazonaws.com" && one.refers_to("topic_arn") == Some(topic.urn())
            })
    };
    if subject.of_type("aws:sns:Subscription").any(told) {
        return Some("each alarm is dropped, and SNS is told that it was delivered");
    }
    let called = subject.of_type("aws:lambda:Invocation").any(|one| names(one, "function_name"));
    called.then_some("nobody makes the database's user, and no function can log in")
}

/// Whose data is protected is in production.
fn in_production(subject: &Subject<'_>) -> bool {
    subject.of_type("aws:rds:DBInstance").any(|one| one.is("deletion_protection", true))
}

fn own(subject: &Subject<'_>) -> Vec<Violation> {
    let production = in_production(subject);
    let mut found = Vec::new();
    for function in placeholders(subject) {
        match loss(subject, function) {
            Some(_) if production => {}
            Some(loss) => found.push(Violation::new(function, format!("it is a placeholder: {loss}"))),
            None => {
                let message = "it is a placeholder: whoever calls it gets an answer that means nothing";
                found.push(Violation::new(function, message));
            }
        }
    }
    found
}

fn needed(subject: &Subject<'_>) -> Vec<Violation> {
    if !in_production(subject) {
        return Vec::new();
    }
    let lost = placeholders(subject).filter_map(|one| Some((one, loss(subject, one)?)));
    lost.map(|(function, loss)| Violation::new(function, format!("it is a placeholder: {loss}"))).collect()
}
