//! IAM: which rights a call needs, and whether its caller has them.
//!
//! `access/rules.json` says which actions an operation needs and on what, where that does not follow from its
//! name; `access/actions.json`, made by `access/make.py`, has the ARNs to which AWS lets an action be limited.

mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Refusal;
use crate::call::{ACCOUNT, Call, Protocol, Service};
use crate::policy::{Ask, allow, fits};

/// The right to do something to something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// `rds:CreateDBInstance`
    pub action: String,
    /// An ARN, whose last part may be `*` where it is not known before; `*` where AWS lets the action be limited
    /// to nothing.
    pub resource: String,
    /// The service that a role is passed to, of `iam:PassRole`.
    pub passed_to: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    prefixes: BTreeMap<String, String>,
    /// Of a service: the actions of an operation, where it has others than its name; each `action`, on what the
    /// operation is on, or `action@arn`.
    names: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Of a service: the member that names a resource, and its ARN with `{}` in the place of the name, or several
    /// of them.
    resources: BTreeMap<String, BTreeMap<String, Templates>>,
    also: Vec<Also>,
    /// Of a service: what AWS's reference says that its operations lead to, and why nothing here does.
    #[allow(dead_code, reason = "for whoever reads the file, and for make.py")]
    without: BTreeMap<String, BTreeMap<String, String>>,
    /// Of a service: whom it passes roles to.
    passes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Templates {
    One(String),
    Several(Vec<String>),
}

impl Templates {
    fn all(&self) -> &[String] {
        match self {
            Self::One(template) => std::slice::from_ref(template),
            Self::Several(templates) => templates,
        }
    }
}

/// Rights that an operation needs besides its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Also {
    service: String,
    operations: Vec<String>,
    /// Only where these members are given.
    #[serde(default)]
    with: Vec<String>,
    /// `action`, on what the operation is on, or `action@arn`.
    rights: Vec<String>,
    #[allow(dead_code, reason = "for whoever reads the file")]
    source: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Actions {
    /// Of a service: the operations that its handlers call.
    operations: BTreeMap<String, Vec<String>>,
    /// Of an action: the ARNs to which AWS lets it be limited.
    actions: BTreeMap<String, Vec<String>>,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        serde_json::from_str(include_str!("../../access/rules.json"))
            .expect("it is built in, and a test reads it")
    })
}

fn published() -> &'static Actions {
    static ACTIONS: OnceLock<Actions> = OnceLock::new();
    ACTIONS.get_or_init(|| {
        serde_json::from_str(include_str!("../../access/actions.json"))
            .expect("it is built in, and a test reads it")
    })
}

/// The ARNs to which an action may be limited; `None` where AWS knows no such action.
fn patterns(action: &str) -> Option<&'static [String]> {
    published().actions.get(action).map(Vec::as_slice)
}

/// What the handlers of the services that were called may need besides what was needed: changes that did not occur.
/// Each action on what of its service was seen and may be its object.
#[must_use]
pub fn all_of_the_handlers(seen: &BTreeSet<Right>) -> BTreeSet<Right> {
    let mut found = BTreeSet::new();
    for (service, operations) in &published().operations {
        let prefix = rules().prefixes.get(service).unwrap_or(service);
        // Service-linked roles are AWS's own.
        let is_object = |arn: &str| arn != "*" && !arn.contains(":role/aws-service-role/");
        let own =
            |right: &&Right| right.action.split(':').next() == Some(prefix) && is_object(&right.resource);
        let resources: BTreeSet<&String> = seen.iter().filter(own).map(|right| &right.resource).collect();
        if resources.is_empty() {
            continue;
        }
        let is_gateway = service == Service::ApiGateway.name();
        let actions: BTreeSet<String> = if is_gateway {
            ["POST", "PUT", "PATCH", "DELETE"].iter().map(|verb| format!("apigateway:{verb}")).collect()
        } else {
            let named = operations.iter().flat_map(|operation| named(service, operation));
            named.map(|action| action.split('@').next().unwrap_or_default().to_owned()).collect()
        };
        for action in actions.iter().filter(|action| !seen.iter().any(|right| right.action == **action)) {
            let Some(patterns) = patterns(action) else { continue };
            let may_be = |arn: &str| is_gateway || patterns.iter().any(|pattern| fits(pattern, arn));
            // Where AWS limits it to a kind of which the stack has nothing, nothing of the stack needs it.
            let objects = resources.iter().filter(|arn| may_be(arn)).map(|arn| (*arn).clone());
            found.extend(objects.map(|arn| Right::new(action, arn)));
            if patterns.is_empty() {
                found.insert(Right::new(action, "*".to_owned()));
            }
        }
    }
    found
}

/// The rights that a call needs, by what it gives.
pub(crate) fn rights(call: &Call, input: &Value) -> Vec<Right> {
    let (rules, service) = (rules(), call.service.name());
    let mut found = Vec::new();
    for named in actions(call) {
        let (action, template) = match named.split_once('@') {
            Some((action, template)) => (action, targets::filled(call, input, template)),
            None => (named.as_str(), None),
        };
        let resources = template.map_or_else(|| targets::of(call, input, action), |arn| vec![arn]);
        found.extend(resources.into_iter().map(|resource| Right::new(action, resource)));
    }
    let applies = |also: &&Also| {
        also.service == service
            && also.operations.contains(&call.operation)
            && also.with.iter().all(|member| targets::is_given(input, member))
    };
    for right in rules.also.iter().filter(applies).flat_map(|also| &also.rights) {
        match right.split_once('@') {
            Some((action, template)) => {
                found.extend(targets::filled(call, input, template).map(|it| Right::new(action, it)));
            }
            None => {
                found.extend(targets::of(call, input, right).into_iter().map(|it| Right::new(right, it)));
            }
        }
    }
    if let Some(passed_to) = rules.passes.get(service) {
        found.extend(targets::passed(call, input).into_iter().map(|resource| Right {
            passed_to: Some(passed_to.clone()),
            ..Right::new("iam:PassRole", resource)
        }));
    }
    found
}

impl Right {
    fn new(action: &str, resource: String) -> Right {
        Right { action: action.to_owned(), resource, passed_to: None }
    }
}

/// The actions of an operation itself.
fn actions(call: &Call) -> Vec<String> {
    if call.service == Service::ApiGateway {
        return vec![format!("apigateway:{}", call.method)];
    }
    named(call.service.name(), &call.operation)
}

fn named(service: &str, operation: &str) -> Vec<String> {
    let rules = rules();
    let named = rules.names.get(service).and_then(|names| names.get(operation));
    named.cloned().unwrap_or_else(|| {
        let prefix = rules.prefixes.get(service).map_or(service, String::as_str);
        vec![format!("{prefix}:{operation}")]
    })
}

/// What AWS answers to a caller who has only what these policies allow.
pub(crate) fn refusal(call: &Call, rights: &[Right], policies: &[String]) -> Option<Refusal> {
    let lacks = |right: &&Right| {
        let mut context = vec![("aws:requestedregion", call.signed_region.as_str())];
        context.extend(right.passed_to.as_deref().map(|service| ("iam:passedtoservice", service)));
        let ask = Ask { who: None, action: &right.action, resource: &right.resource, context: &context };
        !allow(policies, &ask)
    };
    let Right { action, resource, .. } = rights.iter().find(lacks)?;
    let who = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session");
    let text = format!(
        "User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
    );
    Some(match (call.service, call.service.protocol()) {
        (Service::Ec2, _) => Refusal::new(
            403,
            "UnauthorizedOperation",
            format!("You are not authorized to perform this operation. {text}"),
        ),
        (Service::Sns, _) => Refusal::new(403, "AuthorizationError", text),
        (_, Protocol::Query | Protocol::RestXml) => Refusal::new(403, "AccessDenied", text),
        (Service::CloudWatch, _) => Refusal::new(403, "AccessDenied", text),
        (Service::ApiGateway | Service::Lambda, _) => Refusal::new(403, "AccessDeniedException", text),
        _ => Refusal::bad("AccessDeniedException", text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_a_service_and_actions_that_aws_knows() {
        let rules = rules();
        let services: Vec<&str> = Service::ALL.iter().map(|service| service.name()).collect();
        for service in rules.names.keys().chain(rules.resources.keys()).chain(rules.passes.keys()) {
            assert!(services.contains(&service.as_str()), "no service {service}");
        }
        let named = rules.names.values().flat_map(BTreeMap::values).flatten();
        for action in named.chain(rules.also.iter().flat_map(|also| &also.rights)) {
            let action = action.split('@').next().unwrap_or_default();
            assert!(patterns(action).is_some(), "AWS knows no {action}; run access/make.py");
        }
    }
}
