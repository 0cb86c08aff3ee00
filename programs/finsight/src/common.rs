//! What components share: names, ARNs, policies.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::program::{Handle, Input, Options, Output, Resource, Scope, concat};
use finsight_engine::value::Value;
use finsight_specs::iam::{Policy, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::s3::Bucket;

use crate::artifacts::CODE_TAG;
use crate::stack_name;

/// The tags of every resource: the project, the stack, the component, and what manages it.
pub(crate) const COMPONENT_TAGS: [&str; 4] = ["Project", "Stack", "Component", "ManagedBy"];
/// All tags that the program sets.
pub(crate) const OWN_TAGS: [&str; 6] = {
    let [project, stack, component, manager] = COMPONENT_TAGS;
    [project, stack, component, manager, NAME_TAG, CODE_TAG]
};
/// The tag that consoles show as a resource's name.
const NAME_TAG: &str = "Name";

/// `finsight-<what>` in this stack.
pub(crate) fn named(s: &Scope, what: &str) -> String {
    stack_name(s.stack_name(), &format!("finsight-{what}"))
}

/// The tag `Name` with [`named`].
pub(crate) fn name(s: &Scope, what: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(NAME_TAG.to_owned(), named(s, what))])
}

/// A name that the config chose, as the last part of a URN: what cannot stand there is written by its number, so that
/// two names never become one.
pub(crate) fn part(name: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    let written =
        |sign: char| if plain(sign) { sign.to_string() } else { format!(":{:x}:", u32::from(sign)) };
    name.chars().map(written).collect()
}

/// Short names, each of its own: where two would be one, the later one is written whole.
pub(crate) fn apart(names: &[String], short: impl Fn(&str) -> String) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let one = |name: &String| {
        let short = short(name);
        if taken.insert(short.clone()) { short } else { part(name) }
    };
    names.iter().map(one).collect()
}

/// Options with a dependency that no property shows, and its reason.
pub(crate) fn after<R: Resource>(handle: &Handle<R>, reason: &str) -> Options {
    and_after(Options::default(), handle, reason)
}

/// These options, with one more dependency.
pub(crate) fn and_after<R: Resource>(mut options: Options, handle: &Handle<R>, reason: &str) -> Options {
    options.depends_on.insert(handle.urn().clone(), reason.to_owned());
    options
}

/// An ARN of the stack's own region and account.
pub(crate) fn arn(s: &Scope, service: &str, rest: impl Into<Input<String>>) -> Output<String> {
    concat([
        Input::from("arn:"),
        s.partition().into(),
        Input::from(format!(":{service}:")),
        s.region().into(),
        Input::from(":"),
        s.account_id().into(),
        Input::from(":"),
        rest.into(),
    ])
}

/// An ARN of the stack's own account, without a region.
pub(crate) fn global_arn(s: &Scope, service: &str, rest: impl Into<Input<String>>) -> Output<String> {
    concat([
        Input::from("arn:"),
        s.partition().into(),
        Input::from(format!(":{service}::")),
        s.account_id().into(),
        Input::from(":"),
        rest.into(),
    ])
}

/// An ARN of AWS itself, such as that of a managed policy.
pub(crate) fn aws_arn(s: &Scope, rest: &str) -> Input<Arn> {
    typed(concat([Input::from("arn:"), s.partition().into(), Input::from(rest)]))
}

/// A text taken for a typed one, such as an ARN that was put together.
pub(crate) fn typed<T>(of: impl Into<Input<String>>) -> Input<T> {
    Input::from_value(of.into().into_value())
}

/// A typed output as a text, to be put together with others.
pub(crate) fn plain<T>(of: &Output<T>) -> Input<String> {
    Input::from_value(of.value())
}

/// The account's root: whom its IAM policies then narrow.
pub(crate) fn root(s: &Scope) -> Output<String> {
    global_arn(s, "iam", "root")
}

/// A trust policy for a service, on behalf of this account alone.
pub(crate) fn trust(s: &Scope, service: &str) -> Value {
    let statement = Statement::allow(&["sts:AssumeRole"]).service(service);
    Policy::new()
        .statement(statement.condition("StringEquals", "aws:SourceAccount", s.account_id()))
        .document()
}

/// A trust policy for a service that does not say on whose behalf it asks.
pub(crate) fn plain_trust(service: &str) -> Value {
    Policy::new().statement(Statement::allow(&["sts:AssumeRole"]).service(service)).document()
}

/// What a key's administrators do; using it for data is not among it.
const ADMINISTRATION: &[&str] = &[
    "kms:CreateAlias",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
];

/// What using a key for data needs.
const USE: &[&str] =
    &["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];

/// A key policy by which the account administers the key.
pub(crate) fn key_policy(s: &Scope) -> Policy {
    Policy::new()
        .statement(Statement::allow(ADMINISTRATION).sid("Administration").principal(root(s)).resource("*"))
}

/// The account's own principals may use the key, through a service alone.
pub(crate) fn use_through(s: &Scope, service: &str) -> Statement {
    let host: Output<String> =
        concat([Input::from(format!("{service}.")), s.region().into(), ".amazonaws.com".into()]);
    Statement::allow(USE)
        .sid("Use")
        .principal(root(s))
        .resource("*")
        .condition("StringEquals", "kms:ViaService", host)
        .condition("StringEquals", "kms:CallerAccount", s.account_id())
}

/// A service may take out grants for its own resources.
pub(crate) fn grants_through(s: &Scope, sid: &str, service: &str) -> Statement {
    let host: Output<String> =
        concat([Input::from(format!("{service}.")), s.region().into(), ".amazonaws.com".into()]);
    Statement::allow(&["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"])
        .sid(sid)
        .principal(root(s))
        .resource("*")
        .condition("StringEquals", "kms:ViaService", host)
        .condition("Bool", "kms:GrantIsForAWSResource", "true")
}

/// A service itself may use the key, that does not say on whose behalf it asks.
pub(crate) fn plain_use_by(sid: &str, service: &str) -> Statement {
    Statement::allow(&["kms:Decrypt", "kms:GenerateDataKey*"]).sid(sid).service(service).resource("*")
}

/// A service itself may use the key, for this account alone.
pub(crate) fn use_by(s: &Scope, sid: &str, service: &str) -> Statement {
    plain_use_by(sid, service).condition("StringEquals", "aws:SourceAccount", s.account_id())
}

/// EventBridge itself may use the key of a topic. It does not say for whom: "Adding the aws:SourceAccount, aws:SourceArn, and
/// aws:SourceOrgID to a AWS KMS policy is not supported for EventBridge-to-encrypted topics" (SNS, "Managing Amazon SNS
/// encryption keys and costs").
pub(crate) fn use_by_events() -> Statement {
    Statement::allow(&["kms:Decrypt", "kms:GenerateDataKey*"])
        .sid("Events")
        .service("events.amazonaws.com")
        .resource("*")
}

/// A bucket's name, which is the account's own, and its ARN.
pub(crate) fn bucket_name(s: &Scope, what: &str) -> (Output<String>, Output<String>) {
    let bucket: Output<String> = concat([Input::from(format!("{}-", named(s, what))), s.account_id().into()]);
    let arn =
        concat([Input::from("arn:"), s.partition().into(), Input::from(":s3:::"), Input::from(&bucket)]);
    (bucket, arn)
}

/// A bucket of the stack that nobody reaches without TLS, and that lets in whom these statements say.
pub(crate) fn closed_bucket(s: &Scope, what: &str, statements: Vec<Statement>) -> Bucket {
    let (bucket, whole) = bucket_name(s, what);
    let objects: Output<String> = concat([Input::from(&whole), Input::from("/*")]);
    let policy = Policy::new().statement(tls_only(&whole, &objects));
    let document = statements.into_iter().fold(policy, Policy::statement).document();
    Bucket::new(bucket).policy(document).tags(name(s, what))
}

/// Nobody reaches a bucket and its objects without TLS.
fn tls_only(bucket: &Output<String>, objects: &Output<String>) -> Statement {
    Statement::deny(&["s3:*"]).sid("TlsOnly").everyone().resource(bucket).resource(objects).condition(
        "Bool",
        "aws:SecureTransport",
        "false",
    )
}
