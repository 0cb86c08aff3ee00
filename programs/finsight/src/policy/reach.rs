//! Whether what has to be called can be reached.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::access::{allows, statements, texts};

pub(super) fn rules() -> Vec<Rule> {
    vec![Rule {
        id: "reach-services",
        severity: Severity::Error,
        title: "functions in a VPC reach the services that they call",
        reason: "operation: it works on its first day",
        way_out: "set network.nat_gateways, or name the service in network.interface_endpoints",
        check: services,
    }]
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
        let subnets = function.get("subnet_ids").map(references).unwrap_or_default();
        if subnets.is_empty() {
            continue;
        }
        let called =
            function.refers_to("role").and_then(|urn| subject.get(urn)).map(calls).unwrap_or_default();
        for subnet in &subnets {
            if goes_out(subject, subnet) {
                continue;
            }
            let silent: Vec<&str> = called
                .iter()
                .filter(|(_, endpoint)| !has_endpoint(subject, endpoint))
                .map(|(service, _)| *service)
                .collect();
            if !silent.is_empty() {
                let message = format!(
                    "its role lets it call {}, and from {subnet} no way leads there: each call waits until it times out",
                    silent.join(", ")
                );
                found.push(Violation::new(function, message));
                break;
            }
        }
    }
    found
}

/// The services that a role lets a function call, with their endpoints.
fn calls<'a>(role: &Filled<'a>) -> BTreeSet<(&'static str, &'static str)> {
    let mut found = BTreeSet::new();
    for (place, statement) in statements(role) {
        if place == "assume_role_policy_document" || !allows(statement) || through_another(statement) {
            continue;
        }
        for action in texts(statement, "Action") {
            let service = action.split(':').next().unwrap_or_default();
            found.extend(ENDPOINTS.iter().copied().filter(|(name, _)| *name == service));
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

/// Whether a subnet has a way to everywhere.
fn goes_out(subject: &Subject<'_>, subnet: &Urn) -> bool {
    let own = |one: &&Filled<'_>| one.refers_to("subnet_id") == Some(subnet);
    let tables = subject.of_type("aws:ec2:SubnetRouteTableAssociation").filter(own);
    let mut routes = tables
        .filter_map(|one| subject.get(one.refers_to("route_table_id")?)?.get("routes")?.as_list())
        .flatten()
        .filter_map(Value::as_map);
    routes.any(|route| {
        let to = route.get("destination_cidr_block").and_then(Value::as_text);
        // A function has no public address: an internet gateway alone is no way out.
        to == Some("0.0.0.0/0") && !route.contains_key("gateway_id")
    })
}

fn has_endpoint(subject: &Subject<'_>, name: &str) -> bool {
    let ending = format!(".{name}");
    let is_of = |value: &Value| value.as_text().is_some_and(|text| text.ends_with(&ending));
    let interface = |one: &&Filled<'_>| one.is("vpc_endpoint_type", "Interface");
    subject
        .of_type("aws:ec2:VpcEndpoint")
        .filter(interface)
        .any(|one| one.get("service_name").is_some_and(|service| service.any(&is_of)))
}
