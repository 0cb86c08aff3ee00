//! Keys and their states.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{find, grant, not_found, paged, policy, required, tags, usable};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags, uuid};

const DAY: i64 = 86_400_000;

/// A key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub id: String,
    pub policy: String,
    pub tags: Tags,
    pub enabled: bool,
    /// Days between rotations, if they are on.
    pub rotation: Option<u32>,
    pub rotation_from: i64,
    description: String,
    spec: String,
    usage: String,
    origin: String,
    multi_region: bool,
    created_at: i64,
    deletion_at: Option<i64>,
    #[serde(default)]
    pub grants: Vec<grant::Grant>,
}

impl Key {
    pub(crate) fn arn(&self, region: &str) -> String {
        format!("arn:aws:kms:{region}:{ACCOUNT}:key/{}", self.id)
    }

    pub(crate) fn awaits_deletion(&self) -> bool {
        self.deletion_at.is_some()
    }

    pub(crate) fn gone(&self, now: i64) -> bool {
        self.deletion_at.is_some_and(|at| now >= at)
    }

    pub(crate) fn is_symmetric(&self) -> bool {
        self.spec == "SYMMETRIC_DEFAULT"
    }

    fn state(&self) -> &'static str {
        match (self.deletion_at, self.enabled) {
            (Some(_), _) => "PendingDeletion",
            (None, true) => "Enabled",
            (None, false) => "Disabled",
        }
    }

    fn render(&self, region: &str) -> Value {
        let mrk = self.multi_region.then(|| {
            json!({
                "MultiRegionKeyType": "PRIMARY",
                "PrimaryKey": {"Arn": self.arn(region), "Region": region},
                "ReplicaKeys": [],
            })
        });
        json!({
            "AWSAccountId": ACCOUNT,
            "KeyId": self.id,
            "Arn": self.arn(region),
            "CreationDate": seconds(self.created_at),
            "Enabled": self.state() == "Enabled",
            "Description": self.description,
            "KeyUsage": self.usage,
            "KeyState": self.state(),
            "DeletionDate": self.deletion_at.map(seconds),
            "Origin": self.origin,
            "KeyManager": "CUSTOMER",
            "KeySpec": self.spec,
            "CustomerMasterKeySpec": self.spec,
            "EncryptionAlgorithms": self.is_symmetric().then_some(["SYMMETRIC_DEFAULT"]),
            "MultiRegion": self.multi_region,
            "MultiRegionConfiguration": mrk,
        })
    }
}

/// A moment as the JSON protocols write it.
pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The id of the key behind an alias of AWS's own, the same each time.
pub(crate) fn aws_managed(reference: &str) -> String {
    let alias = reference.rsplit("alias/").next().unwrap_or_default();
    let hash: String = Sha256::digest(alias).iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let now = cx.now();
    let tags = tags::of(body)?;
    let document = match text(body, "Policy") {
        Some(document) => {
            policy::check(cx, body, &document)?;
            document
        }
        None => policy::default(),
    };
    let minted = cx.call.minted.as_ref().and_then(|made| text(made.get("KeyMetadata")?, "KeyId"));
    let key = Key {
        id: minted.unwrap_or_else(uuid),
        policy: document,
        tags,
        enabled: true,
        rotation: None,
        rotation_from: now,
        description: text(body, "Description").unwrap_or_default(),
        spec: text(body, "KeySpec").unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()),
        usage: text(body, "KeyUsage").unwrap_or_else(|| "ENCRYPT_DECRYPT".to_owned()),
        origin: text(body, "Origin").unwrap_or_else(|| "AWS_KMS".to_owned()),
        multi_region: body.get("MultiRegion").and_then(Value::as_bool).unwrap_or(false),
        created_at: now,
        deletion_at: None,
        grants: Vec::new(),
    };
    let answer = json!({"KeyMetadata": key.render(&region)});
    cx.keys().keys.insert(key.id.clone(), key);
    Ok(answer::json(answer))
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let reference = required(body, "KeyId")?;
    let region = cx.region().to_owned();
    if reference.contains("alias/aws/") {
        return Ok(answer::json(json!({"KeyMetadata": of_aws(&reference, &region)})));
    }
    let id = find(cx, body)?;
    let key = cx.keys().keys.get(&id).ok_or_else(|| not_found(&id, &region))?;
    Ok(answer::json(json!({"KeyMetadata": key.render(&region)})))
}

/// A key that AWS manages; describing its alias makes it, as in AWS.
fn of_aws(alias: &str, region: &str) -> Value {
    let id = aws_managed(alias);
    json!({
        "AWSAccountId": ACCOUNT, "KeyId": id, "Arn": format!("arn:aws:kms:{region}:{ACCOUNT}:key/{id}"),
        "CreationDate": 0.0, "Enabled": true, "Description": "Default key that AWS protects its resources with",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "AWS",
        "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": false,
    })
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let items = cx.keys().keys.values().map(|k| json!({"KeyId": k.id, "KeyArn": k.arn(&region)})).collect();
    Ok(answer::json(paged(body, "Keys", items, 100)?))
}

pub(crate) fn enable(cx: &mut Context<'_>, body: &Value) -> Answered {
    usable(cx, body)?.enabled = true;
    Ok(answer::json(json!({})))
}

pub(crate) fn disable(cx: &mut Context<'_>, body: &Value) -> Answered {
    usable(cx, body)?.enabled = false;
    Ok(answer::json(json!({})))
}

pub(crate) fn redescribe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let description = text(body, "Description").unwrap_or_default();
    usable(cx, body)?.description = description;
    Ok(answer::json(json!({})))
}

pub(crate) fn schedule_deletion(cx: &mut Context<'_>, body: &Value) -> Answered {
    let days = body.get("PendingWindowInDays").and_then(Value::as_i64).unwrap_or(30);
    if !(7..=30).contains(&days) {
        let message = "PendingWindowInDays must be between 7 and 30";
        return Err(Refusal::bad("ValidationException", message));
    }
    let (region, at) = (cx.region().to_owned(), cx.now() + days * DAY);
    let key = usable(cx, body)?;
    key.deletion_at = Some(at);
    Ok(answer::json(json!({
        "KeyId": key.arn(&region), "DeletionDate": seconds(at),
        "KeyState": "PendingDeletion", "PendingWindowInDays": days,
    })))
}

/// The key comes back disabled.
pub(crate) fn cancel_deletion(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get_mut(&id).ok_or_else(|| not_found(&id, &region))?;
    if key.deletion_at.take().is_none() {
        let message = format!("{} is not pending deletion.", key.arn(&region));
        return Err(Refusal::bad("KMSInvalidStateException", message));
    }
    key.enabled = false;
    Ok(answer::json(json!({"KeyId": key.arn(&region)})))
}
