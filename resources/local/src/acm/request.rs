//! Requests for certificates.

use serde_json::{Value, json};

use super::certificate::Certificate;
use super::{tags, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, uuid};

/// For how long a token means the same request.
const TOKEN: i64 = 3_600_000;
/// Seconds until the records of a request are known.
const RECORDS: u32 = 5;
/// Seconds until ACM has seen a record.
const VALIDATION: u32 = 60;

const KEYS: [&str; 6] = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];

fn invalid(message: String) -> Refusal {
    Refusal::bad("ValidationException", format!("1 validation error detected: {message}"))
}

/// A name as ACM keeps it.
fn name(text: &str) -> Result<String, Refusal> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let below = name.strip_prefix("*.").unwrap_or(&name);
    if name.len() <= 253 && below.contains('.') && below.split('.').all(fits) {
        return Ok(name);
    }
    Err(invalid(format!("Value '{text}' at 'domainName' failed to satisfy constraint: a domain name")))
}

pub(super) fn request(cx: &mut Context<'_>, body: &Value) -> Answered {
    let domain = text(body, "DomainName").ok_or_else(|| {
        invalid("Value null at 'domainName' failed to satisfy constraint: Member must not be null".to_owned())
    })?;
    let mut names = vec![name(domain)?];
    // "The first domain name you enter cannot exceed 64 octets" (RequestCertificate); the words are ours.
    if names.first().is_some_and(|first| first.len() > 64) {
        return Err(invalid(format!(
            "Value '{domain}' at 'domainName' failed to satisfy constraint: Member must have length less than or equal to 64"
        )));
    }
    for other in body.get("SubjectAlternativeNames").and_then(Value::as_array).into_iter().flatten() {
        let other = name(other.as_str().unwrap_or_default())?;
        if !names.contains(&other) {
            names.push(other);
        }
    }
    let method = text(body, "ValidationMethod").unwrap_or("EMAIL");
    if !matches!(method, "DNS" | "EMAIL") {
        return Err(invalid(format!("Value '{method}' at 'validationMethod'")));
    }
    let key = text(body, "KeyAlgorithm").unwrap_or("RSA_2048");
    if !KEYS.contains(&key) {
        return Err(invalid(format!("Value '{key}' at 'keyAlgorithm'")));
    }
    let token = text(body, "IdempotencyToken");
    let fits =
        |token: &str| token.len() <= 32 && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let Some(token) = token.filter(|token| !fits(token)) {
        return Err(invalid(format!("Value '{token}' at 'idempotencyToken'")));
    }
    let tags = tags::of(body)?;
    let (now, records_at) = (cx.now(), cx.clock.due(RECORDS));
    let delay = cx.clock.due(VALIDATION) - now;
    let known = cx.certificates().certificates.values().find(|one| {
        token.is_some() && one.token.as_deref() == token && one.names == names && now < one.created_at + TOKEN
    });
    if let Some(known) = known {
        return Ok(answer::json(json!({"CertificateArn": known.arn})));
    }
    let arn = format!("arn:aws:acm:{}:{ACCOUNT}:certificate/{}", cx.region(), uuid());
    let ends = cx.world.outcomes.of("aws:acm:Certificate", &names[0]);
    let certificate = Certificate {
        arn: arn.clone(),
        names,
        method: method.to_owned(),
        key_algorithm: key.to_owned(),
        export: body.pointer("/Options/Export").and_then(Value::as_str).unwrap_or("DISABLED").to_owned(),
        created_at: now,
        records_at,
        delay,
        ends,
        token: token.map(str::to_owned),
        tags,
    };
    cx.certificates().certificates.insert(arn.clone(), certificate);
    Ok(answer::json(json!({"CertificateArn": arn})))
}
