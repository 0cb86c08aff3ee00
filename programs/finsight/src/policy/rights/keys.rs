//! Who uses a key, and whether its policy lets him: a key takes no one whom its own policy does not name ("Key policies in AWS KMS").

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, Violation};
use finsight_engine::value::Value;

use super::callers::publishers;
use super::statement::{Ask, Who, allowed, of_document};
use crate::policy::plain::plain;

/// CloudWatch Logs, as the key policies of the stack's own region name it.
const LOGS: &str = "logs.{region}.amazonaws.com";

/// A use of a key.
struct Use<'a> {
    key: &'a Filled<'a>,
    who: Who<'a>,
    via: Option<&'static str>,
    source: &'a Filled<'a>,
    actions: &'static [&'static str],
    then: &'static str,
}

pub(super) fn keys(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    found.extend(unread(subject));
    for one in uses(subject) {
        for action in one.actions {
            let ask = Ask { who: one.who, action, on: None, source: Some(one.source), via: one.via };
            if allowed(of_document(one.key.get("key_policy")), &ask) {
                continue;
            }
            let who = match (one.who, one.via) {
                (Who::Service(name), _) => name.to_owned(),
                (_, Some(via)) => format!("whoever has the right, through {via},"),
                _ => "the account".to_owned(),
            };
            let message =
                format!("{who} may not do {action} with it, which {} needs: {}", one.source.urn(), one.then);
            let known = found.iter().any(|other| other.urn == *one.key.urn() && other.message == message);
            if !known {
                found.push(Violation::new(one.key, message));
            }
        }
    }
    found
}

/// Buckets that CloudFront reads, and that are encrypted with AWS's own key for S3, whose policy nobody can change.
fn unread(subject: &Subject<'_>) -> Vec<Violation> {
    let sealed = |item: &Filled<'_>| {
        item.get("sse_algorithm").is_some_and(|one| plain(one).starts_with("aws:kms"))
            && item.get("kms_master_key_id").is_none_or(Value::is_null)
    };
    let mut found = Vec::new();
    for distribution in subject.of_type("aws:cloudfront:Distribution") {
        let origins = distribution.get("origins").map(references).unwrap_or_default();
        for bucket in origins.iter().filter_map(|urn| subject.get(urn)) {
            if bucket.urn().type_name() == "aws:s3:Bucket" && sealed(bucket) {
                let message = format!(
                    "AWS's own key for S3 encrypts it, which lets {} not in: whoever is sent there gets an error instead of the page",
                    distribution.urn()
                );
                found.push(Violation::new(bucket, message));
            }
        }
    }
    found
}

fn uses<'a>(subject: &'a Subject<'a>) -> Vec<Use<'a>> {
    let mut found = Vec::new();
    let key_of = |item: &Filled<'_>, property: &str| {
        let key = subject.get(item.refers_to(property)?)?;
        (key.urn().type_name() == "aws:kms:Key" && key.get("key_policy").is_some()).then_some(key)
    };
    let mut add = |key: Option<&'a Filled<'a>>, who, via, source, actions, then| {
        if let Some(key) = key {
            found.push(Use { key, who, via, source, actions, then });
        }
    };
    for key in subject.of_type("aws:kms:Key") {
        let then = "nobody can change its policy or take it away any more";
        let own = key.get("key_policy").map(|_| key);
        add(own, Who::Account, None, key, &["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"], then);
    }
    for item in subject.all() {
        match item.urn().type_name() {
            // "Data protection in Amazon RDS": RDS works by grants; those who start and restore it describe the key.
            "aws:rds:DBInstance" => {
                let then = "RDS cannot open the database's storage, and the database does not start";
                add(
                    key_of(item, "kms_key_id"),
                    Who::Account,
                    Some("rds"),
                    item,
                    &["kms:CreateGrant", "kms:Decrypt"],
                    then,
                );
                let key = key_of(item, "master_user_secret_kms_key_id");
                let then = "the master user's password can be neither kept nor read";
                add(
                    key,
                    Who::Account,
                    Some("secretsmanager"),
                    item,
                    &["kms:GenerateDataKey", "kms:Decrypt"],
                    then,
                );
                // "Password management with Amazon RDS and AWS Secrets Manager".
                add(key, Who::Account, Some("rds"), item, &["kms:CreateGrant"], then);
            }
            "aws:secretsmanager:Secret" => {
                let then = "the secret can be neither written nor read";
                let actions: &'static [&'static str] = &["kms:GenerateDataKey", "kms:Decrypt"];
                add(key_of(item, "kms_key_id"), Who::Account, Some("secretsmanager"), item, actions, then);
            }
            // "Encrypt log data in CloudWatch Logs using AWS KMS".
            "aws:logs:LogGroup" => {
                let then = "the log group cannot be made, and nothing is logged";
                let actions: &'static [&'static str] =
                    &["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"];
                add(key_of(item, "kms_key_id"), Who::Service(LOGS), None, item, actions, then);
            }
            // "Configure AWS KMS key policies for CloudTrail".
            "aws:cloudtrail:Trail" => {
                let then = "the record of API calls is written nowhere, and an intruder leaves no trace";
                let actions: &'static [&'static str] = &["kms:GenerateDataKey", "kms:DescribeKey"];
                add(
                    key_of(item, "kms_key_id"),
                    Who::Service("cloudtrail.amazonaws.com"),
                    None,
                    item,
                    actions,
                    then,
                );
                let then = "nobody can read the record of API calls when it is needed";
                add(key_of(item, "kms_key_id"), Who::Account, Some("s3"), item, &["kms:Decrypt"], then);
            }
            // "Restrict access to an Amazon S3 origin", SSE-KMS: AWS's own key for S3 lets CloudFront never in.
            "aws:s3:Bucket"
                if item.get("sse_algorithm").is_some_and(|one| plain(one).starts_with("aws:kms")) =>
            {
                let reads = subject.of_type("aws:cloudfront:Distribution").find(|one| {
                    let origins = one.get("origins").map(references).unwrap_or_default();
                    origins.contains(item.urn())
                });
                if let Some(distribution) = reads {
                    let then = "whoever is sent there gets an error instead of the page";
                    let service = Who::Service("cloudfront.amazonaws.com");
                    add(
                        key_of(item, "kms_master_key_id"),
                        service,
                        None,
                        distribution,
                        &["kms:Decrypt"],
                        then,
                    );
                }
            }
            _ => {}
        }
    }
    // "Enable compatibility between event sources from AWS services and encrypted topics".
    for (topic, service, source) in publishers(subject) {
        let then = "what it has to say through the topic is dropped without a word";
        let actions: &'static [&'static str] = &["kms:Decrypt", "kms:GenerateDataKey"];
        add(key_of(topic, "kms_master_key_id"), Who::Service(service), None, source, actions, then);
    }
    found
}
