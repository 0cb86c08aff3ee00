//! What S3 refuses in settings, and what it adds to them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::xml::Element;
use super::{find, malformed};
use crate::answer::Refusal;
use crate::world::Context;

pub(crate) fn check_versioning(setting: &Element) -> Result<(), Refusal> {
    match setting.text_of("Status") {
        Some("Enabled" | "Suspended") => Ok(()),
        _ => Err(Refusal::bad(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )),
    }
}

pub(crate) fn complete_encryption(setting: &mut Element) -> Result<(), Refusal> {
    for rule in &mut setting.children {
        let by = rule.get("ApplyServerSideEncryptionByDefault").ok_or_else(malformed)?;
        let algorithm = by.text_of("SSEAlgorithm").unwrap_or_default();
        if !["AES256", "aws:kms", "aws:kms:dsse"].contains(&algorithm) {
            return Err(malformed());
        }
        if algorithm == "AES256" && by.get("KMSMasterKeyID").is_some() {
            return Err(Refusal::bad(
                "InvalidArgument",
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ));
        }
        if rule.get("BucketKeyEnabled").is_none() {
            *rule = rule.clone().with("BucketKeyEnabled", "false");
        }
        // Who does not say it again lets them in (terraform-provider-aws#47320, cloudposse/terraform-aws-s3-bucket#287).
        if rule.get("BlockedEncryptionTypes").is_none() {
            let none = Element::new("BlockedEncryptionTypes").with("EncryptionType", "NONE");
            *rule = rule.clone().child(none);
        }
    }
    Ok(())
}

pub(crate) fn check_ownership(setting: &Element) -> Result<(), Refusal> {
    let named = setting.get("Rule").and_then(|rule| rule.text_of("ObjectOwnership"));
    match named {
        Some("BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter") => Ok(()),
        _ => Err(malformed()),
    }
}

/// Gives an id to rules without one.
pub(crate) fn complete_lifecycle(setting: &mut Element) -> Result<(), Refusal> {
    let actions = [
        "Expiration",
        "NoncurrentVersionExpiration",
        "Transition",
        "NoncurrentVersionTransition",
        "AbortIncompleteMultipartUpload",
    ];
    let invalid = |message: &str| Refusal::bad("InvalidArgument", message);
    let mut ids = BTreeSet::new();
    for rule in setting.children.iter_mut().filter(|child| child.name == "Rule") {
        if !matches!(rule.text_of("Status"), Some("Enabled" | "Disabled")) {
            return Err(malformed());
        }
        let parts: Vec<&Element> =
            rule.children.iter().filter(|part| actions.contains(&part.name.as_str())).collect();
        if parts.is_empty() {
            return Err(Refusal::bad(
                "InvalidRequest",
                "At least one action needs to be specified in a rule.",
            ));
        }
        let days = parts.iter().filter(|part| part.name != "Transition").flat_map(|part| &part.children);
        for day in days.filter(|child| child.name.contains("Days") || child.name == "DaysAfterInitiation") {
            if !day.text.parse::<u32>().is_ok_and(|n| n > 0) {
                return Err(invalid("'Days' for an action must be a positive integer"));
            }
        }
        if rule.get("ID").is_none() {
            *rule = rule.clone().with("ID", crate::world::uuid());
        }
        if !ids.insert(rule.text_of("ID").unwrap_or_default().to_owned()) {
            return Err(invalid("Rule ID must be unique. Found same ID for more than one rule"));
        }
    }
    if ids.is_empty() { Err(malformed()) } else { Ok(()) }
}

/// Refuses tags that no bucket can have.
pub(crate) fn check_tags(setting: &Element) -> Result<(), Refusal> {
    let tags: Vec<&Element> = setting.get("TagSet").map(|set| set.all("Tag").collect()).unwrap_or_default();
    let keys: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.text_of("Key")).collect();
    if keys.len() != tags.len() {
        return Err(Refusal::bad("InvalidTag", "Cannot provide multiple Tags with the same key"));
    }
    if keys.iter().any(|key| key.starts_with("aws:")) {
        return Err(Refusal::bad("InvalidTag", "System tags cannot be added/updated by requester"));
    }
    if tags.len() > 50 {
        return Err(Refusal::bad("BadRequest", "Bucket tag count cannot be greater than 50"));
    }
    Ok(())
}

pub(crate) fn check_logging(cx: &mut Context<'_>, setting: &Element) -> Result<(), Refusal> {
    let Some(enabled) = setting.get("LoggingEnabled") else { return Ok(()) };
    let region = find(cx)?.region.clone();
    let target = enabled.text_of("TargetBucket").unwrap_or_default();
    match cx.buckets().get(target) {
        Some(bucket) if bucket.region == region => Ok(()),
        _ => Err(Refusal::bad(
            "InvalidTargetBucketForLogging",
            "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.",
        )),
    }
}

/// Refuses rules for other origins that S3 cannot have.
pub(crate) fn check_cors(setting: &Element) -> Result<(), Refusal> {
    let rules: Vec<&Element> = setting.all("CORSRule").collect();
    if rules.is_empty() || rules.len() > 100 {
        return Err(malformed());
    }
    for rule in rules {
        if rule.get("AllowedOrigin").is_none() || rule.get("AllowedMethod").is_none() {
            return Err(malformed());
        }
        let methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];
        if let Some(other) = rule.all("AllowedMethod").find(|m| !methods.contains(&m.text.as_str())) {
            let message =
                format!("Found unsupported HTTP method in CORS config. Unsupported method is {}", other.text);
            return Err(Refusal::bad("InvalidRequest", message));
        }
    }
    Ok(())
}

/// Whether a statement lets in everyone.
pub(crate) fn public(statement: &Value) -> bool {
    let everyone = |principal: &Value| {
        let star = |value: &Value| match value {
            Value::Array(items) => items.iter().any(|item| item == "*"),
            other => other == "*",
        };
        star(principal) || principal.get("AWS").is_some_and(star)
    };
    statement["Effect"] == "Allow" && everyone(&statement["Principal"]) && statement["Condition"].is_null()
}
