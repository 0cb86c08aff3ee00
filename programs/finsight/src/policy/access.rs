//! Least privilege, and the smallest openings.

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, is_open};
use finsight_engine::value::{Map, Value, at_path};

use super::addresses::lets_everyone_in;
use super::arns::{is_anybody, is_of_any_account, is_whole};
use super::pack;
use super::plain::{plain, plains};

pub(super) const IAM: &str = "security checklist: least privilege";
const NETWORK: &str = "security checklist: smallest security-group openings";
const PUBLIC: &str = "security checklist: nothing is public that need not be";

/// Actions that take no resource narrower than `*`.
const TAKE_NO_RESOURCE: &[&str] = &[
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:DescribeLogGroups",
    "cloudwatch:PutMetricData",
    "ses:GetAccount",
    "sts:GetCallerIdentity",
];

/// Services that do not say on whose behalf they take a role.
const SAY_NO_SOURCE: &[&str] =
    &["cloudtrail.amazonaws.com", "lambda.amazonaws.com", "apigateway.amazonaws.com", "rds.amazonaws.com"];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        pack(Severity::Error, IAM)(
            "iam-actions",
            "roles allow no action by wildcard",
            "name the actions",
            actions,
        ),
        pack(Severity::Error, IAM)(
            "iam-resources",
            "roles allow actions on the resources they need",
            "name the resources by ARN",
            resources,
        ),
        pack(Severity::Warning, IAM)(
            "iam-deputy",
            "services take roles for this account alone",
            "add a condition on aws:SourceAccount or aws:SourceArn to the trust policy",
            deputy,
        ),
        pack(Severity::Error, PUBLIC)(
            "iam-public",
            "no resource policy lets everyone in",
            "name the principal, or add a condition",
            public_policy,
        ),
        pack(Severity::Error, IAM)(
            "lambda-public",
            "services call functions for named resources alone",
            "set source_arn or source_account",
            permission,
        ),
        pack(Severity::Error, NETWORK)(
            "network-ingress",
            "no security group lets everyone in",
            "let in a security group or a narrow range",
            ingress,
        ),
        pack(Severity::Error, NETWORK)(
            "network-ports",
            "security groups open single ports",
            "open the one port that is needed",
            ports,
        ),
        pack(Severity::Warning, NETWORK)(
            "network-default",
            "the VPC's default security group has no rules",
            "declare a DefaultSecurityGroup of the VPC",
            default_group,
        ),
        pack(Severity::Error, PUBLIC)(
            "public-database",
            "databases have no public address",
            "set publicly_accessible to false",
            public_database,
        ),
        pack(Severity::Error, PUBLIC)(
            "public-bucket",
            "buckets block public access in all four ways",
            "leave the four settings at true",
            public_bucket,
        ),
        pack(Severity::Error, PUBLIC)(
            "api-authorized",
            "routes of the API have an authorizer",
            "give the route an authorizer; /auth and preflights need none",
            authorized,
        ),
    ]
}

/// The statements of all policy documents of a resource, each with where it stands.
pub(super) fn statements<'a>(item: &'a Filled<'_>) -> Vec<(&'a str, &'a Map)> {
    let mut found = Vec::new();
    for (name, value) in &item.inputs {
        let Some(map) = value.as_map() else { continue };
        let mut documents = vec![map];
        if name == "inline_policies" {
            documents = map.values().filter_map(Value::as_map).collect();
        }
        for document in documents {
            if let Some(list) = document.get("Statement").and_then(Value::as_list) {
                found.extend(
                    list.iter().filter_map(Value::as_map).map(|statement| (name.as_str(), statement)),
                );
            }
        }
    }
    found
}

pub(super) fn allows(statement: &Map) -> bool {
    statement.get("Effect") == Some(&"Allow".into())
}

pub(super) fn texts<'a>(statement: &'a Map, key: &str) -> Vec<&'a str> {
    match statement.get(key) {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_text).collect(),
        Some(one) => one.as_text().into_iter().collect(),
        None => Vec::new(),
    }
}

/// Statements of roles and managed policies that allow something.
fn granted<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (&'a Filled<'a>, &'a Map)> {
    subject.all().filter(|item| item.urn().type_name().starts_with("aws:iam:")).flat_map(|item| {
        let own = statements(item).into_iter().filter(|(place, _)| *place != "assume_role_policy_document");
        own.filter(|(_, statement)| allows(statement)).map(move |(_, statement)| (item, statement))
    })
}

fn actions(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (item, statement) in granted(subject) {
        for action in texts(statement, "Action") {
            if action.contains(['*', '?']) {
                found.push(Violation::new(item, format!("it allows {action}")));
            }
        }
        if statement.contains_key("NotAction") {
            found.push(Violation::new(item, "it allows all actions but some"));
        }
    }
    found
}

fn resources(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (item, statement) in granted(subject) {
        if statement.contains_key("NotResource") {
            found.push(Violation::new(item, "it allows actions on all resources but some"));
        }
        let whole = plains(statement.get("Resource")).iter().any(|one| is_whole(one));
        let free = |action: &str| {
            TAKE_NO_RESOURCE.contains(&action)
                || action.starts_with("ec2:Describe")
                || action.contains(":List")
        };
        let wide: Vec<&str> =
            texts(statement, "Action").into_iter().filter(|action| whole && !free(action)).collect();
        if !wide.is_empty() {
            found.push(Violation::new(item, format!("it allows {} on every resource", wide.join(", "))));
        }
    }
    found
}

fn deputy(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:iam:Role") {
        for (place, statement) in statements(item) {
            if place != "assume_role_policy_document"
                || !allows(statement)
                || statement.contains_key("Condition")
            {
                continue;
            }
            let service = at_path(statement, "Principal.Service").and_then(Value::as_text);
            if let Some(service) = service.filter(|service| !SAY_NO_SOURCE.contains(service)) {
                found.push(Violation::new(item, format!("{service} may take it for any account")));
            }
        }
    }
    found
}

fn public_policy(subject: &Subject<'_>) -> Vec<Violation> {
    let everyone = |principal: &Value| {
        let any = |value: &Value| match value {
            Value::List(items) => items.contains(&"*".into()),
            other => *other == Value::from("*"),
        };
        any(principal) || principal.as_map().and_then(|map| map.get("AWS")).is_some_and(any)
    };
    let mut found = Vec::new();
    for item in subject.all() {
        for (place, statement) in statements(item) {
            let open = statement.get("Principal").is_some_and(everyone);
            if !allows(statement) || says_who(statement) {
                continue;
            }
            if statement.contains_key("NotPrincipal") {
                found.push(Violation::new(item, format!("its {place} lets everyone in but some")));
            } else if open {
                found.push(Violation::new(item, format!("its {place} lets everyone in")));
            }
        }
    }
    found
}

/// Keys of conditions that tell one caller from others.
const CALLERS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
];
/// Operators of conditions that hold for what is named alone. One that ends in `IfExists` holds for whoever says nothing.
const NAMING: &[&str] =
    &["ArnEquals", "ArnLike", "IpAddress", "StringEquals", "StringEqualsIgnoreCase", "StringLike"];

/// Whether a statement's conditions say for whom it is.
fn says_who(statement: &Map) -> bool {
    let conditions = statement.get("Condition").and_then(Value::as_map);
    conditions.into_iter().flatten().any(|(operator, keys)| {
        let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
        let keys = keys.as_map().filter(|_| NAMING.contains(&operator));
        keys.into_iter().flatten().any(|(key, value)| {
            let known = CALLERS.contains(&key.to_ascii_lowercase().as_str());
            let listed = value.as_list().unwrap_or(std::slice::from_ref(value));
            let named = listed.iter().all(|one| {
                let text = plain(one);
                let anybody = if key.eq_ignore_ascii_case("aws:PrincipalArn") && text.starts_with("arn:") {
                    is_of_any_account(&text)
                } else {
                    is_anybody(&text)
                };
                is_open(one) && text.is_empty() || !anybody
            });
            known && named && !lets_everyone_in(listed.iter().filter_map(Value::as_text))
        })
    })
}

fn permission(subject: &Subject<'_>) -> Vec<Violation> {
    let open = |item: &&Filled<'_>| {
        item.is("principal", "*")
            || item
                .get("principal")
                .and_then(Value::as_text)
                .is_some_and(|text| text.ends_with(".amazonaws.com"))
                && item.get("source_arn").is_none()
                && item.get("source_account").is_none()
    };
    let all = subject.of_type("aws:lambda:Permission");
    all.filter(open)
        .map(|item| Violation::new(item, "it does not say for whom the function may be called"))
        .collect()
}

/// The rules of security groups in one direction.
fn openings<'a>(
    subject: &'a Subject<'_>,
    direction: &'a str,
) -> impl Iterator<Item = (&'a Filled<'a>, &'a Map)> {
    subject.of_type("aws:ec2:SecurityGroup").flat_map(move |item| {
        let rules = item.get(direction).and_then(Value::as_list).unwrap_or_default();
        rules.iter().filter_map(Value::as_map).map(move |rule| (item, rule))
    })
}

fn ingress(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:ec2:SecurityGroup") {
        let rules = openings(subject, "ingress").filter(|(group, _)| group.urn() == item.urn());
        let texts: Vec<&str> = rules.flat_map(|(_, rule)| rule.values()).filter_map(Value::as_text).collect();
        if lets_everyone_in(texts.iter().copied()) {
            let ranges: Vec<&str> = texts.into_iter().filter(|text| text.contains('/')).collect();
            found.push(Violation::new(item, format!("it lets in {}", ranges.join(", "))));
        }
    }
    found
}

fn ports(subject: &Subject<'_>) -> Vec<Violation> {
    let single = |rule: &Map| {
        let port = |key: &str| rule.get(key).and_then(Value::as_int);
        port("from_port").is_some() && port("from_port") == port("to_port")
    };
    openings(subject, "ingress")
        .filter(|(_, rule)| !single(rule))
        .map(|(item, _)| Violation::new(item, "it opens more than one port"))
        .collect()
}

fn default_group(subject: &Subject<'_>) -> Vec<Violation> {
    let closed = |vpc: &Filled<'_>| {
        subject.of_type("aws:ec2:DefaultSecurityGroup").any(|group| {
            let empty = |direction: &str| {
                group.get(direction).and_then(Value::as_list).is_none_or(<[Value]>::is_empty)
            };
            group.refers_to("vpc_id") == Some(vpc.urn()) && empty("ingress") && empty("egress")
        })
    };
    let all = subject.of_type("aws:ec2:Vpc");
    all.filter(|vpc| !closed(vpc))
        .map(|vpc| Violation::new(vpc, "its default security group is left open"))
        .collect()
}

fn public_database(subject: &Subject<'_>) -> Vec<Violation> {
    let all = subject.of_type("aws:rds:DBInstance");
    all.filter(|item| !item.is("publicly_accessible", false))
        .map(|item| Violation::new(item, "it has a public address"))
        .collect()
}

fn public_bucket(subject: &Subject<'_>) -> Vec<Violation> {
    const SETTINGS: [&str; 4] =
        ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
    let all = subject.of_type("aws:s3:Bucket");
    all.filter(|item| SETTINGS.iter().any(|setting| !item.is(setting, true)))
        .map(|item| Violation::new(item, "it does not block public access"))
        .collect()
}

fn authorized(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:apigateway:RestApi") {
        let paths = item
            .get("body")
            .and_then(Value::as_map)
            .and_then(|body| body.get("paths"))
            .and_then(Value::as_map);
        for (path, methods) in paths.into_iter().flatten() {
            let open = path == "/auth" || path.starts_with("/auth/");
            for (method, operation) in methods.as_map().into_iter().flatten() {
                let secured = operation.as_map().and_then(|map| map.get("security")).is_some_and(|value| {
                    is_open(value) || value.as_list().is_some_and(|list| list.iter().any(named))
                });
                if !open && method != "options" && !secured {
                    found.push(Violation::new(item, format!("{path} ({method}) has no authorizer")));
                }
            }
        }
    }
    found
}

/// Whether a requirement names more than an API key.
fn named(requirement: &Value) -> bool {
    requirement.as_map().is_some_and(|map| map.keys().any(|key| key != "api_key"))
}
