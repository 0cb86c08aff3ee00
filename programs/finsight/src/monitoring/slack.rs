//! M3 and M4: topics, who hears of them, and the function that tells Slack.

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat};
use finsight_engine::value::{Map, Value};
use finsight_specs::iam::{Policy, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::kms::{Alias, Key};
use finsight_specs::lambda::{EventInvokeConfig, Function, Permission};
use finsight_specs::s3::{Bucket, LifecycleRule};
use finsight_specs::sns::{Subscription, Topic};

use super::View;
use crate::api::functions::{LIVE, Plan, Workshop, read_secrets};
use crate::common::{
    apart, closed_bucket, key_policy, name, named, plain, plain_use_by, use_by, use_by_events,
};
use crate::config::Config;

/// Where alarms of CloudFront and of its web ACL live.
pub(super) const EDGE: &str = "us-east-1";

/// EventBridge, which publishes without a word of the account ("Using resource-based policies for Amazon EventBridge").
const EVENTS: &str = "events";

/// What the notifier may take: Slack's outages are waited out, and Lambda tries twice more.
const NOTIFIER_SECONDS: i64 = 60;
/// For how long news is kept that Slack did not take.
const UNDELIVERED_DAYS: i64 = 90;

/// Where alarms and other news go.
pub(super) struct Topics {
    /// Alarms of the stack's region, and the budget's.
    pub alarms: Handle<Topic>,
    /// Alarms of CloudFront's region: an alarm's topic is in its own.
    pub edge: Handle<Topic>,
    /// Bounces and complaints.
    pub mail: Handle<Topic>,
    /// The function that tells Slack.
    pub notifier: Handle<Function>,
}

/// The topics, with the notifier behind all of them.
pub(super) fn topics(s: &Scope, config: &Config, view: &View<'_>) -> Topics {
    let notifier = notifier(s, config, view);
    let regional = key(s, config);
    let edge_scope = s.in_region(EDGE);
    let edge_key = edge_key(&edge_scope, config);
    let alarms =
        topic(s, s, "alarms", &["cloudwatch", "budgets", "events.rds", EVENTS], &regional, &notifier);
    let mail = topic(s, s, "mail", &["ses"], &regional, &notifier);
    let edge = topic(s, &edge_scope, "edge-alarms", &["cloudwatch", EVENTS], &edge_key, &notifier);
    people(s, config, "alarms", &alarms);
    people(s, config, "mail", &mail);
    people(&edge_scope, config, "edge-alarms", &edge);
    Topics { alarms, edge, mail, notifier }
}

/// The second way to people: whoever reads mail hears of an alarm too, and of the notifier's own. Each confirms by a link.
fn people(s: &Scope, config: &Config, what: &str, topic: &Handle<Topic>) {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || sign == '.' { sign } else { '-' };
    let addresses = &config.monitoring.subscribers;
    let short = |address: &str| address.chars().map(plain).collect();
    for (address, who) in addresses.iter().zip(apart(addresses, short)) {
        s.add(&format!("{what}-{who}"), Subscription::new(&topic.arn, "email", address.as_str()));
    }
}

fn key(s: &Scope, config: &Config) -> Handle<Key> {
    let policy = key_policy(s)
        .statement(use_by(s, "Alarms", "cloudwatch.amazonaws.com"))
        .statement(use_by(s, "Budgets", "budgets.amazonaws.com"))
        .statement(use_by(s, "Databases", "events.rds.amazonaws.com"))
        .statement(use_by_events())
        .statement(mail(s));
    made(s, config, "alarms", policy)
}

/// AWS does not document that SES tells KMS for which account it asks. What is encrypted, SNS does.
fn mail(s: &Scope) -> Statement {
    let topics: Output<String> = concat([
        Input::from("arn:"),
        s.partition().into(),
        Input::from(":sns:*:"),
        s.account_id().into(),
        Input::from(":*"),
    ]);
    let encrypts = "kms:EncryptionContext:aws:sns:topicArn";
    plain_use_by("Mail", "ses.amazonaws.com").condition("StringLike", encrypts, topics)
}

fn edge_key(s: &Scope, config: &Config) -> Handle<Key> {
    let policy =
        key_policy(s).statement(use_by(s, "Alarms", "cloudwatch.amazonaws.com")).statement(use_by_events());
    made(s, config, "edge-alarms", policy)
}

fn made(s: &Scope, config: &Config, what: &str, policy: Policy) -> Handle<Key> {
    let key = s.add_with(
        what,
        Key::new(policy.document())
            .description("FinSight's alarms and news")
            .enable_key_rotation(true)
            .pending_window_in_days(config.security.key_deletion_days)
            .tags(name(s, what)),
        Options { protect: config.database.protection, ..Options::default() },
    );
    s.add(what, Alias::new(format!("alias/{}", named(s, what)), &key));
    key
}

/// An encrypted topic that these services may publish to, and the notifier listens to.
fn topic(
    home: &Scope,
    s: &Scope,
    what: &str,
    services: &[&str],
    key: &Handle<Key>,
    notifier: &Handle<Function>,
) -> Handle<Topic> {
    let region = if what == "edge-alarms" { Input::from(EDGE) } else { s.region().into() };
    let own: Output<String> = concat([
        Input::from("arn:"),
        s.partition().into(),
        Input::from(":sns:"),
        region,
        Input::from(":"),
        s.account_id().into(),
        Input::from(format!(":{}", named(s, what))),
    ]);
    let mut policy = Policy::new();
    for service in services {
        let host = format!("{service}.amazonaws.com");
        let publish =
            Statement::allow(&["sns:Publish"]).sid(&service.replace('.', "")).service(host).resource(&own);
        policy = policy.statement(if *service == EVENTS {
            publish
        } else {
            publish.condition("StringEquals", "AWS:SourceAccount", s.account_id())
        });
    }
    let topic = s.add(
        what,
        Topic::new()
            .topic_name(named(s, what))
            .display_name("FinSight")
            .kms_master_key_id(&key.arn)
            .policy(policy.document())
            .tags(name(s, what)),
    );
    // The function's policy is where the function is.
    home.add(
        &format!("notifier-{what}"),
        Permission::new(notifier, format!("sns-{what}"), "lambda:InvokeFunction", "sns.amazonaws.com")
            .qualifier(LIVE)
            .source_arn(&topic.arn),
    );
    s.add(what, Subscription::new(&topic.arn, "lambda", plain(&notifier.live_arn)));
    topic
}

/// The function that turns news into messages of Slack. It is outside of the VPC: Slack is all it talks to. What it cannot
/// deliver, after all tries, lies in a bucket: an alarm is not lost with an outage of Slack.
fn notifier(s: &Scope, config: &Config, view: &View<'_>) -> Handle<Function> {
    let workshop = Workshop {
        scope: s,
        config: &config.api,
        artifacts: view.artifacts,
        log_group: &view.api.log_group,
        bucket: None,
    };
    let webhook: &Output<Arn> = &view.security.secrets.slack.arn;
    let bucket = undelivered(s);
    let objects: Output<String> = concat([plain(&bucket.arn), Input::from("/*")]);
    let keep = Policy::new()
        .statement(Statement::allow(&["s3:PutObject"]).resource(objects))
        .statement(Statement::allow(&["s3:ListBucket"]).resource(plain(&bucket.arn)));
    let function = workshop.function(Plan {
        what: "slack-notifier".to_owned(),
        description: "FinSight: tells Slack".to_owned(),
        code: config.monitoring.slack.code.clone(),
        memory_mib: 128,
        timeout_seconds: NOTIFIER_SECONDS,
        environment: Map::from([
            ("SLACK_WEBHOOK_SECRET_ARN".to_owned(), webhook.value()),
            ("FINSIGHT_STACK".to_owned(), Value::from(s.stack_name())),
        ]),
        allowed: vec![
            (
                "secrets".to_owned(),
                read_secrets(s, std::slice::from_ref(webhook), &view.security.keys.secrets.arn),
            ),
            ("undelivered".to_owned(), keep.document()),
        ],
        reserved: None,
        network: None,
        after: Options::default(),
    });
    // SNS calls the alias, so its settings hold.
    s.add(
        "slack-notifier",
        EventInvokeConfig::new(&function).qualifier(LIVE).on_failure_destination(&bucket.arn),
    );
    function
}

/// Where Lambda puts the events that the notifier failed on, with the reason.
fn undelivered(s: &Scope) -> Handle<Bucket> {
    s.add(
        "undelivered",
        closed_bucket(s, "undelivered", Vec::new())
            .lifecycle_rules(vec![LifecycleRule::new("end").expiration_days(UNDELIVERED_DAYS)])
            .force_destroy(true),
    )
}
