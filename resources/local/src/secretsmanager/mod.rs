//! Secrets Manager: secrets, their versions, policies and deletion are answered here. Rotation and
//! replication are those of the service beneath, which does not know these secrets.

mod list;
mod managed;
mod password;
mod policy;
mod secret;
mod serve;
mod stage;
mod version;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags, World};

pub(crate) use managed::Managed;
pub(crate) use serve::{name, refuses};

/// The secrets of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Secrets {
    /// By name.
    secrets: BTreeMap<String, secret::Secret>,
}

/// A text that `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

impl Secrets {
    /// The policies of all secrets, to change.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.secrets.values_mut().filter_map(|secret| secret.policy.as_mut())
    }
}

impl Counted for Secrets {
    fn count(&self, _now: i64, status: &mut Status) {
        // One that waits for its end is gone as far as its owner can act; managed ones are AWS's own.
        let alive = |s: &&secret::Secret| s.deletion_at.is_none() && s.owning_service.is_none();
        status.add("aws:secretsmanager:Secret", self.secrets.values().filter(alive).count());
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        let own = self.secrets.values().filter(|secret| secret.owning_service.is_none());
        own.map(|secret| (secret.arn.clone(), &secret.tags)).collect()
    }
}

impl Secrets {
    /// The secret that a name, an ARN, or an ARN without its random end names.
    fn resolve(&self, reference: &str) -> Option<&secret::Secret> {
        if !reference.starts_with("arn:") {
            return self.secrets.get(reference);
        }
        self.secrets.values().find(|s| s.arn == reference || s.arn[..s.arn.len() - 7] == *reference)
    }
}

/// Whether a secret with this ARN can be read, for other services.
pub(crate) fn readable(world: &World, region: &str, arn: &str) -> bool {
    let none = crate::kms::Keys::default();
    let keys = world.kms.get(region).unwrap_or(&none);
    let usable = |key: &str| secret::is_own(region, key) || keys.require(region, key).is_ok();
    let own = world.secretsmanager.get(region).and_then(|s| s.resolve(arn));
    own.is_some_and(|s| s.deletion_at.is_none() && s.key.as_deref().is_none_or(usable))
        || managed::all(world, region).iter().any(|m| m.arn == arn && usable(&m.key))
}

impl Context<'_> {
    fn secrets(&mut self) -> &mut Secrets {
        self.world.secretsmanager.entry(self.call.region.clone()).or_default()
    }
}

type Operation = fn(&mut Context<'_>, &Value) -> Answered;

fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "CreateSecret" => secret::create,
        "DescribeSecret" => secret::describe,
        "UpdateSecret" => secret::update,
        "DeleteSecret" => secret::delete,
        "RestoreSecret" => secret::restore,
        "TagResource" => secret::tag,
        "UntagResource" => secret::untag,
        "PutSecretValue" => version::put,
        "GetSecretValue" => version::get,
        "BatchGetSecretValue" => version::get_many,
        "ListSecretVersionIds" => version::list,
        "UpdateSecretVersionStage" => stage::update,
        "ListSecrets" => list::list,
        "GetResourcePolicy" => policy::get,
        "PutResourcePolicy" => policy::put,
        "DeleteResourcePolicy" => policy::delete,
        "GetRandomPassword" => password::random_password,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let now = cx.now();
    cx.secrets().secrets.retain(|_, s| s.deletion_at.is_none_or(|end| end > now));
    managed::take_in(cx);
    let Some(operation) = operation(&cx.call.operation) else { return Ok(Outcome::Beneath) };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterException", message)
}

fn wrong_state(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidRequestException", message)
}

fn not_found() -> Refusal {
    Refusal::bad("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    text(body, member).filter(|t| !t.is_empty()).ok_or_else(|| {
        Refusal::bad(
            "ValidationException",
            format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"),
        )
    })
}

/// The secret that a call names, whatever its state.
fn seen(cx: &mut Context<'_>, body: &Value) -> Result<secret::Secret, Refusal> {
    let reference = required(body, "SecretId")?;
    cx.secrets().resolve(&reference).cloned().ok_or_else(not_found)
}

/// The secret that a call uses: it must not wait for its end.
fn used<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut secret::Secret, Refusal> {
    let name = seen(cx, body)?.name;
    let secret = cx.secrets().secrets.get_mut(&name).ok_or_else(not_found)?;
    if secret.deletion_at.is_some() {
        return Err(wrong_state(
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    Ok(secret)
}

/// The secret that a call changes: it must not be another service's.
fn changed<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut secret::Secret, Refusal> {
    let secret = used(cx, body)?;
    match &secret.owning_service {
        Some(service) => Err(wrong_state(format!(
            "You can't perform this operation on the secret because it is managed by {service}."
        ))),
        None => Ok(secret),
    }
}
