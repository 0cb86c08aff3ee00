//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{Purpose, check};
use super::linked::modifiable;
use super::{Account, done, empty, extend, named, no_such, paged, path_of, render_tags, tags_of, unique};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::quota::weight;
use crate::wire::query::{Params, encode};
use crate::world::{Context, Tags, World};

/// The most characters of a trust policy.
const TRUST_LIMIT: usize = 2048;

/// A role with its policies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub name: String,
    pub path: String,
    pub id: String,
    pub trust: String,
    description: Option<String>,
    max_session: u32,
    pub boundary: Option<String>,
    tags: Tags,
    created_at: i64,
    /// Inline policies by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
}

impl Role {
    /// One that AWS makes for a service.
    pub(super) fn linked(name: &str, path: String, trust: String, policy: String, created_at: i64) -> Role {
        Role {
            name: name.to_owned(),
            path,
            id: unique("AROA"),
            trust,
            description: None,
            max_session: 3600,
            boundary: None,
            tags: Tags::new(),
            created_at,
            inline: BTreeMap::new(),
            attached: BTreeSet::from([policy]),
        }
    }

    pub(super) fn describe(&mut self, description: Option<String>) {
        self.description = description;
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role{}{}", self.path, self.name)
    }

    fn render_boundary(&self) -> Option<Value> {
        let boundary = self.boundary.as_ref()?;
        Some(
            json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": boundary}),
        )
    }

    /// As `GetRole` has it.
    pub(super) fn render(&self) -> Value {
        let mut role = self.render_listed();
        role["Tags"] = if self.tags.is_empty() { Value::Null } else { render_tags(&self.tags) };
        role["PermissionsBoundary"] = self.render_boundary().unwrap_or_default();
        role["RoleLastUsed"] = json!({});
        role
    }

    /// As `ListRoles` has it: without tags and boundary.
    fn render_listed(&self) -> Value {
        json!({
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(),
            "Path": self.path,
            "CreateDate": iso(self.created_at),
            "AssumeRolePolicyDocument": encode(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.max_session,
        })
    }

    /// As `GetAccountAuthorizationDetails` has it: without description and session length.
    pub(crate) fn render_detail(&self) -> Value {
        let inline: Vec<Value> = self
            .inline
            .iter()
            .map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": encode(document)}))
            .collect();
        json!({
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(),
            "Path": self.path,
            "CreateDate": iso(self.created_at),
            "AssumeRolePolicyDocument": encode(&self.trust),
            "InstanceProfileList": [],
            "RolePolicyList": inline,
            "AttachedManagedPolicies": self.render_attached(),
            "PermissionsBoundary": self.render_boundary(),
            "Tags": render_tags(&self.tags),
            "RoleLastUsed": {},
        })
    }

    pub(crate) fn render_attached(&self) -> Vec<Value> {
        let name = |arn: &String| arn.rsplit('/').next().unwrap_or_default().to_owned();
        self.attached.iter().map(|arn| json!({"PolicyName": name(arn), "PolicyArn": arn})).collect()
    }
}

pub(super) fn find<'a>(account: &'a mut Account, params: &Params) -> Result<&'a mut Role, Refusal> {
    let name = params.required("RoleName")?;
    let missing = no_such(format!("The role with name {name} cannot be found."));
    account.roles.get_mut(&name).ok_or(missing)
}

/// The role of a call that changes what only AWS may change of a linked one.
pub(super) fn find_own<'a>(account: &'a mut Account, params: &Params) -> Result<&'a mut Role, Refusal> {
    let role = find(account, params)?;
    modifiable(role)?;
    Ok(role)
}

fn session(params: &Params) -> Result<Option<u32>, Refusal> {
    let seconds: Option<u32> = params.number("MaxSessionDuration")?;
    match seconds {
        Some(n) if !(3600..=43200).contains(&n) => {
            let message = format!(
                "1 validation error detected: Value '{n}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200"
            );
            Err(Refusal::bad("ValidationError", message))
        }
        other => Ok(other),
    }
}

fn trust(account: &Account, params: &Params, member: &str) -> Result<String, Refusal> {
    let text = params.required(member)?;
    check(account, &text, Purpose::Trust)?;
    if weight(&text) > TRUST_LIMIT {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}");
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    Ok(text)
}

/// The policy of a boundary, which must stand; the words were met (openshift/rosa).
fn boundary(account: &Account, arn: String) -> Result<String, Refusal> {
    if super::policy::exists(account, &arn) {
        return Ok(arn);
    }
    Err(no_such(format!("Scope ARN: {arn} does not exist or is not attachable.")))
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("RoleName")?;
    named(&name, 64)?;
    let now = cx.now();
    let account = &mut cx.world.iam;
    let same = |other: &String| other.eq_ignore_ascii_case(&name);
    if account.roles.keys().any(same) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let mut tags = Tags::new();
    extend(&mut tags, tags_of(params)?)?;
    let role = Role {
        path: path_of(params)?,
        id: unique("AROA"),
        trust: trust(account, params, "AssumeRolePolicyDocument")?,
        description: params.filled("Description"),
        max_session: session(params)?.unwrap_or(3600),
        boundary: params.filled("PermissionsBoundary").map(|arn| boundary(account, arn)).transpose()?,
        tags,
        created_at: now,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        name,
    };
    let body = json!({"Role": role.render()});
    account.left.remove(&role.arn());
    account.roles.insert(role.name.clone(), role);
    Ok(done(cx, &body))
}

pub(crate) fn get(cx: &mut Context<'_>, params: &Params) -> Answered {
    let body = json!({"Role": find(&mut cx.world.iam, params)?.render()});
    Ok(done(cx, &body))
}

pub(crate) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let prefix = params.filled("PathPrefix").unwrap_or_else(|| "/".to_owned());
    let roles = cx.world.iam.roles.values().filter(|r| r.path.starts_with(&prefix)).map(Role::render_listed);
    let body = paged(params, "Roles", roles.collect())?;
    Ok(done(cx, &body))
}

/// A member that is left out is left as it is.
pub(crate) fn update(cx: &mut Context<'_>, params: &Params) -> Answered {
    let seconds = session(params)?;
    let role = find(&mut cx.world.iam, params)?;
    role.max_session = seconds.unwrap_or(role.max_session);
    if let Some(text) = params.text("Description") {
        role.description = Some(text).filter(|t| !t.is_empty());
    }
    Ok(empty(cx))
}

pub(crate) fn update_description(cx: &mut Context<'_>, params: &Params) -> Answered {
    let role = find(&mut cx.world.iam, params)?;
    role.description = params.filled("Description");
    let body = json!({"Role": role.render()});
    Ok(done(cx, &body))
}

pub(crate) fn update_trust(cx: &mut Context<'_>, params: &Params) -> Answered {
    find_own(&mut cx.world.iam, params)?;
    let document = trust(&cx.world.iam, params, "PolicyDocument")?;
    find(&mut cx.world.iam, params)?.trust = document;
    Ok(empty(cx))
}

pub(crate) fn put_boundary(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("PermissionsBoundary")?;
    find_own(&mut cx.world.iam, params)?;
    let boundary = boundary(&cx.world.iam, arn)?;
    find_own(&mut cx.world.iam, params)?.boundary = Some(boundary);
    Ok(empty(cx))
}

pub(crate) fn delete_boundary(cx: &mut Context<'_>, params: &Params) -> Answered {
    let role = find_own(&mut cx.world.iam, params)?;
    let missing = || no_such(format!("Role {} has no permissions boundary.", role.name));
    role.boundary.take().ok_or_else(missing)?;
    Ok(empty(cx))
}

pub(crate) fn tag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let new = tags_of(params)?;
    extend(&mut find(&mut cx.world.iam, params)?.tags, new)?;
    Ok(empty(cx))
}

pub(crate) fn untag(cx: &mut Context<'_>, params: &Params) -> Answered {
    let keys = params.texts("TagKeys");
    find(&mut cx.world.iam, params)?.tags.retain(|key, _| !keys.contains(key));
    Ok(empty(cx))
}

pub(crate) fn tags(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = find(&mut cx.world.iam, params)?.tags.clone();
    let items = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let body = paged(params, "Tags", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let role = find_own(&mut cx.world.iam, params)?;
    let conflict = |message: &str| Err(Refusal::new(409, "DeleteConflict", message));
    if !role.attached.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !role.inline.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    let (name, arn, id, now) = (role.name.clone(), role.arn(), role.id.clone(), cx.now());
    cx.world.iam.roles.remove(&name);
    orphan(cx.world, &arn, &id);
    cx.world.iam.left.insert(arn, now);
    Ok(empty(cx))
}

/// Policies keep who is named in them by id: of a role that is gone they show that, and another one under its
/// name is not meant by them (IAM User Guide, "AWS JSON policy elements: Principal").
fn orphan(world: &mut World, arn: &str, id: &str) {
    let (arn, id) = (format!("\"{arn}\""), format!("\"{id}\""));
    let keys = world.kms.values_mut().flat_map(|keys| keys.policies_mut());
    let topics = world.sns.values_mut().flat_map(|topics| topics.policies_mut());
    let secrets = world.secretsmanager.values_mut().flat_map(|secrets| secrets.policies_mut());
    let buckets = world.s3.values_mut().flat_map(|buckets| buckets.policies_mut());
    let trusts = world.iam.roles.values_mut().map(|role| &mut role.trust);
    for policy in keys.chain(topics).chain(secrets).chain(buckets).chain(trusts) {
        if policy.contains(&arn) {
            *policy = policy.replace(&arn, &id);
        }
    }
}
