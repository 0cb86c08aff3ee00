//! Whether what has to be called can be reached.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::{Map, Value};

use super::access::{allows, statements, texts};
use super::network::{has_endpoint, lets_out, stuck, subnets_of};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "reach-services",
        "functions in a VPC reach the services that they call",
        "set network.nat_gateways, or name the service in network.interface_endpoints",
        services,
    )]
}

/// Services that a function calls by itself, each with the name of its interface endpoint. What Lambda does for the function
/// (its log, its traces, its interfaces) goes another way.
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
            let Some(why) = why else { continue };
            let silent: Vec<&str> = called
                .iter()
                .filter(|((_, endpoint), actions)| {
                    !has_endpoint(subject, endpoint, &actions.iter().copied().collect::<Vec<_>>())
                })
                .map(|((service, _), _)| *service)
                .collect();
            if !silent.is_empty() {
                let message = format!(
                    "its role lets it call {}, and from {subnet} no way leads there ({why}): each call waits until it times out",
                    silent.join(", ")
                );
                found.push(Violation::new(function, message));
                break;
            }
        }
    }
    found
}

/// The services that a role lets a function call, with their endpoints, and the actions.
fn calls<'r>(role: &'r Filled<'_>) -> BTreeMap<(&'static str, &'static str), BTreeSet<&'r str>> {
    let mut found: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for (place, statement) in statements(role) {
        if place == "assume_role_policy_document" || !allows(statement) || through_another(statement) {
            continue;
        }
        for action in texts(statement, "Action") {
            let service = action.split(':').next().unwrap_or_default();
            for known in ENDPOINTS.iter().filter(|(name, _)| *name == service) {
                found.entry(*known).or_default().insert(action);
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
