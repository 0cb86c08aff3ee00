//! M4: topics, and the function that tells Slack.

use finsight_engine::program::{Handle, Input, Output, Scope, concat};
use finsight_engine::value::{Map, Value};
use finsight_specs::iam::{Policy, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::kms::{Alias, Key};
use finsight_specs::lambda::{Function, Permission};
use finsight_specs::sns::{Subscription, Topic};

use super::View;
use crate::api::functions::{LIVE, Plan, Workshop, read_secrets};
use crate::common::{key_policy, name, named, plain, use_by};
use crate::config::Config;

/// Where alarms of CloudFront and of its web ACL live.
pub(super) const EDGE: &str = "us-east-1";

/// Where alarms and other news go.
pub(super) struct Topics {
    /// Alarms of the stack's region, and the budget's.
    pub alarms: Handle<Topic>,
    /// Alarms of CloudFront's region: an alarm's topic is in its own.
    pub edge: Handle<Topic>,
    /// Bounces and complaints.
    pub mail: Handle<Topic>,
}

/// The topics, with the notifier behind all of them.
pub(super) fn topics(s: &Scope, config: &Config, view: &View<'_>) -> Topics {
    let notifier = notifier(s, config, view);
    let regional = key(s, config);
    let edge_scope = s.in_region(EDGE);
    let edge_key = edge_key(&edge_scope, config);
    let alarms = topic(s, s, "alarms", &["cloudwatch", "budgets"], &regional, &notifier);
    let mail = topic(s, s, "mail", &["ses"], &regional, &notifier);
    let edge = topic(s, &edge_scope, "edge-alarms", &["cloudwatch"], &edge_key, &notifier);
    Topics { alarms, edge, mail }
}

fn key(s: &Scope, config: &Config) -> Handle<Key> {
    let policy = key_policy(s)
        .statement(use_by(s, "Alarms", "cloudwatch.amazonaws.com"))
        .statement(use_by(s, "Budgets", "budgets.amazonaws.com"))
        .statement(use_by(s, "Mail", "ses.amazonaws.com"));
    made(s, config, "alarms", policy)
}

fn edge_key(s: &Scope, config: &Config) -> Handle<Key> {
    let policy = key_policy(s).statement(use_by(s, "Alarms", "cloudwatch.amazonaws.com"));
    made(s, config, "edge-alarms", policy)
}

fn made(s: &Scope, config: &Config, what: &str, policy: Policy) -> Handle<Key> {
    let key = s.add(
        what,
        Key::new(policy.document())
            .description("FinSight's alarms and news")
            .enable_key_rotation(true)
            .pending_window_in_days(config.security.key_deletion_days)
            .tags(name(s, what)),
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
        policy = policy.statement(
            Statement::allow(&["sns:Publish"]).sid(service).service(host).resource(&own).condition(
                "StringEquals",
                "AWS:SourceAccount",
                s.account_id(),
            ),
        );
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

/// The function that turns news into messages of Slack. It is outside of the VPC: Slack is all it talks to.
fn notifier(s: &Scope, config: &Config, view: &View<'_>) -> Handle<Function> {
    let workshop = Workshop {
        scope: s,
        config: &config.api,
        artifacts: view.artifacts,
        log_group: &view.api.log_group,
        bucket: None,
    };
    let webhook: &Output<Arn> = &view.security.secrets.slack.arn;
    workshop.function(Plan {
        what: "slack-notifier".to_owned(),
        description: "FinSight: tells Slack".to_owned(),
        memory_mib: 128,
        environment: Map::from([
            ("SLACK_WEBHOOK_SECRET_ARN".to_owned(), webhook.value()),
            ("FINSIGHT_STACK".to_owned(), Value::from(s.stack_name())),
        ]),
        allowed: vec![(
            "secrets".to_owned(),
            read_secrets(s, std::slice::from_ref(webhook), &view.security.keys.secrets.arn),
        )],
        reserved: None,
        network: None,
    })
}
