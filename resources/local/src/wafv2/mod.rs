//! WAF: web ACLs, IP sets, associations, logging and tags. All else is the service beneath's.

mod association;
mod capacity;
mod inspect;
mod ip_set;
mod logging;
mod rules;
mod statement;
mod tags;
mod web_acl;

pub(crate) use inspect::{judge, name};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::quota::Tally;
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The web ACLs of a region; those of CloudFront stand in us-east-1.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Firewalls {
    /// By ARN.
    acls: BTreeMap<String, web_acl::WebAcl>,
    /// By ARN.
    ip_sets: BTreeMap<String, ip_set::IpSet>,
    /// The web ACL before each resource.
    associations: BTreeMap<String, String>,
    /// The logging of each web ACL.
    logging: BTreeMap<String, Value>,
}

impl Counted for Firewalls {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:wafv2:WebACL", self.acls.len());
        status.add("aws:wafv2:IPSet", self.ip_sets.len());
        status.add("aws:wafv2:WebACLAssociation", self.associations.len());
        status.add("aws:wafv2:LoggingConfiguration", self.logging.len());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (arn, acl) in &self.acls {
            tally.add("aws:wafv2:WebACL", &acl.entity.scope, 1);
            tally.add("aws:wafv2:WebACL.custom_response_bodies", arn, acl.bodies());
        }
        for set in self.ip_sets.values() {
            tally.add("aws:wafv2:IPSet", &set.entity.scope, 1);
        }
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        let acls = self.acls.values().map(|acl| &acl.entity);
        let entities = acls.chain(self.ip_sets.values().map(|set| &set.entity));
        entities.map(|entity| (entity.arn.clone(), &entity.tags)).collect()
    }
}

impl Firewalls {
    /// Whether a web ACL with scope `CLOUDFRONT` has this ARN.
    pub(crate) fn guards_edge(&self, arn: &str) -> bool {
        self.acls.get(arn).is_some_and(|acl| acl.entity.scope == EDGE)
    }

    /// A resource has gone, and its association with it.
    pub(crate) fn gone(&mut self, resource: &str) {
        self.associations.remove(resource);
    }

    /// The ARN of the web ACL before a resource.
    pub(crate) fn before(&self, resource: &str) -> Option<&str> {
        self.associations.get(resource).map(String::as_str)
    }
}

impl Context<'_> {
    fn waf(&mut self) -> &mut Firewalls {
        self.world.wafv2.entry(self.call.region.clone()).or_default()
    }
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "CreateWebACL" => web_acl::create,
        "GetWebACL" => web_acl::get,
        "UpdateWebACL" => web_acl::update,
        "DeleteWebACL" => web_acl::delete,
        "ListWebACLs" => web_acl::list,
        "CheckCapacity" => web_acl::check_capacity,
        "CreateIPSet" => ip_set::create,
        "GetIPSet" => ip_set::get,
        "UpdateIPSet" => ip_set::update,
        "DeleteIPSet" => ip_set::delete,
        "ListIPSets" => ip_set::list,
        "AssociateWebACL" => association::associate,
        "DisassociateWebACL" => association::disassociate,
        "GetWebACLForResource" => association::get,
        "ListResourcesForWebACL" => association::list,
        "PutLoggingConfiguration" => logging::put,
        "GetLoggingConfiguration" => logging::get,
        "DeleteLoggingConfiguration" => logging::delete,
        "ListLoggingConfigurations" => logging::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

/// The scope of what guards distributions.
const EDGE: &str = "CLOUDFRONT";

/// What web ACLs and IP sets have in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entity {
    name: String,
    id: String,
    scope: String,
    arn: String,
    description: Option<String>,
    lock_token: String,
    tags: crate::world::Tags,
}

impl Entity {
    /// The entity of a create call; `kind` stands in its ARN.
    fn read(cx: &Context<'_>, body: &Value, kind: &str) -> Result<Entity, Refusal> {
        let (name, scope) = (required(body, "Name")?, scope(cx, body)?);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.len() > 128 || !name.chars().all(fits) {
            return Err(invalid("The name has characters that are not valid", "NAME", &name));
        }
        let id = crate::world::uuid();
        let place = if scope == EDGE { "global" } else { "regional" };
        let region = cx.region();
        Ok(Entity {
            arn: format!("arn:aws:wafv2:{region}:{ACCOUNT}:{place}/{kind}/{name}/{id}"),
            description: description(body)?,
            lock_token: crate::world::uuid(),
            tags: tags::read(body)?,
            name,
            id,
            scope,
        })
    }

    fn summary(&self) -> Value {
        json!({
            "Name": self.name, "Id": self.id, "ARN": self.arn,
            "Description": self.description, "LockToken": self.lock_token,
        })
    }

    /// Refuses a change that is not made against what stands.
    fn locked(&self, body: &Value) -> Result<(), Refusal> {
        if required(body, "LockToken")? == self.lock_token {
            return Ok(());
        }
        let message = "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.";
        Err(Refusal::bad("WAFOptimisticLockException", message))
    }

    /// A new token for the next change, and the answer that names it.
    fn changed(&mut self) -> Answered {
        self.lock_token = crate::world::uuid();
        Ok(answer::json(json!({"NextLockToken": self.lock_token})))
    }

    /// Whether a call names it, by name, id and scope.
    fn named(&self, body: &Value) -> bool {
        let is = |member: &str, value: &str| text(body, member).as_deref() == Some(value);
        is("Name", &self.name) && is("Id", &self.id) && is("Scope", &self.scope)
    }
}

/// A page of summaries by `Limit` and `NextMarker`, under a member.
fn listed(body: &Value, member: &str, entities: Vec<&Entity>) -> Answered {
    let limit =
        body.get("Limit").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let after = text(body, "NextMarker");
    let mut rest: Vec<&Entity> = entities
        .into_iter()
        .filter(|entity| after.as_ref().is_none_or(|after| entity.arn > *after))
        .collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(|entity| entity.arn.clone());
    let items: Vec<Value> = rest.into_iter().map(Entity::summary).collect();
    Ok(answer::json(json!({ member: items, "NextMarker": next })))
}

/// `CLOUDFRONT` is asked for in us-east-1 alone.
fn scope(cx: &Context<'_>, body: &Value) -> Result<String, Refusal> {
    let scope = required(body, "Scope")?;
    let valid = scope == "REGIONAL" || (scope == EDGE && cx.region() == "us-east-1");
    if valid { Ok(scope) } else { Err(invalid("The scope is not valid.", "SCOPE_VALUE", &scope)) }
}

fn description(body: &Value) -> Result<Option<String>, Refusal> {
    match body.get("Description").and_then(Value::as_str) {
        Some("") => Err(invalid("A description has at least one character.", "DESCRIPTION", "")),
        other => Ok(other.map(str::to_owned)),
    }
}

fn invalid(reason: &str, field: &str, parameter: &str) -> Refusal {
    let message = format!("Error reason: {reason}, field: {field}, parameter: {parameter}");
    Refusal::bad("WAFInvalidParameterException", message)
}

fn nonexistent() -> Refusal {
    let message = "AWS WAF couldn’t perform the operation because your resource doesn’t exist.";
    Refusal::bad("WAFNonexistentItemException", message)
}

fn associated() -> Refusal {
    let message = "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.";
    Refusal::bad("WAFAssociatedItemException", message)
}

fn duplicate() -> Refusal {
    let message = "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.";
    Refusal::bad("WAFDuplicateItemException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    text(body, member).ok_or_else(|| {
        let message = format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
        Refusal::bad("ValidationException", message)
    })
}

/// The items of a list member.
fn items<'a>(body: &'a Value, member: &str) -> &'a [Value] {
    body.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
