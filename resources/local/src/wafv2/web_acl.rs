//! Web ACLs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::rules::{check_action, check_visibility, read_rules};
use super::{Entity, associated, duplicate, invalid, listed, nonexistent, scope, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, uuid};

/// The most that a web ACL may cost.
const MOST_UNITS: i64 = 5_000;
/// What is kept as it is said.
const MEMBERS: [&str; 8] = [
    "DefaultAction",
    "VisibilityConfig",
    "CustomResponseBodies",
    "AssociationConfig",
    "CaptchaConfig",
    "ChallengeConfig",
    "TokenDomains",
    "DataProtectionConfig",
];

/// A web ACL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WebAcl {
    pub entity: Entity,
    pub rules: Vec<Value>,
    pub capacity: i64,
    /// The other members of a call.
    rest: Map<String, Value>,
}

impl WebAcl {
    /// How many bodies of answers of its own it has.
    pub fn bodies(&self) -> usize {
        self.rest.get("CustomResponseBodies").and_then(Value::as_object).map_or(0, Map::len)
    }

    pub fn render(&self) -> Value {
        let entity = &self.entity;
        let mut out = Value::Object(self.rest.clone());
        out["Name"] = json!(entity.name);
        out["Id"] = json!(entity.id);
        out["ARN"] = json!(entity.arn);
        out["Description"] = json!(entity.description);
        out["Rules"] = json!(self.rules);
        out["Capacity"] = json!(self.capacity);
        out["ManagedByFirewallManager"] = json!(false);
        out["LabelNamespace"] = json!(format!("awswaf:{ACCOUNT}:webacl:{}:", entity.name));
        out
    }

    /// Reads what a create or an update says of it.
    fn read(cx: &mut Context<'_>, body: &Value, entity: Entity) -> Result<WebAcl, Refusal> {
        let action = body.get("DefaultAction").unwrap_or(&Value::Null);
        check_action(action, &["Allow", "Block"], body)?;
        check_visibility(body)?;
        if body.get("CustomResponseBodies").and_then(Value::as_object).is_some_and(Map::is_empty) {
            return Err(invalid("A map of bodies is not empty.", "CUSTOM_RESPONSE_BODY", ""));
        }
        let (rules, capacity) = read_rules(cx, body)?;
        if capacity > MOST_UNITS {
            let message =
                format!("The web ACL needs {capacity} capacity units, and {MOST_UNITS} are the most.");
            return Err(Refusal::bad("WAFLimitsExceededException", message));
        }
        let said = |name: &&str| body.get(*name).is_some_and(|value| !value.is_null());
        let rest =
            MEMBERS.into_iter().filter(said).map(|name| (name.to_owned(), body[name].clone())).collect();
        Ok(WebAcl { entity, rules, capacity, rest })
    }

    /// Whether a rule names this IP set.
    pub fn names(&self, ip_set: &str) -> bool {
        self.rules.iter().any(|rule| contains(rule, ip_set))
    }
}

/// Whether a text is the value of a member `ARN` anywhere.
fn contains(value: &Value, arn: &str) -> bool {
    match value {
        Value::Object(map) => {
            map.iter().any(|(key, item)| (key == "ARN" && item.as_str() == Some(arn)) || contains(item, arn))
        }
        Value::Array(items) => items.iter().any(|item| contains(item, arn)),
        _ => false,
    }
}

/// The web ACL that a call names, by ARN or by name, id and scope.
fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut WebAcl, Refusal> {
    let arn = text(body, "ARN");
    let mut acls = cx.waf().acls.values_mut();
    let found = acls.find(|acl| match &arn {
        Some(arn) => acl.entity.arn == *arn,
        None => acl.entity.named(body),
    });
    found.ok_or_else(nonexistent)
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let entity = Entity::read(cx, body, "webacl")?;
    let acl = WebAcl::read(cx, body, entity)?;
    let same =
        |other: &WebAcl| other.entity.name == acl.entity.name && other.entity.scope == acl.entity.scope;
    if cx.waf().acls.values().any(same) {
        return Err(duplicate());
    }
    let summary = acl.entity.summary();
    cx.waf().acls.insert(acl.entity.arn.clone(), acl);
    Ok(answer::json(json!({"Summary": summary})))
}

pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let acl = find(cx, body)?;
    Ok(answer::json(json!({"WebACL": acl.render(), "LockToken": acl.entity.lock_token})))
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    scope(cx, body)?;
    let mut entity = find(cx, body)?.entity.clone();
    entity.locked(body)?;
    entity.description = super::description(body)?;
    let acl = WebAcl::read(cx, body, entity)?;
    let standing = find(cx, body)?;
    *standing = acl;
    standing.entity.changed()
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let entity = find(cx, body)?.entity.clone();
    entity.locked(body)?;
    let before = |region: &crate::cloudfront::Edge| region.guarded_by(&entity.arn);
    if cx.waf().associations.values().any(|arn| *arn == entity.arn)
        || cx.world.cloudfront.values().any(before)
    {
        return Err(associated());
    }
    let waf = cx.waf();
    waf.logging.remove(&entity.arn);
    waf.acls.remove(&entity.arn);
    Ok(answer::json(json!({})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let scope = scope(cx, body)?;
    let acls = cx.waf().acls.values().map(|acl| &acl.entity);
    listed(body, "WebACLs", acls.filter(|entity| entity.scope == scope).collect())
}

pub(super) fn check_capacity(cx: &mut Context<'_>, body: &Value) -> Answered {
    scope(cx, body)?;
    let mut asked = body.clone();
    // Bodies are the web ACL's: any key is taken here.
    asked["CustomResponseBodies"] = json!(uuid());
    let (_, capacity) = read_rules(cx, &asked)?;
    Ok(answer::json(json!({"Capacity": capacity})))
}
