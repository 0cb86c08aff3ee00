//! Certificates: how they stand, and their end.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{find, named, text, users};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::route53;
use crate::world::{Context, Tags, World};

/// ACM gives up on a validation after three days.
const GIVES_UP: i64 = 72 * 3_600_000;
const YEAR: i64 = 395 * 24 * 3_600_000;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Certificate {
    pub arn: String,
    /// All its names, the first one first.
    pub names: Vec<String>,
    pub method: String,
    pub key_algorithm: String,
    pub export: String,
    pub created_at: i64,
    /// When its records are known.
    pub records_at: i64,
    /// How long ACM takes to see a record.
    pub delay: i64,
    /// How it ends, where a test says so: its status, and the reason of a `FAILED` one.
    pub ends: Option<(String, String)>,
    pub token: Option<String>,
    pub tags: Tags,
}

/// The record that proves the right to a name: the same for all certificates of an account.
pub(super) fn record(name: &str) -> (String, String) {
    record_of(ACCOUNT, name)
}

/// The record by which an account, or a service for it, proves the right to a name.
pub(super) fn record_of(account: &str, name: &str) -> (String, String) {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let digest = Sha256::digest(format!("{account}/{name}").as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let zone: String = digest.iter().rev().take(10).map(|byte| char::from(b'a' + byte % 26)).collect();
    (format!("_{}.{name}.", &hex[..32]), format!("_{}.{zone}.acm-validations.aws.", &hex[32..]))
}

impl Certificate {
    /// When it was or will be issued, if nothing changes.
    pub(super) fn issued_at(&self, world: &World) -> Option<i64> {
        if self.method != "DNS" || self.ends.is_some() {
            return None;
        }
        let mut last = self.created_at;
        for name in &self.names {
            last = last.max(self.seen_at(world, name)?);
        }
        (last <= self.created_at + GIVES_UP).then_some(last)
    }

    /// When ACM sees the record of a name.
    fn seen_at(&self, world: &World, name: &str) -> Option<i64> {
        let (name, value) = record(name);
        let stood = route53::stood(world, &name, "CNAME", &value);
        let seen = stood.iter().filter_map(|(from, until)| {
            let seen = (*from).max(self.created_at) + self.delay;
            until.is_none_or(|until| seen <= until).then_some(seen)
        });
        seen.min()
    }

    fn status(&self, world: &World, now: i64) -> &'static str {
        match self.ends.as_ref().map(|(status, _)| status == "FAILED") {
            Some(true) if now >= self.records_at => return "FAILED",
            Some(false) if now >= self.records_at + self.delay => return "VALIDATION_TIMED_OUT",
            Some(_) => return "PENDING_VALIDATION",
            None => {}
        }
        match self.issued_at(world) {
            Some(at) if at <= now => "ISSUED",
            _ if now >= self.created_at + GIVES_UP => "VALIDATION_TIMED_OUT",
            _ => "PENDING_VALIDATION",
        }
    }

    fn validations(&self, world: &World, now: i64) -> Vec<Value> {
        let failed = matches!(self.status(world, now), "VALIDATION_TIMED_OUT" | "FAILED");
        let one = |name: &String| {
            let (record_name, value) = record(name);
            let record = json!({"Name": record_name, "Type": "CNAME", "Value": value});
            let known = self.method == "DNS" && now >= self.records_at;
            let seen = self.ends.is_none() && self.seen_at(world, name).is_some_and(|at| at <= now);
            json!({
                "DomainName": name,
                "ValidationDomain": name,
                "ValidationMethod": self.method,
                "ValidationStatus": if seen { "SUCCESS" } else if failed { "FAILED" } else { "PENDING_VALIDATION" },
                "ResourceRecord": known.then_some(record),
            })
        };
        self.names.iter().map(one).collect()
    }

    fn render(&self, world: &World, now: i64, users: &[String]) -> Value {
        let issued = self.issued_at(world).filter(|at| *at <= now);
        let failed = self.ends.as_ref().filter(|_| self.status(world, now) == "FAILED");
        json!({
            "CertificateArn": self.arn,
            "DomainName": self.names.first(),
            "SubjectAlternativeNames": self.names,
            "DomainValidationOptions": self.validations(world, now),
            "Subject": format!("CN={}", self.names.first().map_or("", String::as_str)),
            "Issuer": "Amazon",
            "CreatedAt": self.created_at / 1000,
            "IssuedAt": issued.map(|at| at / 1000),
            "NotBefore": issued.map(|at| at / 1000),
            "NotAfter": issued.map(|at| (at + YEAR) / 1000),
            "Status": self.status(world, now),
            "FailureReason": failed.map(|(_, reason)| reason),
            "KeyAlgorithm": self.key_algorithm.replace('_', "-").replacen("EC-", "EC_", 1),
            "InUseBy": users,
            "Type": "AMAZON_ISSUED",
            "RenewalEligibility": "INELIGIBLE",
            "Options": {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": self.export},
        })
    }
}

pub(super) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let certificate = find(cx, body)?.clone();
    let users = users::known(cx, &certificate.arn);
    let shown = certificate.render(cx.world, cx.now(), &users);
    Ok(answer::json(json!({"Certificate": shown})))
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Lists those with RSA keys of up to 2048 bits, if nothing is said of keys.
pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let keys = texts(body.pointer("/Includes/keyTypes"));
    let keys = if keys.is_empty() { vec!["RSA_1024", "RSA_2048"] } else { keys };
    let statuses = texts(body.get("CertificateStatuses"));
    let most = body.get("MaxItems").and_then(Value::as_u64).unwrap_or(1000);
    let most = usize::try_from(most).unwrap_or(1000).clamp(1, 1000);
    let from = text(body, "NextToken").unwrap_or_default().to_owned();
    let own = cx.certificates().certificates.range(from..);
    let all: Vec<Certificate> = own.map(|(_, certificate)| certificate.clone()).collect();
    let fits = |one: &&Certificate| {
        keys.contains(&one.key_algorithm.as_str())
            && (statuses.is_empty() || statuses.contains(&one.status(cx.world, now)))
    };
    let all: Vec<&Certificate> = all.iter().filter(fits).collect();
    let next = all.get(most).map(|certificate| &certificate.arn);
    let page: Vec<Value> = all
        .iter()
        .take(most)
        .map(|one| {
            json!({
                "CertificateArn": one.arn,
                "DomainName": one.names.first(),
                "SubjectAlternativeNameSummaries": one.names,
                "Status": one.status(cx.world, now),
                "Type": "AMAZON_ISSUED",
                "KeyAlgorithm": one.key_algorithm,
                "InUse": !users::of(cx.world, &one.arn).is_empty(),
                "CreatedAt": one.created_at / 1000,
            })
        })
        .collect();
    Ok(answer::json(json!({"CertificateSummaryList": page, "NextToken": next})))
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let arn = named(cx, body)?;
    if !users::known(cx, &arn).is_empty() {
        let message = format!("Certificate {arn} in account {ACCOUNT} is in use.");
        return Err(Refusal::bad("ResourceInUseException", message));
    }
    cx.certificates().used.remove(&arn);
    cx.certificates().certificates.remove(&arn);
    Ok(answer::json(json!({})))
}
