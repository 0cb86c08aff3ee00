//! What a call is on, as ARNs.

use serde_json::Value;

use super::{patterns, rules};
use crate::call::{ACCOUNT, Call, Service};
use crate::policy::fits;

/// The kinds of EC2, by the beginnings of their ids.
const EC2: &[(&str, &str)] = &[
    ("vpc-", "vpc"),
    ("subnet-", "subnet"),
    ("sg-", "security-group"),
    ("sgr-", "security-group-rule"),
    ("igw-", "internet-gateway"),
    ("rtb-", "route-table"),
    ("eipalloc-", "elastic-ip"),
    ("nat-", "natgateway"),
    ("vpce-", "vpc-endpoint"),
    ("fl-", "vpc-flow-log"),
    ("eni-", "network-interface"),
];

/// What EC2 makes, whose id it gives.
const MADE: &[(&str, &str)] = &[
    ("CreateVpc", "vpc"),
    ("CreateSubnet", "subnet"),
    ("CreateInternetGateway", "internet-gateway"),
    ("AllocateAddress", "elastic-ip"),
    ("CreateNatGateway", "natgateway"),
    ("CreateRouteTable", "route-table"),
    ("CreateSecurityGroup", "security-group"),
    ("CreateVpcEndpoint", "vpc-endpoint"),
    ("CreateFlowLogs", "vpc-flow-log"),
    ("AuthorizeSecurityGroupIngress", "security-group-rule"),
    ("AuthorizeSecurityGroupEgress", "security-group-rule"),
];

/// What WAF's operations are on, by how they end.
const FIREWALL: &[(&str, &str)] = &[("WebACL", "webacl"), ("IPSet", "ipset")];

/// The ARNs of what an action of a call is on: those that AWS lets it be limited to.
pub(super) fn of(call: &Call, input: &Value, action: &str) -> Vec<String> {
    let Some(patterns) = patterns(action).filter(|patterns| !patterns.is_empty()) else {
        return vec!["*".to_owned()];
    };
    if call.service == Service::ApiGateway && action.starts_with("apigateway:") {
        return vec![format!("arn:aws:apigateway:{}::{}", call.region, call.path)];
    }
    let mut found = named(call, input);
    found.retain(|arn| patterns.iter().any(|pattern| fits(pattern, arn)));
    found.sort();
    found.dedup();
    match (found.is_empty(), patterns) {
        (false, _) => found,
        (true, [only]) => vec![located(only, call)],
        (true, _) => vec!["*".to_owned()],
    }
}

/// All that a call names, as ARNs.
fn named(call: &Call, input: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if call.service == Service::Ec2 {
        each_text(input, &mut |_, text| {
            let kind = EC2.iter().find(|(beginning, _)| text.starts_with(beginning));
            found.extend(kind.map(|(_, kind)| ec2(call, kind, text)));
            // The two that it associates stand in neither the request nor the id.
            if text.starts_with("rtbassoc-") {
                found.extend(["route-table", "subnet"].map(|kind| ec2(call, kind, "*")));
            }
        });
        let made = MADE.iter().find(|(operation, _)| *operation == call.operation);
        found.extend(made.map(|(_, kind)| ec2(call, kind, "*")));
        return found;
    }
    if call.service == Service::Waf {
        found.extend(of_firewalls(call, input));
    }
    for (member, templates) in rules().resources.get(call.service.name()).into_iter().flatten() {
        for name in texts(input, member) {
            let name = name.trim_start_matches("/hostedzone/");
            if name.starts_with("arn:") {
                found.push(name.to_owned());
            } else {
                let all = templates.all().iter();
                found.extend(all.filter_map(|template| filled(call, input, &template.replace("{}", name))));
            }
        }
    }
    found
}

/// What WAF's calls name by scope and name, and what their rules refer to. A reference needs the action of what
/// refers to it (<https://docs.aws.amazon.com/waf/latest/developerguide/waf-api-permissions-ref.html>), and so do
/// AWS's own rules, of which no id is told (<https://github.com/aws-samples/amazon-cloudfront-waf-secretsmanager/issues/3>).
fn of_firewalls(call: &Call, input: &Value) -> Vec<String> {
    let start = "arn:aws:wafv2:{region}:{account}:{Scope}";
    let kind = FIREWALL.iter().find(|(end, _)| call.operation.ends_with(end));
    let own = kind.and_then(|(_, kind)| filled(call, input, &format!("{start}/{kind}/{{Name}}/{{Id|*}}")));
    let mut found: Vec<String> = own.into_iter().collect();
    let rules = input.get("Rules").unwrap_or(&Value::Null);
    each_text(rules, &mut |name, text| {
        if name == "ARN" {
            found.push(text.to_owned());
        } else if name == "VendorName" {
            found.extend(filled(call, input, &format!("{start}/managedruleset/*/*")));
        }
    });
    found
}

fn ec2(call: &Call, kind: &str, id: &str) -> String {
    format!("arn:aws:ec2:{}:{ACCOUNT}:{kind}/{id}", call.region)
}

/// A published ARN with the partition, the region and the account of a call in it.
fn located(pattern: &str, call: &Call) -> String {
    let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
    for (at, own) in [(1, "aws"), (3, call.region.as_str()), (4, ACCOUNT)] {
        if let Some(part) = parts.get_mut(at).filter(|part| **part == "*") {
            *part = own;
        }
    }
    parts.join(":")
}

/// A template with the values of members in it, `{Member}` or `{Member|what stands for it}`; `None` where one is
/// not given.
pub(super) fn filled(call: &Call, input: &Value, template: &str) -> Option<String> {
    let mut text = template.replace("{region}", &call.region).replace("{account}", ACCOUNT);
    while let Some((before, rest)) = text.split_once('{') {
        let (member, after) = rest.split_once('}')?;
        let (member, otherwise) =
            member.split_once('|').map_or((member, None), |(member, otherwise)| (member, Some(otherwise)));
        let value = match texts(input, member).into_iter().next().or(otherwise)? {
            // As ARNs of WAF spell its scopes.
            "CLOUDFRONT" if member == "Scope" => "global",
            "REGIONAL" if member == "Scope" => "regional",
            other => other,
        };
        text = format!("{before}{value}{after}");
    }
    // A bucket may be named by its domain.
    if let Some((bucket, _)) = text.strip_prefix("arn:aws:s3:::").and_then(|it| it.split_once(".s3.")) {
        return Some(format!("arn:aws:s3:::{bucket}"));
    }
    // A key may be named by its id alone.
    let is_key = !text.starts_with("arn:") && template.contains("KmsKey");
    Some(if is_key { format!("arn:aws:kms:{}:{ACCOUNT}:key/{text}", call.region) } else { text })
}

/// Whether a member, by its path, is given, and not empty.
pub(super) fn is_given(input: &Value, path: &str) -> bool {
    let found = path.split('.').try_fold(input, |value, name| value.get(name));
    found.is_some_and(|value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::String(text) => !text.is_empty() && text != "false",
        Value::Bool(given) => *given,
        Value::Number(_) => true,
    })
}

/// The texts of a member, by its path: one, or those of a list.
fn texts<'a>(input: &'a Value, path: &str) -> Vec<&'a str> {
    match path.split('.').try_fold(input, |value, name| value.get(name)) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The roles that a call passes on.
pub(super) fn passed(call: &Call, input: &Value) -> Vec<String> {
    let is_role =
        |text: &str| text.starts_with("arn:aws:iam::") && text.contains(":role/") && !text.contains(' ');
    let mut found = Vec::new();
    each_text(input, &mut |name, text| {
        let lower = name.to_ascii_lowercase();
        let passes = lower.contains("role") || lower == "deliverlogspermissionarn" || lower == "value";
        if passes && is_role(text) {
            found.push(text.to_owned());
        } else if call.service == Service::ApiGateway && name == "body" {
            let document: Value = serde_json::from_str(text).unwrap_or_default();
            each_text(&document, &mut |name, text| {
                if name.to_ascii_lowercase().contains("credentials") && is_role(text) {
                    found.push(text.to_owned());
                }
            });
        }
    });
    found.sort();
    found.dedup();
    found
}

/// Shows each text in a tree, with the name of the member that it stands in.
fn each_text(value: &Value, see: &mut impl FnMut(&str, &str)) {
    fn within(name: &str, value: &Value, see: &mut impl FnMut(&str, &str)) {
        match value {
            Value::String(text) => see(name, text),
            Value::Array(items) => items.iter().for_each(|item| within(name, item, see)),
            Value::Object(entries) => entries.iter().for_each(|(name, item)| within(name, item, see)),
            _ => {}
        }
    }
    within("", value, see);
}
