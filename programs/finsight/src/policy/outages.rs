//! Whether what stands in everybody's way is open: one word that switches all off.

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::{Value, at_path};

use super::network::subnets_of;
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "works-on",
        "what everybody needs is switched on",
        "enable the distribution, the key and the VPC's DNS, and let the web ACL allow what no rule refuses",
        on,
    )]
}

fn on(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution").filter(|one| one.is("enabled", false)) {
        found.push(Violation::new(item, "it is switched off: CloudFront answers nobody"));
    }
    for acl in subject.of_type("aws:wafv2:WebACL").filter(|one| refuses_all(one)) {
        let message = "it refuses what no rule decides on, and no rule allows anything: it refuses everybody";
        found.push(Violation::new(acl, message));
    }
    found.extend(keys(subject));
    found.extend(names(subject));
    found
}

fn refuses_all(acl: &Filled<'_>) -> bool {
    let rules = acl.get("rules").and_then(Value::as_map);
    let mut rules = rules.into_iter().flatten().filter_map(|(_, rule)| rule.as_map());
    at_path(&acl.inputs, "default_action.block").is_some()
        && !rules.any(|rule| at_path(rule, "action.allow").is_some())
}

/// "Enabling and disabling keys": what a disabled key encrypts is neither written nor read.
fn keys(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for key in subject.of_type("aws:kms:Key").filter(|one| one.is("enabled", false)) {
        let mut others = subject.all().filter(|one| one.urn().type_name() != "aws:kms:Alias");
        let user = others.find(|one| one.inputs.values().any(|value| references(value).contains(key.urn())));
        if let Some(user) = user {
            let message =
                format!("it is disabled, and {} needs it: what it encrypts is out of reach", user.urn());
            found.push(Violation::new(key, message));
        }
    }
    found
}

/// What in a VPC is found by a name: "DNS attributes for your VPC".
const BY_NAME: &[&str] =
    &["aws:lambda:Function", "aws:rds:DBProxy", "aws:rds:DBSubnetGroup", "aws:ec2:VpcEndpoint"];

fn names(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for vpc in subject.of_type("aws:ec2:Vpc") {
        let of_vpc = |one: &&Filled<'_>| {
            let here = |value: &str| one.refers_to(value) == Some(vpc.urn());
            here("vpc_id")
                || subnets_of(one)
                    .iter()
                    .filter_map(|urn| subject.get(urn))
                    .any(|subnet| subnet.refers_to("vpc_id") == Some(vpc.urn()))
        };
        let mut inside = BY_NAME.iter().flat_map(|kind| subject.of_type(kind)).filter(of_vpc);
        if vpc.is("enable_dns_support", false)
            && let Some(user) = inside.next()
        {
            let message =
                format!("no name is resolved in it: {} and all others there find nobody", user.urn());
            found.push(Violation::new(vpc, message));
        }
        let private = subject
            .of_type("aws:ec2:VpcEndpoint")
            .find(|one| one.is("private_dns_enabled", true) && of_vpc(one));
        if let Some(endpoint) = private.filter(|_| vpc.is("enable_dns_hostnames", false)) {
            let message =
                format!("AWS makes no names in it: {} is refused, which has private ones", endpoint.urn());
            found.push(Violation::new(vpc, message));
        }
    }
    found
}
