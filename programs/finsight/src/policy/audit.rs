//! Audit, logs and recovery.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_specs::config::managed_rules::ManagedRule;

use super::pack;

const AUDIT: &str = "security checklist: audit log";
const RECOVERY: &str = "disaster recovery: data outlives mistakes";
const COMPLIANCE: &str = "security checklist: configuration compliance";

pub(super) fn rules() -> Vec<Rule> {
    vec![
        pack(Severity::Error, AUDIT)(
            "audit-trail",
            "trails cover all regions and can be validated",
            "set is_multi_region_trail and enable_log_file_validation",
            trail,
        ),
        pack(Severity::Warning, AUDIT)(
            "audit-retention",
            "log groups have a retention",
            "set retention_in_days",
            retention,
        ),
        pack(Severity::Warning, AUDIT)(
            "audit-network",
            "VPCs have flow logs",
            "set network.flow_logs",
            flow_logs,
        ),
        pack(Severity::Error, AUDIT)(
            "audit-api",
            "stages log every request and are traced",
            "set access_log_settings and tracing_enabled",
            stage,
        ),
        pack(Severity::Warning, AUDIT)(
            "audit-firewall",
            "web ACLs are logged",
            "declare a LoggingConfiguration",
            firewall_log,
        ),
        pack(Severity::Error, AUDIT)(
            "firewall-edge",
            "distributions stand behind a web ACL",
            "set web_acl_id",
            edge,
        ),
        pack(Severity::Error, AUDIT)(
            "firewall-api",
            "stages stand behind a web ACL",
            "declare a WebAclAssociation",
            api,
        ),
        pack(Severity::Warning, COMPLIANCE)(
            "recorder-rules",
            "AWS Config has rules where it records",
            "declare ConfigRules",
            recorder,
        ),
        pack(Severity::Error, COMPLIANCE)(
            "recorder-regions",
            "rules of AWS Config are declared where AWS has them",
            "declare the rule in a region that has it, with a recorder there: those of CloudFront in us-east-1",
            regions_of_rules,
        ),
        pack(Severity::Error, RECOVERY)(
            "recovery-backups",
            "databases of a stack that serves users are backed up for 7 days and protected",
            "set backup_retention_period to 7 or more, deletion_protection, and take a final snapshot",
            backups,
        ),
        pack(Severity::Warning, RECOVERY)(
            "recovery-protect",
            "data of a stack that serves users, its keys, records, zone and mail identity are protected",
            "set the option protect",
            protected,
        ),
    ]
}

fn broken(
    subject: &Subject<'_>,
    type_name: &str,
    kept: impl Fn(&Filled<'_>) -> bool,
    message: &str,
) -> Vec<Violation> {
    subject.of_type(type_name).filter(|item| !kept(item)).map(|item| Violation::new(item, message)).collect()
}

fn trail(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| {
        item.is("is_multi_region_trail", true)
            && item.is("enable_log_file_validation", true)
            && item.is("is_logging", true)
    };
    broken(
        subject,
        "aws:cloudtrail:Trail",
        kept,
        "it does not cover all regions, cannot be validated, or is off",
    )
}

fn retention(subject: &Subject<'_>) -> Vec<Violation> {
    broken(
        subject,
        "aws:logs:LogGroup",
        |item| item.get("retention_in_days").is_some(),
        "its events are kept for ever",
    )
}

fn flow_logs(subject: &Subject<'_>) -> Vec<Violation> {
    let logged = |vpc: &Filled<'_>| {
        subject.of_type("aws:ec2:FlowLog").any(|log| log.refers_to("resource_id") == Some(vpc.urn()))
    };
    broken(subject, "aws:ec2:Vpc", logged, "its traffic is not recorded")
}

fn stage(subject: &Subject<'_>) -> Vec<Violation> {
    let kept =
        |item: &Filled<'_>| item.get("access_log_settings").is_some() && item.is("tracing_enabled", true);
    broken(subject, "aws:apigateway:Stage", kept, "its requests are not logged or not traced")
}

fn firewall_log(subject: &Subject<'_>) -> Vec<Violation> {
    let logged = |acl: &Filled<'_>| {
        subject
            .of_type("aws:wafv2:LoggingConfiguration")
            .any(|log| log.refers_to("resource_arn") == Some(acl.urn()))
    };
    broken(subject, "aws:wafv2:WebACL", logged, "what it blocks is not logged")
}

fn edge(subject: &Subject<'_>) -> Vec<Violation> {
    broken(
        subject,
        "aws:cloudfront:Distribution",
        |item| item.get("web_acl_id").is_some(),
        "it has no web ACL",
    )
}

fn api(subject: &Subject<'_>) -> Vec<Violation> {
    let guarded = |stage: &Filled<'_>| {
        subject
            .of_type("aws:wafv2:WebACLAssociation")
            .any(|one| one.refers_to("resource_arn") == Some(stage.urn()))
    };
    broken(subject, "aws:apigateway:Stage", guarded, "it has no web ACL")
}

fn recorder(subject: &Subject<'_>) -> Vec<Violation> {
    let any = subject.of_type("aws:config:ConfigRule").next().is_some();
    broken(subject, "aws:config:ConfigurationRecorder", |_| any, "nothing judges what it records")
}

/// A rule that is not in AWS's list is a newer one, or refused: AWS says which.
fn regions_of_rules(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| {
        let source = item.get("source").and_then(Value::as_map);
        let identifier = source.and_then(|source| source.get("source_identifier")).and_then(Value::as_text);
        let region = item.node.options.region.as_deref().unwrap_or(subject.region);
        identifier.and_then(ManagedRule::named).is_none_or(|rule| rule.is_in(region))
    };
    broken(subject, "aws:config:ConfigRule", kept, "AWS does not have this rule in its region")
}

fn backups(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| {
        let days = item.get("backup_retention_period").and_then(Value::as_int).unwrap_or(0);
        days >= 7 && item.is("deletion_protection", true) && !item.is("skip_final_snapshot", true)
    };
    if serves_users(subject) {
        broken(subject, "aws:rds:DBInstance", kept, "a mistake can take its data along")
    } else {
        Vec::new()
    }
}

/// Whether users are served, as the stack says of itself: what AWS is told to keep, or a branch of its site that is what users see.
pub(super) fn serves_users(subject: &Subject<'_>) -> bool {
    let mut branches = subject.of_type("aws:amplify:Branch");
    let mut databases = subject.of_type("aws:rds:DBInstance");
    branches.any(|branch| branch.is("stage", "PRODUCTION"))
        || databases.any(|database| database.is("deletion_protection", true))
}

/// What a destroy takes away for good, whatever its name: data, the keys without which data is noise, the record of who did what, and
/// the names by which others know the stack.
const KEPT: &[&str] = &[
    "aws:cloudtrail:Trail",
    "aws:kms:Key",
    "aws:rds:DBInstance",
    "aws:route53:HostedZone",
    "aws:secretsmanager:Secret",
    "aws:ses:EmailIdentity",
];

/// Who writes records into a bucket, and where it says so.
const RECORDS: &[(&str, &str)] = &[
    ("aws:cloudfront:Distribution", "logging"),
    ("aws:cloudtrail:Trail", "s3_bucket_name"),
    ("aws:config:DeliveryChannel", "s3_bucket_name"),
    ("aws:ec2:FlowLog", "log_destination"),
    ("aws:wafv2:LoggingConfiguration", "log_destination_configs"),
];

/// The buckets of records.
fn records(subject: &Subject<'_>) -> BTreeSet<Urn> {
    let named = |(kind, property): &(&str, &'static str)| -> BTreeSet<Urn> {
        subject.of_type(kind).filter_map(|item| item.get(property)).flat_map(references).collect()
    };
    RECORDS.iter().flat_map(named).filter(|urn| urn.type_name() == "aws:s3:Bucket").collect()
}

fn protected(subject: &Subject<'_>) -> Vec<Violation> {
    if !serves_users(subject) {
        return Vec::new();
    }
    let records = records(subject);
    // What AWS or the program makes anew is no loss.
    let made = |item: &Filled<'_>| {
        item.get("generate").is_none() && item.urn().type_name() == "aws:secretsmanager:Secret"
    };
    subject
        .all()
        .filter(|item| KEPT.contains(&item.urn().type_name()) || records.contains(item.urn()))
        .filter(|item| !item.node.options.protect && !made(item))
        .map(|item| Violation::new(item, "nothing stops a destroy from taking it down"))
        .collect()
}
