//! Whether what has to be called can be reached.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::{Map, Value};

use super::access::{allows, statements, texts};
use super::network::{endpoint_lets, lets_out, stuck, subnets_of};
use super::plain::plains;
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "reach-services",
        "functions in a VPC reach the services that they call",
        "set network.nat_gateways, or name the service in network.interface_endpoints; what is not AWS's has no endpoint",
        services,
    )]
}

/// Services that a function calls by itself, each with the name of its interface endpoint. What Lambda does for the function
/// (its log, its traces, its interfaces) goes another way. SES's own API has one since December 2025 ("Setting up VPC endpoints with
/// Amazon SES"); `email-smtp` is for SMTP alone.
const ENDPOINTS: &[(&str, &str)] = &[
    ("cloudwatch", "monitoring"),
    ("events", "events"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("scheduler", "scheduler"),
    ("secretsmanager", "secretsmanager"),
    ("ses", "email"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("states", "states"),
    ("sts", "sts"),
];

fn services(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for function in subject.of_type("aws:lambda:Function") {
        let called =
            function.refers_to("role").and_then(|urn| subject.get(urn)).map(calls).unwrap_or_default();
        // HTTPS is what all of AWS's services speak.
        let out = lets_out(subject, function, 443);
        for subnet in &subnets_of(function) {
            let why = if out {
                stuck(subject, subnet)
            } else {
                Some("its security groups let nothing out to port 443".to_owned())
            };
            if let (Some(why), Some(secret)) = (&why, foreign(subject, function)) {
                let message = format!(
                    "it has the secret {secret}, which is of somebody outside of AWS, and from {subnet} no way leads to the internet ({why}): each call there waits until it times out"
                );
                found.push(Violation::new(function, message).weighing(Severity::Warning));
            }
            let mut closed = Vec::new();
            let mut silent = Vec::new();
            for ((service, endpoint), actions) in &called {
                match endpoint_lets(subject, endpoint, &actions.iter().cloned().collect::<Vec<_>>()) {
                    Some(true) => {}
                    // The service's name leads to the endpoint, whatever other way there is.
                    Some(false) => closed.push(*service),
                    None if why.is_some() => silent.push(*service),
                    None => {}
                }
            }
            if let Some(why) = why.filter(|_| !silent.is_empty()) {
                let message = format!(
                    "its role lets it call {}, and from {subnet} no way leads there ({why}): each call waits until it times out",
                    silent.join(", ")
                );
                found.push(Violation::new(function, message));
            }
            if !closed.is_empty() {
                let message = format!(
                    "its role lets it call {}, and the policy of the VPC's endpoint, to which the name leads, does not: each call is refused",
                    closed.join(", ")
                );
                found.push(Violation::new(function, message));
            }
            if found.last().is_some_and(|one| one.urn == *function.urn()) {
                break;
            }
        }
    }
    found
}

/// A secret of the program that a function is told of by its environment, and whose value is put in by hand: whoever gave it is asked
/// over the internet. What AWS makes up opens something of the program's own.
fn foreign(subject: &Subject<'_>, function: &Filled<'_>) -> Option<String> {
    let environment = function.get("environment").and_then(Value::as_map)?;
    let named: BTreeSet<_> = environment.values().flat_map(references).collect();
    let by_hand = |one: &&Filled<'_>| {
        let made = one.get("generate").and_then(Value::as_map);
        one.urn().type_name() == "aws:secretsmanager:Secret"
            && made.is_none_or(|made| made.get("placeholder").and_then(Value::as_bool) == Some(true))
    };
    named.iter().filter_map(|urn| subject.get(urn)).find(by_hand).map(|one| one.urn().name().to_owned())
}

/// The services that a role lets a function call, with their endpoints: each action, and on what.
fn calls(role: &Filled<'_>) -> BTreeMap<(&'static str, &'static str), BTreeSet<(String, String)>> {
    let mut found: BTreeMap<_, BTreeSet<(String, String)>> = BTreeMap::new();
    for (place, statement) in statements(role) {
        if place == "assume_role_policy_document" || !allows(statement) || through_another(statement) {
            continue;
        }
        for action in texts(statement, "Action") {
            let service = action.split(':').next().unwrap_or_default();
            for known in ENDPOINTS.iter().filter(|(name, _)| *name == service) {
                let on = plains(statement.get("Resource"));
                let called = on.into_iter().map(|resource| (action.to_owned(), resource));
                found.entry(*known).or_default().extend(called);
            }
        }
    }
    found
}

/// A key that is used through another service is called by that service.
fn through_another(statement: &Map) -> bool {
    let condition = statement.get("Condition").and_then(Value::as_map);
    condition
        .into_iter()
        .flatten()
        .filter_map(|(_, keys)| keys.as_map())
        .any(|keys| keys.contains_key("kms:ViaService"))
}
