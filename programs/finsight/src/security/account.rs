//! S4 and S5: CloudTrail and AWS Config, once in an account.

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat};
use finsight_engine::value::Value;
use finsight_specs::cloudtrail::Trail;
use finsight_specs::config::{
    ConfigRule, ConfigurationRecorder, ConfigurationRecorderStatus, DeliveryChannel, RecordingGroup,
    RuleSource,
};
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::kms::{Alias, Key};
use finsight_specs::logs::LogGroup;
use finsight_specs::s3::{Bucket, LifecycleRule};

use crate::common::{
    after, arn, aws_arn, bucket_name, closed_bucket, key_policy, name, named, plain, plain_trust, trust,
};
use crate::config::{AccountConfig, SecurityConfig};

/// What stands once in an account.
pub struct Account {
    /// The record of API calls.
    pub trail: Handle<Trail>,
    /// Where it can be looked at while it is new.
    pub log_group: Handle<LogGroup>,
    /// The record of configurations.
    pub recorder: Handle<ConfigurationRecorder>,
}

/// Rules of AWS Config for the security checklist: identifier and what it checks.
const RULES: &[(&str, &str, &str)] = &[
    ("rds-storage-encrypted", "RDS_STORAGE_ENCRYPTED", "Databases are encrypted at rest"),
    ("rds-snapshots-private", "RDS_SNAPSHOTS_PUBLIC_PROHIBITED", "Snapshots are not public"),
    ("rds-not-public", "RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "Databases have no public address"),
    ("s3-encrypted", "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", "Buckets are encrypted at rest"),
    ("s3-tls-only", "S3_BUCKET_SSL_REQUESTS_ONLY", "Buckets take requests over TLS alone"),
    ("s3-no-public-read", "S3_BUCKET_PUBLIC_READ_PROHIBITED", "Buckets cannot be read by everyone"),
    ("s3-no-public-write", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "Buckets cannot be written by everyone"),
    ("api-logged", "API_GW_EXECUTION_LOGGING_ENABLED", "API stages are logged"),
    ("cloudtrail-on", "CLOUD_TRAIL_ENABLED", "API calls are recorded"),
    (
        "cloudtrail-validated",
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        "The record of API calls can be validated",
    ),
    ("root-mfa", "ROOT_ACCOUNT_MFA_ENABLED", "The root user has MFA"),
    ("root-no-keys", "IAM_ROOT_ACCESS_KEY_CHECK", "The root user has no access key"),
    ("iam-no-admin-policies", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "No policy allows everything"),
    ("kms-rotation", "CMK_BACKING_KEY_ROTATION_ENABLED", "Keys are rotated"),
    ("no-open-ssh", "INCOMING_SSH_DISABLED", "No security group opens SSH to everyone"),
    ("default-group-closed", "VPC_DEFAULT_SECURITY_GROUP_CLOSED", "Default security groups have no rules"),
    ("secrets-use-cmk", "SECRETSMANAGER_USING_CMK", "Secrets are encrypted with a customer's key"),
];

/// Those of what stands at the edge: AWS has them in us-east-1 alone.
const EDGE_RULES: &[(&str, &str, &str)] =
    &[("cloudfront-tls", "CLOUDFRONT_VIEWER_POLICY_HTTPS", "Distributions are reached over TLS alone")];
/// What of FinSight stands there.
const EDGE_TYPES: &[&str] = &["AWS::CloudFront::Distribution", "AWS::WAFv2::WebACL", "AWS::ACM::Certificate"];
const EDGE: &str = "us-east-1";

/// CloudTrail and AWS Config.
pub(super) fn account(
    s: &Scope,
    config: &AccountConfig,
    security: &SecurityConfig,
    protected: bool,
) -> Account {
    let guard = Guard { protected, delete_records: config.delete_records };
    let (trail, log_group) = trail(s, config, security, guard);
    let recorder = recorder(s, config, guard);
    Account { trail, log_group, recorder }
}

/// A private, versioned bucket that takes what a service delivers; its records outlive a mistake.
fn bucket(
    s: &Scope,
    what: &str,
    days: i64,
    policy: Vec<Statement>,
    key: Option<&Handle<Key>>,
    guard: Guard,
) -> Handle<Bucket> {
    let mut bucket = closed_bucket(s, what, policy)
        .versioning_status("Enabled")
        .lifecycle_rules(vec![
            LifecycleRule::new("end")
                .expiration_days(days)
                .noncurrent_version_expiration_days(30)
                .abort_incomplete_multipart_upload_days(7),
        ])
        .force_destroy(guard.delete_records);
    if let Some(key) = key {
        bucket = bucket.sse_algorithm("aws:kms").kms_master_key_id(&key.arn).bucket_key_enabled(true);
    }
    s.add_with(what, bucket, Options { protect: guard.protected, ..Options::default() })
}

/// What keeps records from being deleted.
#[derive(Clone, Copy)]
struct Guard {
    protected: bool,
    delete_records: bool,
}

/// A service may look at a bucket's access list, and put objects under its own account's prefix.
fn delivery(
    s: &Scope,
    what: &str,
    service: &str,
    prefix: &str,
    source: Option<Output<String>>,
) -> Vec<Statement> {
    let (_, whole) = bucket_name(s, what);
    let under: Output<String> =
        concat([Input::from(format!("/{prefix}AWSLogs/")), s.account_id().into(), Input::from("/*")]);
    let objects: Output<String> = concat([Input::from(&whole), Input::from(under)]);
    let own = |statement: Statement| match &source {
        Some(arn) => statement.condition("StringEquals", "aws:SourceArn", arn),
        None => statement.condition("StringEquals", "AWS:SourceAccount", s.account_id()),
    };
    vec![
        own(Statement::allow(&["s3:GetBucketAcl", "s3:ListBucket"])
            .sid("Look")
            .service(service)
            .resource(&whole)),
        own(Statement::allow(&["s3:PutObject"]).sid("Deliver").service(service).resource(objects)).condition(
            "StringEquals",
            "s3:x-amz-acl",
            "bucket-owner-full-control",
        ),
    ]
}

/// Days that the record is kept where filters look at it; its files are kept for longer.
const LOOKED_AT_DAYS: i64 = 90;

/// Where filters look at the record, and the role by which CloudTrail writes there, to its own streams alone.
fn looked_at(s: &Scope) -> (Handle<LogGroup>, Handle<Role>) {
    let group = s.add(
        "trail",
        LogGroup::new()
            .log_group_name(format!("/aws/cloudtrail/{}", named(s, "trail")))
            .retention_in_days(LOOKED_AT_DAYS)
            .tags(name(s, "trail")),
    );
    let streams: Output<String> = concat([
        Input::from(Output::<String>::of(group.urn(), "arn")),
        Input::from(":log-stream:"),
        s.account_id().into(),
        Input::from("_CloudTrail_*"),
    ]);
    let write = Policy::new()
        .statement(Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents"]).resource(streams));
    let role = s.add(
        "trail",
        // Nothing says that CloudTrail tells on whose behalf it writes: AWS's own role for it has no condition.
        Role::new(plain_trust("cloudtrail.amazonaws.com"))
            .role_name(named(s, "trail"))
            .description("CloudTrail: writes the record of API calls to its log group")
            .inline_policies(BTreeMap::from([("write".to_owned(), write.document())]))
            .tags(name(s, "trail")),
    );
    (group, role)
}

fn trail(
    s: &Scope,
    config: &AccountConfig,
    security: &SecurityConfig,
    guard: Guard,
) -> (Handle<Trail>, Handle<LogGroup>) {
    let trail_name = named(s, "trail");
    let trail_arn = arn(s, "cloudtrail", format!("trail/{trail_name}"));
    let encrypt = Statement::allow(&["kms:GenerateDataKey*", "kms:DescribeKey"])
        .sid("CloudTrail")
        .service("cloudtrail.amazonaws.com")
        .resource("*")
        .condition("StringEquals", "aws:SourceArn", &trail_arn);
    let key = s.add_with(
        "audit",
        Key::new(key_policy(s).statement(encrypt).statement(crate::common::use_through(s, "s3")).document())
            .description("FinSight: the record of API calls")
            .enable_key_rotation(true)
            .pending_window_in_days(security.key_deletion_days)
            .tags(name(s, "audit")),
        // Without it, the records that are kept cannot be read.
        Options { protect: guard.protected, ..Options::default() },
    );
    s.add("audit", Alias::new(format!("alias/{}", named(s, "audit")), &key));
    let statements = delivery(s, "trail", "cloudtrail.amazonaws.com", "", Some(trail_arn));
    let bucket = bucket(s, "trail", config.trail_retention_days, statements, Some(&key), guard);
    let (log_group, role) = looked_at(s);
    let trail = s.add_with(
        "main",
        Trail::new(plain(&bucket.id()))
            .name(trail_name)
            .is_multi_region_trail(true)
            .include_global_service_events(true)
            .enable_log_file_validation(true)
            .kms_key_id(&key.arn)
            .cloud_watch_logs_log_group_arn(Output::<Arn>::of(log_group.urn(), "arn"))
            .cloud_watch_logs_role_arn(&role.arn)
            .tags(name(s, "trail")),
        Options { protect: guard.protected, ..Options::default() },
    );
    (trail, log_group)
}

fn recorder(s: &Scope, config: &AccountConfig, guard: Guard) -> Handle<ConfigurationRecorder> {
    let statements = delivery(s, "config", "config.amazonaws.com", "", None);
    let bucket = bucket(s, "config", config.config_retention_days, statements, None, guard);
    let role = s.add(
        "config",
        Role::new(trust(s, "config.amazonaws.com"))
            .role_name(named(s, "config"))
            .description("AWS Config: looks at the account's resources")
            .managed_policy_arns([aws_arn(s, ":iam::aws:policy/service-role/AWS_ConfigRole")])
            .inline_policies(BTreeMap::from([("deliver".to_owned(), deliver(s, &bucket))]))
            .tags(name(s, "config")),
    );
    let (recorder, started) = recording(s, "main", RecordingGroup::all_and_global(), &role, &bucket);
    judge(s, RULES, &started);
    if s.home_region() == EDGE {
        judge(s, EDGE_RULES, &started);
    } else {
        let edge = s.in_region(EDGE);
        let (_, started) = recording(&edge, "edge", RecordingGroup::only(EDGE_TYPES), &role, &bucket);
        judge(&edge, EDGE_RULES, &started);
    }
    recorder
}

/// A recorder that records: a region has one.
fn recording(
    s: &Scope,
    what: &str,
    group: RecordingGroup,
    role: &Handle<Role>,
    bucket: &Handle<Bucket>,
) -> (Handle<ConfigurationRecorder>, Handle<ConfigurationRecorderStatus>) {
    let recorder =
        s.add(what, ConfigurationRecorder::new(&role.arn).recording_group(group).tags(name(s, "config")));
    let channel = s.add(
        what,
        DeliveryChannel::new(plain(&bucket.id()), &recorder).delivery_frequency("TwentyFour_Hours"),
    );
    let started = s.add(what, ConfigurationRecorderStatus::new(&recorder, &channel));
    (recorder, started)
}

fn judge(s: &Scope, rules: &[(&str, &str, &str)], started: &Handle<ConfigurationRecorderStatus>) {
    for (rule, identifier, description) in rules {
        s.add_with(
            rule,
            ConfigRule::new(RuleSource::aws(identifier))
                .config_rule_name(named(s, rule))
                .description(*description)
                .tags(name(s, rule)),
            after(started, "a rule judges what the recorder sees"),
        );
    }
}

fn deliver(s: &Scope, bucket: &Handle<Bucket>) -> Value {
    let objects: Output<String> = concat([
        plain(&bucket.arn),
        Input::from("/AWSLogs/"),
        s.account_id().into(),
        Input::from("/Config/*"),
    ]);
    Policy::new()
        .statement(Statement::allow(&["s3:PutObject"]).resource(objects))
        .statement(Statement::allow(&["s3:GetBucketAcl"]).resource(plain(&bucket.arn)))
        .document()
}
