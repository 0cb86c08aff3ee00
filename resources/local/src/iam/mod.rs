//! IAM: roles and customer policies are answered here. Users, groups and instance profiles are
//! those of the service beneath, which is told of every role and policy.

mod authorization;
mod document;
mod grammar;
mod linked;
mod policy;
mod policy_version;
mod role;
mod role_policy;
mod simulate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::policy::{Ask, allows};
use crate::quota::{Tally, weight};
use crate::status::Status;
use crate::wire::query::Params;
use crate::world::{Context, Counted, Tags, letters};

pub(crate) use document::unknown_principal;
pub(crate) use linked::{LINKED_ROLE_KNOWN, LinkedRole};

/// The roles and policies of the account.
/// Why a text is no policy of an identity, in IAM's words.
pub(crate) fn is_policy(text: &str) -> Result<(), String> {
    document::check(&Account::default(), text, document::Purpose::Identity).map_err(|refusal| refusal.message)
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    roles: BTreeMap<String, role::Role>,
    /// From when on their services can assume the roles that AWS has made for them, by name.
    linked: BTreeMap<String, i64>,
    /// By ARN.
    policies: BTreeMap<String, policy::Policy>,
    /// When roles were deleted, by ARN: what a service was to do in their name later is not done.
    left: BTreeMap<String, i64>,
}

impl Counted for Account {
    fn count(&self, _now: i64, status: &mut Status) {
        let own = self.roles.values().filter(|role| !linked::is_linked(&role.path));
        status.add("aws:iam:Role", own.count());
        status.add("aws:iam:Policy", self.policies.len());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (arn, policy) in &self.policies {
            let largest = policy.versions.iter().map(|version| weight(&version.document)).max();
            tally.add("@aws:iam:ManagedPolicy.policy_document", arn, largest.unwrap_or_default());
        }
        for role in self.roles.values() {
            let all = role.inline.values().map(|document| weight(document)).sum();
            tally.add("@aws:iam:Role.inline_policies.*", &role.name, all);
        }
    }
}

impl Account {
    /// Whether a role's own policies allow an action: those of this account, inline or attached.
    pub(crate) fn grants(&self, role: &str, action: &str, resource: &str) -> bool {
        self.may(role, action, resource, &[])
    }

    /// The same where the call says more of itself: values of condition keys, in lower case.
    pub(crate) fn may(&self, role: &str, action: &str, resource: &str, more: &[(&str, &str)]) -> bool {
        let Some(mut documents) = self.documents(role) else { return false };
        let context: Vec<(&str, &str)> =
            [("aws:securetransport", "true")].iter().chain(more).copied().collect();
        let ask = Ask { who: None, action, resource, context: &context };
        documents.any(|document| allows(document, &ask))
    }

    /// The policies of a role that stands, inline and attached.
    fn documents(&self, role: &str) -> Option<impl Iterator<Item = &str>> {
        let role = self.roles.values().find(|r| r.arn() == role)?;
        let attached = role.attached.iter().filter_map(|arn| match self.policies.get(arn) {
            Some(policy) => policy.in_force(),
            None => policy::of_aws(arn),
        });
        Some(role.inline.values().map(String::as_str).chain(attached))
    }

    /// Whether a role that is gone stood until a moment.
    pub(crate) fn left_after(&self, role: &str, moment: i64) -> bool {
        self.left.get(role).is_some_and(|left| *left >= moment)
    }

    /// The unique id of the role that stands behind an ARN.
    pub(crate) fn role_id(&self, arn: &str) -> Option<&str> {
        self.roles.values().find(|role| role.arn() == arn).map(|role| role.id.as_str())
    }

    /// The ARN of a role, for services that are given one.
    pub(crate) fn has_role(&self, arn: &str) -> bool {
        self.roles.values().any(|r| r.arn() == arn)
    }

    /// Whether a role lets a service assume it.
    pub(crate) fn trusts(&self, arn: &str, service: &str) -> bool {
        self.roles.values().find(|r| r.arn() == arn).is_some_and(|r| document::trusts(&r.trust, service))
    }

    /// Whether a role lets a service assume it that says this of itself.
    pub(crate) fn lets_assume(&self, arn: &str, service: &str, context: &[(&str, &str)]) -> bool {
        let role = self.roles.values().find(|r| r.arn() == arn);
        role.is_some_and(|role| crate::policy::lets_assume(&role.trust, service, context))
    }
}

type Operation = fn(&mut Context<'_>, &Params) -> Answered;

fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "GetAccountAuthorizationDetails" => authorization::details,
        "SimulatePrincipalPolicy" => simulate::principal,
        "CreateRole" => role::create,
        "CreateServiceLinkedRole" => linked::create,
        "GetRole" => role::get,
        "ListRoles" => role::list,
        "UpdateRole" => role::update,
        "UpdateRoleDescription" => role::update_description,
        "UpdateAssumeRolePolicy" => role::update_trust,
        "PutRolePermissionsBoundary" => role::put_boundary,
        "DeleteRolePermissionsBoundary" => role::delete_boundary,
        "TagRole" => role::tag,
        "UntagRole" => role::untag,
        "ListRoleTags" => role::tags,
        "DeleteRole" => role::delete,
        "PutRolePolicy" => role_policy::put,
        "GetRolePolicy" => role_policy::get,
        "ListRolePolicies" => role_policy::list,
        "DeleteRolePolicy" => role_policy::delete,
        "AttachRolePolicy" => role_policy::attach,
        "ListAttachedRolePolicies" => role_policy::attached,
        "DetachRolePolicy" => role_policy::detach,
        "CreatePolicy" => policy::create,
        "GetPolicy" => policy::get,
        "ListPolicies" => policy::list,
        "DeletePolicy" => policy::delete,
        "TagPolicy" => policy::tag,
        "UntagPolicy" => policy::untag,
        "ListPolicyTags" => policy::tags,
        "ListEntitiesForPolicy" => policy::entities,
        "CreatePolicyVersion" => policy_version::create,
        "GetPolicyVersion" => policy_version::get,
        "ListPolicyVersions" => policy_version::list,
        "SetDefaultPolicyVersion" => policy_version::set_default,
        "DeletePolicyVersion" => policy_version::delete,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let Some(operation) = operation(&cx.call.operation) else { return Ok(Outcome::Beneath) };
    let answer = operation(cx, &cx.call.params())?;
    Ok(if cx.call.mutating() { Outcome::Mirrored(answer) } else { Outcome::Done(answer) })
}

/// An answer with this result.
fn done(cx: &Context<'_>, body: &Value) -> MockResponse {
    answer::query(&cx.call.operation, "https://iam.amazonaws.com/doc/2010-05-08/", body, &|_| "member")
}

/// An answer that says nothing but that it worked.
fn empty(cx: &Context<'_>) -> MockResponse {
    done(cx, &json!({}))
}

fn no_such(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

/// A unique id with IAM's prefix.
fn unique(prefix: &str) -> String {
    format!("{prefix}{}", letters(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
}

/// As many of a list come where nobody says how many.
const PAGE: usize = 100;

/// A page of a list by `MaxItems` and `Marker`, as members of the answer.
fn paged(params: &Params, set: &str, items: Vec<Value>) -> Result<Value, Refusal> {
    let most: usize = params.number("MaxItems")?.unwrap_or(PAGE);
    let start: usize = params.number("Marker")?.unwrap_or(0);
    let end = start.saturating_add(most).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(json!({set: page, "IsTruncated": more, "Marker": more.then(|| end.to_string())}))
}

/// The tags of a call.
fn tags_of(params: &Params) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in params.list("Tags") {
        let key = tag.required("Key")?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad("InvalidInput", "Tag keys may not begin with aws:"));
        }
        if tags.insert(key, tag.text("Value").unwrap_or_default()).is_some() {
            return Err(Refusal::bad("InvalidInput", "Duplicate tag keys found."));
        }
    }
    Ok(tags)
}

fn extend(tags: &mut Tags, new: Tags) -> Result<(), Refusal> {
    let mut merged = tags.clone();
    merged.extend(new);
    if merged.len() > 50 {
        return Err(Refusal::new(409, "LimitExceeded", "The number of tags has reached the maximum limit."));
    }
    *tags = merged;
    Ok(())
}

fn render_tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Refuses a name that IAM does not take.
fn named(name: &str, longest: usize) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.len() <= longest && name.chars().all(fits) {
        return Ok(());
    }
    let message = format!(
        "The specified value '{name}' is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-, and at most {longest} of them"
    );
    Err(Refusal::bad("ValidationError", message))
}

/// The path of a call.
fn path_of(params: &Params) -> Result<String, Refusal> {
    let path = params.filled("Path").unwrap_or_else(|| "/".to_owned());
    if path.starts_with('/') && path.ends_with('/') {
        return Ok(path);
    }
    Err(Refusal::bad(
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}
