//! KMS: keys and aliases are answered here. Cryptography is that of the service beneath, behind
//! a look at the state of the key.

mod alias;
mod grant;
mod key;
mod policy;
mod rotation;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::policy::{Ask, allows};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The keys and aliases of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Keys {
    keys: BTreeMap<String, key::Key>,
    /// Target key by name, `alias/…`.
    aliases: BTreeMap<String, alias::Alias>,
}

impl Counted for Keys {
    fn count(&self, _now: i64, status: &mut Status) {
        // A key that waits for its deletion is gone as far as its owner can act.
        let alive = |k: &&key::Key| !k.awaits_deletion();
        status.add("aws:kms:Key", self.keys.values().filter(alive).count());
        let on_live = |a: &&alias::Alias| self.keys.get(&a.target).is_some_and(|k| !k.awaits_deletion());
        status.add("aws:kms:Alias", self.aliases.values().filter(on_live).count());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        self.keys.values().map(|key| (key.arn(region), &key.tags)).collect()
    }
}

impl Keys {
    /// The ARN of the enabled key that an id, ARN or alias names, for other services.
    pub(crate) fn arn_of(&self, region: &str, reference: &str) -> Option<String> {
        if let Some(alias) = aws_s_own(reference) {
            return Some(format!("arn:aws:kms:{region}:{ACCOUNT}:key/{}", key::aws_managed(alias)));
        }
        self.resolve(reference).filter(|k| k.enabled && !k.awaits_deletion()).map(|k| k.arn(region))
    }

    /// Refuses the use of a key that cannot be used, in the words of KMS.
    pub(crate) fn require(&self, region: &str, reference: &str) -> Result<(), Refusal> {
        if aws_s_own(reference).is_some() {
            return Ok(());
        }
        let id = reference.rsplit("key/").next().unwrap_or(reference);
        let key = self.resolve(reference).ok_or_else(|| not_found(id, region))?;
        match key.awaits_deletion() {
            true => Err(pending(&key.arn(region))),
            false if !key.enabled => Err(disabled(&key.arn(region))),
            false => Ok(()),
        }
    }

    /// The key that an id, key ARN, alias or alias ARN names.
    fn resolve(&self, reference: &str) -> Option<&key::Key> {
        let last = reference.rsplit(':').next().unwrap_or(reference);
        let id = match self.aliases.get(last) {
            Some(alias) => &alias.target,
            None => last.strip_prefix("key/").unwrap_or(last),
        };
        self.keys.get(id)
    }

    /// The policies of all keys, to change.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.keys.values_mut().map(|key| &mut key.policy)
    }

    /// Whether a key's policy lets somebody do all of this; AWS's own keys let their services.
    pub(crate) fn lets(
        &self,
        region: &str,
        reference: &str,
        who: &str,
        actions: &[&str],
        context: &[(&str, &str)],
    ) -> bool {
        let Some(key) = self.resolve(reference) else { return aws_s_own(reference).is_some() };
        let resource = key.arn(region);
        actions
            .iter()
            .all(|action| allows(&key.policy, &Ask { who: Some(who), action, resource: &resource, context }))
    }

    /// Forgets keys whose time has come, and their aliases with them.
    fn bury(&mut self, now: i64) {
        self.keys.retain(|_, k| !k.gone(now));
        let keys = &self.keys;
        self.aliases.retain(|_, a| keys.contains_key(&a.target));
    }
}

/// The alias of a key of AWS's own, by which or by whose ARN it is named.
fn aws_s_own(reference: &str) -> Option<&str> {
    const KNOWN: [&str; 4] =
        ["alias/aws/rds", "alias/aws/secretsmanager", "alias/aws/s3", "alias/aws/lambda"];
    if reference.contains("alias/aws/") {
        return Some(reference);
    }
    KNOWN.into_iter().find(|alias| reference.ends_with(&format!("key/{}", key::aws_managed(alias))))
}

fn not_found(reference: &str, region: &str) -> Refusal {
    let message = if reference.contains("alias/") {
        format!("Alias arn:aws:kms:{region}:{ACCOUNT}:{reference} is not found.")
    } else {
        format!("Key 'arn:aws:kms:{region}:{ACCOUNT}:key/{reference}' does not exist")
    };
    Refusal::bad("NotFoundException", message)
}

/// The key that a call names.
fn find(cx: &mut Context<'_>, body: &Value) -> Result<String, Refusal> {
    let reference = required(body, "KeyId")?;
    let region = cx.region().to_owned();
    let found = cx.keys().resolve(&reference).map(|k| k.id.clone());
    found.ok_or_else(|| not_found(&reference, &region))
}

/// The key that a call names, to change, which it only can be while it awaits no deletion.
fn usable<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut key::Key, Refusal> {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get_mut(&id).ok_or_else(|| not_found(&id, &region))?;
    if key.awaits_deletion() {
        return Err(pending(&key.arn(&region)));
    }
    Ok(key)
}

fn pending(arn: &str) -> Refusal {
    Refusal::bad("KMSInvalidStateException", format!("{arn} is pending deletion."))
}

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    let text = body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty());
    text.map(str::to_owned).ok_or_else(|| {
        let message = format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
        Refusal::bad("ValidationException", message)
    })
}

impl Context<'_> {
    fn keys(&mut self) -> &mut Keys {
        self.world.kms.entry(self.call.region.clone()).or_default()
    }
}

type Operation = fn(&mut Context<'_>, &Value) -> Answered;

fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "CreateAlias" => alias::create,
        "UpdateAlias" => alias::update,
        "DeleteAlias" => alias::delete,
        "ListAliases" => alias::list,
        "CreateKey" => key::create,
        "DescribeKey" => key::describe,
        "ListKeys" => key::list,
        "EnableKey" => key::enable,
        "DisableKey" => key::disable,
        "UpdateKeyDescription" => key::redescribe,
        "ScheduleKeyDeletion" => key::schedule_deletion,
        "CancelKeyDeletion" => key::cancel_deletion,
        "GetKeyPolicy" => policy::get,
        "PutKeyPolicy" => policy::put,
        "ListKeyPolicies" => policy::list,
        "GetKeyRotationStatus" => rotation::status,
        "EnableKeyRotation" => rotation::enable,
        "DisableKeyRotation" => rotation::disable,
        "CreateGrant" => grant::create,
        "ListGrants" => grant::list,
        "RevokeGrant" => grant::revoke,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListResourceTags" => tags::list,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let now = cx.now();
    cx.keys().bury(now);
    let body = cx.call.json()?;
    let Some(operation) = operation(&cx.call.operation) else {
        cryptographic(cx, &body)?;
        return Ok(Outcome::Beneath);
    };
    let answer = operation(cx, &body)?;
    // The service beneath made the key before we did, and has no name for AWS's own; grants are not asked for there.
    let known = ["CreateKey", "CreateGrant", "RevokeGrant"].contains(&cx.call.operation.as_str());
    let told = cx.call.mutating() && !known;
    Ok(if told { Outcome::Mirrored(answer) } else { Outcome::Done(answer) })
}

/// Refuses the use of a key that is not enabled.
fn cryptographic(cx: &mut Context<'_>, body: &Value) -> Result<(), Refusal> {
    if body.get("KeyId").is_none() {
        return Ok(());
    }
    let region = cx.region().to_owned();
    let key = usable(cx, body)?;
    if key.enabled { Ok(()) } else { Err(disabled(&key.arn(&region))) }
}

fn disabled(arn: &str) -> Refusal {
    Refusal::bad("DisabledException", format!("{arn} is disabled."))
}

/// A page of a list by `Limit` and `Marker`, as members of the answer.
fn paged(body: &Value, set: &str, items: Vec<Value>, default: usize) -> Result<Value, Refusal> {
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
    let most = body.get("Limit").and_then(number).unwrap_or(default).max(1);
    let start = match body.get("Marker").and_then(Value::as_str) {
        None => 0,
        Some(text) => {
            text.parse().map_err(|_| Refusal::bad("InvalidMarkerException", "The marker is invalid"))?
        }
    };
    let end = most.saturating_add(start).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(json!({set: page, "Truncated": more, "NextMarker": more.then(|| end.to_string())}))
}
