//! What a statement of a policy allows, to whom, on what, and when.

use finsight_engine::policy::{Filled, Subject, referred};
use finsight_engine::urn::glob;
use finsight_engine::value::{Map, Value, at_path};

use crate::policy::plain::{ACCOUNT, at, behind, covers, plain, plains};

/// Who asks.
#[derive(Clone, Copy)]
pub(super) enum Who<'a> {
    /// Whoever has the role that the policy is of.
    Role,
    /// A service, such as `sns.amazonaws.com`.
    Service(&'a str),
    /// A principal of the account.
    Account,
}

/// A question to policies.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    /// Who asks.
    pub who: Who<'a>,
    /// For what, such as `s3:PutObject`.
    pub action: &'a str,
    /// On what, and what stands behind it in an ARN; nothing where only the action counts.
    pub on: Option<(&'a Filled<'a>, Vec<String>)>,
    /// On whose behalf a service asks.
    pub source: Option<&'a Filled<'a>>,
    /// Through which service, such as `rds`.
    pub via: Option<&'a str>,
}

/// A statement.
pub(super) struct Statement<'a>(pub &'a Map);

/// The statements of a document.
pub(super) fn of_document(document: Option<&Value>) -> impl Iterator<Item = Statement<'_>> {
    let listed = document.and_then(Value::as_map).and_then(|map| map.get("Statement"));
    let listed = listed.and_then(Value::as_list).unwrap_or_default();
    listed.iter().filter_map(Value::as_map).map(Statement)
}

/// Whether statements allow what is asked, and none denies it.
pub(super) fn allowed<'a>(statements: impl IntoIterator<Item = Statement<'a>>, ask: &Ask<'_>) -> bool {
    let mut may = false;
    for statement in statements {
        if statement.fits(ask) {
            match at(statement.0, "Effect").as_str() {
                "Allow" => may |= statement.holds(ask),
                // One with a condition is for special cases, which are not asked about here.
                _ if !statement.0.contains_key("Condition") => return false,
                _ => {}
            }
        }
    }
    may
}

/// Whether a statement without a condition denies what is asked.
pub(super) fn denied<'a>(statements: impl IntoIterator<Item = Statement<'a>>, ask: &Ask<'_>) -> bool {
    statements
        .into_iter()
        .any(|one| one.fits(ask) && at(one.0, "Effect") == "Deny" && !one.0.contains_key("Condition"))
}

impl Statement<'_> {
    fn fits(&self, ask: &Ask<'_>) -> bool {
        self.is_for(ask.who) && self.acts(ask.action) && self.is_on(ask)
    }

    fn is_for(&self, who: Who<'_>) -> bool {
        let principal = self.0.get("Principal");
        let of = |key: &str| match principal {
            Some(Value::Map(map)) => plains(map.get(key)),
            other => plains(other),
        };
        let everyone = || of("AWS").iter().any(|one| one == "*");
        match who {
            Who::Role => true,
            Who::Service(name) => everyone() || of("Service").iter().any(|one| one == name),
            Who::Account => {
                everyone() || of("AWS").iter().any(|one| one.contains(ACCOUNT) || one.contains("#arn}"))
            }
        }
    }

    /// Whether it is about an action, by its name or by whatever pattern.
    pub(super) fn acts(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let listed =
            |key: &str| plains(self.0.get(key)).iter().any(|one| fits(&one.to_ascii_lowercase(), &action));
        if self.0.contains_key("NotAction") { !listed("NotAction") } else { listed("Action") }
    }

    fn is_on(&self, ask: &Ask<'_>) -> bool {
        let Some((item, suffixes)) = &ask.on else { return true };
        if self.0.contains_key("NotResource") {
            return true;
        }
        let patterns = plains(self.0.get("Resource"));
        // A policy of a bucket or a topic may leave out what it is of; the others must say it.
        let whole = patterns.is_empty() && !matches!(ask.who, Who::Role);
        whole || patterns.iter().any(|one| suffixes.iter().any(|suffix| covers(one, item, suffix)))
    }

    /// Whether its conditions hold for what is asked; one that is not known here holds.
    fn holds(&self, ask: &Ask<'_>) -> bool {
        let conditions = self.0.get("Condition").and_then(Value::as_map);
        conditions.into_iter().flatten().all(|(operator, keys)| {
            let not = operator.contains("Not");
            keys.as_map().into_iter().flatten().all(|(key, value)| {
                let values = plains(Some(value));
                if not { !excludes(key, &values) } else { holds(key, &values, ask) }
            })
        })
    }
}

/// Whether a pattern of actions fits one: `*` is any text, and `?` any letter ("IAM JSON policy elements: Action").
fn fits(pattern: &str, action: &str) -> bool {
    let Some(at) = pattern.find('?') else { return glob(pattern, action) };
    action.char_indices().any(|(from, letter)| {
        let rest = from + letter.len_utf8();
        glob(&pattern[..at], &action[..from]) && fits(&pattern[at + 1..], &action[rest..])
    })
}

/// Whether a condition with `Not` is against the account itself; what else it is against is not known here.
fn excludes(key: &str, values: &[String]) -> bool {
    let of_caller = ["aws:sourceaccount", "aws:principalaccount", "kms:calleraccount"];
    of_caller.contains(&key.to_ascii_lowercase().as_str()) && values.iter().any(|one| glob(one, ACCOUNT))
}

fn holds(key: &str, values: &[String], ask: &Ask<'_>) -> bool {
    let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(value));
    match key.to_ascii_lowercase().as_str() {
        "aws:sourceaccount" | "aws:principalaccount" | "kms:calleraccount" => {
            // What is on record has the account's number, which the program does not know.
            let number = |value: &str| value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit());
            any(&|value| glob(value, ACCOUNT) || number(value))
        }
        "aws:sourcearn" => ask.source.is_none_or(|source| any(&|value| is_of(value, source))),
        "kms:viaservice" => {
            ask.via.is_some_and(|via| any(&|value| value.split('.').next() == Some(via) || value == "*"))
        }
        "kms:encryptioncontext:aws:logs:arn" => {
            ask.source.is_none_or(|source| any(&|value| !behind(value, source).is_empty()))
        }
        "s3:x-amz-acl" => any(&|value| value == "bucket-owner-full-control"),
        "aws:securetransport" => any(&|value| value == "true"),
        _ => true,
    }
}

/// Whether a pattern of ARNs stands for a resource, by its name or by its service.
fn is_of(pattern: &str, source: &Filled<'_>) -> bool {
    let service = source.urn().type_name().split(':').nth(1).unwrap_or_default();
    let of_service =
        pattern.ends_with('*') && pattern.split(':').nth(2).is_some_and(|part| glob(part, service));
    pattern == "*" || of_service || !behind(pattern, source).is_empty()
}

/// The services that may take a role, and whether they may on behalf of this account.
pub(super) fn trusted(role: &Filled<'_>, service: &str, source: &Filled<'_>) -> bool {
    let ask = Ask {
        who: Who::Service(service),
        action: "sts:AssumeRole",
        on: None,
        source: Some(source),
        via: None,
    };
    allowed(of_document(role.get("assume_role_policy_document")), &ask)
}

/// What AWS's own policies allow, by the end of their ARNs ("AWS managed policies" reference).
const MANAGED: &[(&str, &[&str])] = &[
    (
        "/AmazonAPIGatewayPushToCloudWatchLogs",
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:FilterLogEvents",
        ],
    ),
    ("/AWSLambdaBasicExecutionRole", &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
    (
        "/AWSLambdaVPCAccessExecutionRole",
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
    // It looks at everything, and puts nothing into a bucket.
    ("/AWS_ConfigRole", &["config:*"]),
    ("/AWSXRayDaemonWriteAccess", &["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
];

/// Whether a role may do what is asked. What a policy allows that is not seen counts as allowed.
pub(super) fn role_may(role: &Filled<'_>, ask: &Ask<'_>) -> bool {
    for arn in plains(role.get("managed_policy_arns")) {
        match MANAGED.iter().find(|(end, _)| arn.ends_with(end)) {
            Some((_, actions)) if actions.iter().any(|action| glob(action, ask.action)) => return true,
            Some(_) => {}
            None => return true,
        }
    }
    let inline = role.get("inline_policies").and_then(Value::as_map);
    let statements =
        inline.into_iter().flat_map(Map::values).flat_map(|document| of_document(Some(document)));
    allowed(statements, ask)
}

/// Whether the boundary of a role's permissions, where it has one that is seen, lets it do what is asked ("Permissions boundaries for
/// IAM entities").
pub(super) fn boundary_lets(subject: &Subject<'_>, role: &Filled<'_>, ask: &Ask<'_>) -> bool {
    let Some(boundary) = role.get("permissions_boundary") else { return true };
    if let Some(policy) = referred(boundary).and_then(|urn| subject.get(urn)) {
        return allowed(of_document(policy.get("policy_document")), ask);
    }
    let arn = plain(boundary);
    let known = MANAGED.iter().find(|(end, _)| arn.ends_with(end));
    known.is_none_or(|(_, actions)| actions.iter().any(|action| glob(action, ask.action)))
}

/// A value in a property, by its path.
pub(super) fn within<'a>(item: &'a Filled<'_>, path: &str) -> Option<&'a Value> {
    at_path(&item.inputs, path).filter(|value| !value.is_null())
}
