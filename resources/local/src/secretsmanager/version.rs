//! Versions: the values of a secret.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secret::{Secret, key_of, seconds};
use super::{Hidden, changed, invalid, not_found, required, seen, text, used, wrong_state};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, uuid};

/// Versions without a label are forgotten beyond this number.
const KEPT: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Content {
    Text(Hidden),
    /// As Base64.
    Binary(Hidden),
}

impl Content {
    /// The value of a call.
    pub(crate) fn of(body: &Value) -> Result<Option<Content>, Refusal> {
        match (text(body, "SecretString"), text(body, "SecretBinary")) {
            (Some(_), Some(_)) => {
                Err(invalid("You can't specify both a binary secret value and a string secret value."))
            }
            (Some(value), None) if value.len() > 65_536 => Err(invalid("The secret value is too long.")),
            (Some(value), None) => Ok(Some(Content::Text(Hidden(value)))),
            (None, Some(value)) => Ok(Some(Content::Binary(Hidden(value)))),
            (None, None) => Ok(None),
        }
    }
}

/// A version with its labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub content: Option<Content>,
    pub stages: Vec<String>,
    pub created_at: i64,
}

/// The id that a call gives to the version that it makes.
pub(crate) fn token(body: &Value) -> Result<String, Refusal> {
    let token = text(body, "ClientRequestToken").unwrap_or_else(uuid);
    if !(32..=64).contains(&token.len()) {
        return Err(invalid("The ClientRequestToken must be 32 to 64 characters long."));
    }
    Ok(token)
}

impl Secret {
    /// The version that has a label.
    pub(crate) fn holder(&self, stage: &str) -> Option<&String> {
        self.versions.iter().find(|(_, v)| v.stages.iter().any(|s| s == stage)).map(|(id, _)| id)
    }

    /// The version in force.
    pub(crate) fn current(&self) -> Option<&Version> {
        self.versions.get(self.holder("AWSCURRENT")?)
    }

    /// Moves a label; the version that was current becomes the previous one.
    pub(crate) fn label(&mut self, id: &str, stage: &str) {
        let from = self.holder(stage).cloned();
        if from.as_deref() == Some(id) {
            return;
        }
        for version in self.versions.values_mut() {
            version.stages.retain(|s| s != stage);
        }
        if let Some(version) = self.versions.get_mut(id) {
            version.stages.push(stage.to_owned());
        }
        if let (Some(from), "AWSCURRENT") = (from, stage) {
            self.label(&from, "AWSPREVIOUS");
        }
    }

    /// Makes a version with its labels.
    pub(crate) fn put(&mut self, id: &str, content: Option<Content>, stages: &[String], now: i64) {
        let first = self.versions.is_empty();
        self.versions.insert(id.to_owned(), Version { content, stages: Vec::new(), created_at: now });
        for stage in stages {
            self.label(id, stage);
        }
        if first {
            self.label(id, "AWSCURRENT");
        }
        self.changed_at = now;
        let mut loose: Vec<(i64, String)> = self
            .versions
            .iter()
            .filter(|(_, v)| v.stages.is_empty())
            .map(|(id, v)| (v.created_at, id.clone()))
            .collect();
        loose.sort();
        for (_, id) in loose.iter().rev().skip(KEPT) {
            self.versions.remove(id);
        }
    }

    /// The same for a token that may have been used: the same value again changes nothing.
    pub(crate) fn put_once(
        &mut self,
        token: &str,
        content: Option<Content>,
        stages: &[String],
        now: i64,
    ) -> Result<(), Refusal> {
        match self.versions.get(token) {
            Some(version) if version.content == content => {}
            Some(_) => {
                let message = format!(
                    "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {}.",
                    self.arn
                );
                return Err(Refusal::bad("ResourceExistsException", message));
            }
            None => self.put(token, content, stages, now),
        }
        Ok(())
    }
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let content = Content::of(body)?;
    if content.is_none() {
        return Err(wrong_state("You must provide either SecretString or SecretBinary."));
    }
    let token = token(body)?;
    let asked: Vec<String> = texts(body, "VersionStages");
    if asked.len() > 20 {
        return Err(invalid("A version has at most 20 staging labels"));
    }
    let stages = if asked.is_empty() { vec!["AWSCURRENT".to_owned()] } else { asked };
    let (region, key) = (cx.region().to_owned(), changed(cx, body)?.key.clone());
    key_of(cx.world, &region, key)?;
    let secret = changed(cx, body)?;
    secret.put_once(&token, content, &stages, now)?;
    let stages = secret.versions.get(&token).map(|v| v.stages.clone());
    let answer = json!({"ARN": secret.arn, "Name": secret.name, "VersionId": token, "VersionStages": stages});
    Ok(answer::json(answer))
}

fn texts(body: &Value, member: &str) -> Vec<String> {
    let items = body.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn value(cx: &mut Context<'_>, body: &Value) -> Result<Value, Refusal> {
    let secret = used(cx, body)?.clone();
    let stage = text(body, "VersionStage");
    let id = match text(body, "VersionId") {
        Some(id) => id,
        None => {
            let stage = stage.clone().unwrap_or_else(|| "AWSCURRENT".to_owned());
            secret.holder(&stage).cloned().ok_or_else(|| {
                Refusal::bad(
                    "ResourceNotFoundException",
                    format!(
                        "Secrets Manager can't find the specified secret value for staging label: {stage}"
                    ),
                )
            })?
        }
    };
    let wrong = || {
        let message = format!("Secrets Manager can't find the specified secret value for VersionId: {id}");
        Refusal::bad("ResourceNotFoundException", message)
    };
    let version = secret.versions.get(&id).ok_or_else(wrong)?;
    if stage.is_some_and(|stage| !version.stages.contains(&stage)) {
        return Err(wrong());
    }
    let region = cx.region().to_owned();
    let keys = cx.world.kms.get(&region);
    if secret.key.as_ref().is_some_and(|key| keys.is_none_or(|keys| keys.arn_of(&region, key).is_none())) {
        let message = "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
        return Err(Refusal::bad("DecryptionFailure", message));
    }
    let (string, binary) = match &version.content {
        Some(Content::Text(text)) => (Some(&text.0), None),
        Some(Content::Binary(text)) => (None, Some(&text.0)),
        None => (None, None),
    };
    Ok(json!({
        "ARN": secret.arn, "Name": secret.name, "VersionId": id, "VersionStages": version.stages,
        "SecretString": string, "SecretBinary": binary, "CreatedDate": seconds(version.created_at),
    }))
}

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    value(cx, body).map(answer::json)
}

/// The values of up to twenty secrets by id.
pub(crate) fn get_many(cx: &mut Context<'_>, body: &Value) -> Answered {
    let ids = texts(body, "SecretIdList");
    if ids.is_empty() || ids.len() > 20 {
        return Err(invalid("SecretIdList has 1 to 20 items"));
    }
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        match value(cx, &json!({"SecretId": id})) {
            Ok(value) => values.push(value),
            Err(refusal) => {
                errors.push(json!({"SecretId": id, "ErrorCode": refusal.code, "Message": refusal.message}))
            }
        }
    }
    Ok(answer::json(json!({"SecretValues": values, "Errors": errors})))
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let secret = seen(cx, body)?;
    let all = body.get("IncludeDeprecated").and_then(Value::as_bool).unwrap_or(false);
    let one = |(id, v): (&String, &Version)| json!({"VersionId": id, "VersionStages": v.stages, "CreatedDate": seconds(v.created_at)});
    let versions: Vec<Value> =
        secret.versions.iter().filter(|(_, v)| all || !v.stages.is_empty()).map(one).collect();
    Ok(answer::json(json!({"ARN": secret.arn, "Name": secret.name, "Versions": versions})))
}

/// The version that a call names, which must exist.
pub(crate) fn known(secret: &Secret, body: &Value, member: &str) -> Result<Option<String>, Refusal> {
    match text(body, member) {
        None => Ok(None),
        Some(_) => {
            let id = required(body, member)?;
            if secret.versions.contains_key(&id) { Ok(Some(id)) } else { Err(not_found()) }
        }
    }
}
