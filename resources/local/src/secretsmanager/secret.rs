//! Secrets and their states.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::version::{self, Content, Version};
use super::{changed, invalid, not_found, required, seen, text, used, wrong_state};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::kms::Keys;
use crate::world::{Context, Tags, World, letters};

const DAY: i64 = 86_400_000;
/// Seconds that a secret which is deleted at once still keeps its name.
const ENDING: u32 = 30;
const RANDOM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    /// The key as it was given; AWS's own where there is none.
    pub key: Option<String>,
    pub tags: Tags,
    pub policy: Option<String>,
    pub versions: BTreeMap<String, Version>,
    pub owning_service: Option<String>,
    pub created_at: i64,
    pub changed_at: i64,
    pub deletion_at: Option<i64>,
}

impl Secret {
    pub(crate) fn new(name: &str, arn: String, now: i64) -> Secret {
        Secret {
            name: name.to_owned(),
            arn,
            description: None,
            key: None,
            tags: Tags::new(),
            policy: None,
            versions: BTreeMap::new(),
            owning_service: None,
            created_at: now,
            changed_at: now,
            deletion_at: None,
        }
    }

    /// What lists and descriptions share; they name the stages of the versions differently.
    pub(crate) fn render(&self, stages: &str, region: &str) -> Value {
        let labelled: serde_json::Map<String, Value> = self
            .versions
            .iter()
            .filter(|(_, v)| !v.stages.is_empty())
            .map(|(id, v)| (id.clone(), json!(v.stages)))
            .collect();
        let tags: Vec<Value> =
            self.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({
            "ARN": self.arn,
            "Name": self.name,
            "Description": self.description,
            "KmsKeyId": self.key,
            "Tags": tags,
            stages: (!labelled.is_empty()).then_some(labelled),
            "OwningService": self.owning_service,
            "PrimaryRegion": region,
            "CreatedDate": seconds(self.created_at),
            "LastChangedDate": seconds(self.changed_at),
            "DeletedDate": self.deletion_at.map(seconds),
        })
    }
}

/// A moment as the JSON protocols write it.
pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Whether a key is the one that AWS has for Secrets Manager.
pub(crate) fn is_own(region: &str, key: &str) -> bool {
    let alias = "alias/aws/secretsmanager";
    key.is_empty()
        || key.ends_with(alias)
        || Keys::default().arn_of(region, alias).is_some_and(|own| own == key)
}

/// Refuses a key that cannot encrypt; nothing for AWS's own.
pub(super) fn key_of(world: &World, region: &str, asked: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(key) = asked.filter(|key| !is_own(region, key)) else { return Ok(None) };
    let none = Keys::default();
    let keys = world.kms.get(region).unwrap_or(&none);
    let via = format!("secretsmanager.{region}.amazonaws.com");
    let context = [("kms:viaservice", via.as_str()), ("kms:calleraccount", ACCOUNT)];
    let caller = format!("arn:aws:iam::{ACCOUNT}:user/local");
    let uses = ["kms:GenerateDataKey", "kms:Decrypt"];
    match keys.arn_of(region, &key) {
        Some(_) if !keys.lets(region, &key, &caller, &uses, &context) => {
            Err(Refusal::bad("AccessDeniedException", "Access to KMS is not allowed"))
        }
        Some(_) => Ok(Some(key)),
        None => Err(Refusal::bad(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
        )),
    }
}

fn tags_of(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key = required(tag, "Key")?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys that begin with aws: are reserved"));
        }
        if tags.insert(key, text(tag, "Value").unwrap_or_default()).is_some() {
            return Err(invalid("Duplicate tag keys"));
        }
    }
    Ok(tags)
}

fn name_fits(name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.chars().all(fits) && name.len() <= 512 {
        return Ok(());
    }
    Err(Refusal::bad(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ))
}

fn shown(secret: &Secret, version: Option<&str>) -> Answered {
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name, "VersionId": version})))
}

pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "Name")?;
    name_fits(&name)?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let content = Content::of(body)?;
    let token = version::token(body)?;
    if let Some(standing) = cx.secrets().secrets.get(&name) {
        if standing.deletion_at.is_some() {
            return Err(wrong_state(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        let same = standing.versions.get(&token).filter(|v| content.is_some() && v.content == content);
        return match same {
            Some(_) => shown(standing, Some(&token)),
            None => Err(Refusal::bad(
                "ResourceExistsException",
                format!("The operation failed because the secret {name} already exists."),
            )),
        };
    }
    let tags = tags_of(body)?;
    let arn = format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-{}", letters(6, RANDOM));
    let mut secret = Secret::new(&name, arn, now);
    secret.description = text(body, "Description");
    secret.key = key_of(cx.world, &region, text(body, "KmsKeyId"))?;
    secret.tags = tags;
    let version = content.is_some().then_some(token.as_str());
    if content.is_some() {
        secret.put(&token, content, &["AWSCURRENT".to_owned()], now);
    }
    let answer = shown(&secret, version);
    cx.secrets().secrets.insert(name, secret);
    answer
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    Ok(answer::json(seen(cx, body)?.render("VersionIdsToStages", &region)))
}

pub(crate) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    changed(cx, body)?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let content = Content::of(body)?;
    let token = version::token(body)?;
    let key = match text(body, "KmsKeyId") {
        Some(asked) => Some(key_of(cx.world, &region, Some(asked))?),
        None => None,
    };
    if content.is_some() && key.is_none() {
        let kept = changed(cx, body)?.key.clone();
        key_of(cx.world, &region, kept)?;
    }
    let secret = changed(cx, body)?;
    if content.is_some() {
        secret.put_once(&token, content.clone(), &["AWSCURRENT".to_owned()], now)?;
    }
    if let Some(key) = key {
        secret.key = key;
    }
    if let Some(description) = text(body, "Description") {
        secret.description = Some(description);
    }
    secret.changed_at = now;
    shown(secret, content.is_some().then_some(token.as_str()))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let force = body.get("ForceDeleteWithoutRecovery").and_then(Value::as_bool).unwrap_or(false);
    let days = body.get("RecoveryWindowInDays").and_then(Value::as_i64);
    if force && days.is_some() {
        return Err(invalid(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let days = days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(invalid("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."));
    }
    let (now, at_once) = (cx.now(), cx.clock.due(ENDING));
    let secret = match seen(cx, body) {
        Ok(secret) => secret,
        // Ending what is not there at once is no error.
        Err(_) if force => {
            let answer = json!({"Name": required(body, "SecretId")?, "DeletionDate": seconds(now)});
            return Ok(answer::json(answer));
        }
        Err(refusal) => return Err(refusal),
    };
    if secret.deletion_at.is_none() {
        changed(cx, body)?;
    } else if !force {
        return Err(wrong_state(
            "You can't perform this operation on the secret because it was already scheduled for deletion.",
        ));
    }
    let end = if force { at_once } else { now + days * DAY };
    let secret = cx.secrets().secrets.get_mut(&secret.name).ok_or_else(not_found)?;
    secret.deletion_at = Some(end);
    let answer = json!({"ARN": secret.arn, "Name": secret.name, "DeletionDate": seconds(end)});
    Ok(answer::json(answer))
}

pub(crate) fn restore(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = seen(cx, body)?.name;
    let secret = cx.secrets().secrets.get_mut(&name).ok_or_else(not_found)?;
    secret.deletion_at = None;
    shown(secret, None)
}

pub(crate) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = tags_of(body)?;
    let secret = used(cx, body)?;
    let mut merged = secret.tags.clone();
    merged.extend(new);
    if merged.len() > 50 {
        return Err(invalid("A secret has at most 50 tags"));
    }
    secret.tags = merged;
    Ok(answer::json(json!({})))
}

pub(crate) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let keys: Vec<&str> = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    used(cx, body)?.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(answer::json(json!({})))
}
