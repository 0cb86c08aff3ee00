//! Encryption at rest.

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::{Value, at_path};

use super::pack;

const WHY: &str = "security checklist: data at rest is encrypted";

pub(super) fn rules() -> Vec<Rule> {
    let error = pack(Severity::Error, WHY);
    vec![
        error(
            "encrypted-database",
            "databases are encrypted with a key of the stack",
            "set storage_encrypted and kms_key_id",
            database,
        ),
        error("encrypted-secret", "secrets are encrypted with a key of the stack", "set kms_key_id", secret),
        error("encrypted-topic", "topics are encrypted", "set kms_master_key_id", topic),
        error(
            "encrypted-trail",
            "the record of API calls is encrypted with a key of the stack",
            "set kms_key_id",
            trail,
        ),
        error(
            "encrypted-cache",
            "API Gateway's cache is encrypted",
            "call cache_data_encrypted(true) where caching is on",
            cache,
        ),
        pack(Severity::Warning, WHY)("rotated-key", "keys are rotated", "set enable_key_rotation", key),
    ]
}

fn unset(subject: &Subject<'_>, type_name: &str, property: &str, message: &str) -> Vec<Violation> {
    let open = |item: &&Filled<'_>| item.get(property).is_none();
    subject.of_type(type_name).filter(open).map(|item| Violation::new(item, message)).collect()
}

fn database(subject: &Subject<'_>) -> Vec<Violation> {
    subject
        .of_type("aws:rds:DBInstance")
        .filter(|item| !item.is("storage_encrypted", true) || item.get("kms_key_id").is_none())
        .map(|item| Violation::new(item, "its storage is not encrypted with a key of the stack"))
        .collect()
}

fn secret(subject: &Subject<'_>) -> Vec<Violation> {
    unset(subject, "aws:secretsmanager:Secret", "kms_key_id", "it is encrypted with AWS's own key")
}

fn topic(subject: &Subject<'_>) -> Vec<Violation> {
    unset(subject, "aws:sns:Topic", "kms_master_key_id", "its messages are not encrypted")
}

fn trail(subject: &Subject<'_>) -> Vec<Violation> {
    unset(
        subject,
        "aws:cloudtrail:Trail",
        "kms_key_id",
        "its files are not encrypted with a key of the stack",
    )
}

fn cache(subject: &Subject<'_>) -> Vec<Violation> {
    let open = |item: &&Filled<'_>| {
        let settings = item.get("method_settings").and_then(Value::as_map);
        settings.is_some_and(|settings| {
            settings.values().filter_map(Value::as_map).any(|map| {
                at_path(map, "caching_enabled") == Some(&true.into())
                    && at_path(map, "cache_data_encrypted") != Some(&true.into())
            })
        })
    };
    let stages = subject.of_type("aws:apigateway:Stage");
    stages.filter(open).map(|item| Violation::new(item, "answers are cached in clear")).collect()
}

fn key(subject: &Subject<'_>) -> Vec<Violation> {
    subject
        .of_type("aws:kms:Key")
        .filter(|item| item.is("key_spec", "SYMMETRIC_DEFAULT") && !item.is("enable_key_rotation", true))
        .map(|item| Violation::new(item, "its material is never renewed"))
        .collect()
}
