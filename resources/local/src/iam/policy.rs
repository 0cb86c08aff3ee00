//! Customer policies, and enough of AWS's own to attach them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{Purpose, check};
use super::{Account, done, empty, extend, named, no_such, paged, path_of, render_tags, tags_of, unique};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::wire::query::{Params, encode};
use crate::world::{Context, Tags};

/// The beginning of the ARNs of AWS's own policies.
const AWS_OWN: &str = "arn:aws:iam::aws:policy/";

/// A customer policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub arn: String,
    name: String,
    path: String,
    id: String,
    description: Option<String>,
    tags: Tags,
    created_at: i64,
    pub updated_at: i64,
    pub versions: Vec<Version>,
    /// The id of the version in force.
    pub default: String,
    /// The number of the newest version ever.
    pub newest: u32,
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub id: String,
    pub document: String,
    pub created_at: i64,
}

impl Version {
    pub(crate) fn render(&self, default: &str, with_document: bool) -> Value {
        json!({
            "VersionId": self.id,
            "IsDefaultVersion": self.id == default,
            "CreateDate": iso(self.created_at),
            "Document": with_document.then(|| encode(&self.document)),
        })
    }
}

impl Policy {
    /// The document of the version in force.
    pub(crate) fn in_force(&self) -> Option<&str> {
        self.versions
            .iter()
            .find(|version| version.id == self.default)
            .map(|version| version.document.as_str())
    }

    /// As `ListPolicies` has it: without description and tags.
    fn render_listed(&self, attachments: usize) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": self.default,
            "AttachmentCount": attachments,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": iso(self.created_at),
            "UpdateDate": iso(self.updated_at),
        })
    }

    fn render(&self, attachments: usize) -> Value {
        let mut policy = self.render_listed(attachments);
        policy["Description"] = json!(self.description);
        policy["Tags"] = if self.tags.is_empty() { Value::Null } else { render_tags(&self.tags) };
        policy
    }

    /// As `GetAccountAuthorizationDetails` has it: with all versions, without tags.
    pub(crate) fn render_detail(&self, attachments: usize) -> Value {
        let mut policy = self.render_listed(attachments);
        let versions: Vec<Value> = self.versions.iter().map(|v| v.render(&self.default, true)).collect();
        policy["PolicyVersionList"] = Value::from(versions);
        policy["Description"] = json!(self.description);
        policy
    }

    /// A policy of AWS's own. Its document is a stand-in: the local cloud evaluates none.
    fn of_aws(arn: &str) -> Option<Policy> {
        let rest = arn.strip_prefix(AWS_OWN)?;
        let (path, name) = match rest.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), rest),
        };
        named(name, 128).ok()?;
        if name.is_empty() {
            return None;
        }
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:None","Resource":"*"}]}"#;
        Some(Policy {
            arn: arn.to_owned(),
            name: name.to_owned(),
            path,
            id: "ANPAAWSAWSAWSAWSAWSAW".to_owned(),
            description: None,
            tags: Tags::new(),
            created_at: 0,
            updated_at: 0,
            versions: vec![Version { id: "v1".to_owned(), document: document.to_owned(), created_at: 0 }],
            default: "v1".to_owned(),
            newest: 1,
        })
    }
}

/// What is known of a policy of AWS's own: those that give functions and administrators what services ask for.
pub(super) fn of_aws(arn: &str) -> Option<&'static str> {
    const NETWORK: &str = r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"]}]}"#;
    const ALL: &str = r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":"*"}]}"#;
    match arn.strip_prefix(AWS_OWN)? {
        "service-role/AWSLambdaVPCAccessExecutionRole" | "service-role/AWSLambdaENIManagementAccess" => {
            Some(NETWORK)
        }
        "AdministratorAccess" => Some(ALL),
        _ => None,
    }
}

/// The document of a call, checked.
pub(super) fn document(account: &Account, params: &Params) -> Result<String, Refusal> {
    let text = params.required("PolicyDocument")?;
    check(account, &text, Purpose::Identity)?;
    Ok(text)
}

fn missing(arn: &str) -> Refusal {
    no_such(format!("Policy {arn} does not exist or is not attachable."))
}

/// Whether a policy can be attached.
pub(super) fn exists(account: &Account, arn: &str) -> bool {
    account.policies.contains_key(arn) || Policy::of_aws(arn).is_some()
}

/// A policy to look at: a customer's or AWS's.
pub(super) fn seen(account: &Account, params: &Params) -> Result<Policy, Refusal> {
    let arn = params.required("PolicyArn")?;
    account.policies.get(&arn).cloned().or_else(|| Policy::of_aws(&arn)).ok_or_else(|| missing(&arn))
}

/// A customer policy to change.
pub(super) fn owned<'a>(account: &'a mut Account, params: &Params) -> Result<&'a mut Policy, Refusal> {
    let arn = params.required("PolicyArn")?;
    account.policies.get_mut(&arn).ok_or_else(|| missing(&arn))
}

fn attachments(account: &Account, arn: &str) -> usize {
    account.roles.values().filter(|r| r.attached.contains(arn)).count()
}

/// All customer policies in full, with how often each is attached.
pub(super) fn details(account: &Account) -> Vec<Value> {
    account.policies.values().map(|p| p.render_detail(attachments(account, &p.arn))).collect()
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("PolicyName")?;
    named(&name, 128)?;
    let path = path_of(params)?;
    let now = cx.now();
    let account = &mut cx.world.iam;
    let document = document(account, params)?;
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy{path}{name}");
    if account.policies.values().any(|p| p.name.eq_ignore_ascii_case(&name)) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let mut tags = Tags::new();
    extend(&mut tags, tags_of(params)?)?;
    let policy = Policy {
        arn: arn.clone(),
        name,
        path,
        id: unique("ANPA"),
        description: params.filled("Description"),
        tags,
        created_at: now,
        updated_at: now,
        versions: vec![Version { id: "v1".to_owned(), document, created_at: now }],
        default: "v1".to_owned(),
        newest: 1,
    };
    let body = json!({"Policy": policy.render(0)});
    account.policies.insert(arn, policy);
    Ok(done(cx, &body))
}

pub(crate) fn get(cx: &mut Context<'_>, params: &Params) -> Answered {
    let policy = seen(&cx.world.iam, params)?;
    let body = json!({"Policy": policy.render(attachments(&cx.world.iam, &policy.arn))});
    Ok(done(cx, &body))
}

/// Lists customer policies; of AWS's own, those that are attached.
pub(crate) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let account = &cx.world.iam;
    let scope = params.filled("Scope").unwrap_or_else(|| "All".to_owned());
    let only_attached = params.flag("OnlyAttached").unwrap_or(false);
    let prefix = params.filled("PathPrefix").unwrap_or_else(|| "/".to_owned());
    let mut policies: Vec<Policy> = Vec::new();
    if scope != "AWS" {
        policies.extend(account.policies.values().cloned());
    }
    if scope != "Local" {
        let mut arns: Vec<&String> = account.roles.values().flat_map(|r| &r.attached).collect();
        arns.sort();
        arns.dedup();
        policies.extend(arns.into_iter().filter_map(|arn| Policy::of_aws(arn)));
    }
    let items = policies
        .iter()
        .map(|p| (p, attachments(account, &p.arn)))
        .filter(|(p, n)| p.path.starts_with(&prefix) && (!only_attached || *n > 0))
        .map(|(p, n)| p.render_listed(n))
        .collect();
    let body = paged(params, "Policies", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let policy = owned(&mut cx.world.iam, params)?.clone();
    let account = &mut cx.world.iam;
    let conflict = |message: &str| Err(Refusal::new(409, "DeleteConflict", message));
    let bounds = account.roles.values().any(|r| r.boundary.as_deref() == Some(&policy.arn));
    if attachments(account, &policy.arn) > 0 || bounds {
        return conflict("Cannot delete a policy attached to entities.");
    }
    if policy.versions.len() > 1 {
        return conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
    }
    account.policies.remove(&policy.arn);
    Ok(empty(cx))
}

pub(crate) fn tag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let new = tags_of(params)?;
    extend(&mut owned(&mut cx.world.iam, params)?.tags, new)?;
    Ok(empty(cx))
}

pub(crate) fn untag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let keys = params.texts("TagKeys");
    owned(&mut cx.world.iam, params)?.tags.retain(|key, _| !keys.contains(key));
    Ok(empty(cx))
}

pub(crate) fn tags(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = seen(&cx.world.iam, params)?.tags;
    let items = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let body = paged(params, "Tags", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn entities(cx: &mut Context<'_>, params: &Params) -> Answered {
    let policy = seen(&cx.world.iam, params)?;
    let attached = cx.world.iam.roles.values().filter(|r| r.attached.contains(&policy.arn));
    let roles: Vec<Value> = attached.map(|r| json!({"RoleName": r.name})).collect();
    let mut body = paged(params, "PolicyRoles", roles)?;
    body["PolicyUsers"] = json!([]);
    body["PolicyGroups"] = json!([]);
    Ok(done(cx, &body))
}
