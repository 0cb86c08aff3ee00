//! What AWS finds out and tells topics: that it cannot is a difference, and put right.

use finsight_engine::plan::Op;
use serde_json::json;

use crate::fixture::{Fixture, urn};
use crate::life::{Life, shown};
use crate::network::config;
use crate::runtime;

const RULE: &str = "aws:events:Rule";
const SUBSCRIPTION: &str = "aws:rds:EventSubscription";

/// `EventSubscription`, "Status": `no-permission`, `topic-not-exist`. All else of it reads as it was set.
#[test]
fn a_subscription_whose_topic_hears_nothing_is_told_and_put_right() {
    runtime().block_on(async {
        let graph = Fixture::of(SUBSCRIPTION).graph(&[]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let sns = aws_sdk_sns::Client::new(&config(&life).await);
        let topic = "arn:aws:sns:ap-northeast-1:123456789012:a";
        let closed = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sns:Publish",
                "Principal": {{"Service": "cloudwatch.amazonaws.com"}}, "Resource": "{topic}"}}]}}"#
        );
        let call = sns.set_topic_attributes().topic_arn(topic).attribute_name("Policy");
        call.attribute_value(closed).send().await.expect("closed by another hand");
        let plan = life.plan(&graph).await;
        assert!(shown(&plan).contains("no-permission"), "{}", shown(&plan));
        let step = plan.step(&urn(SUBSCRIPTION, "subject")).expect("a step");
        assert_eq!(step.op, Op::Update, "{}", shown(&plan));
        life.reach(&graph, "open again").await;
        sns.delete_topic().topic_arn(topic).send().await.expect("deleted by another hand");
        let plan = life.plan(&graph).await;
        assert!(shown(&plan).contains("topic-not-exist"), "{}", shown(&plan));
        life.reach(&graph, "a topic again").await;
        life.destroy("destroyed").await;
    });
}

/// H20's kind: an event that comes in between must find somebody. A rule has five targets at most.
#[test]
fn a_rule_is_never_without_targets_while_others_come() {
    runtime().block_on(async {
        let fixture = Fixture::of(RULE);
        let to = |ids: &[&str]| {
            let arn = json!({"$output": "aws:sns:Topic/a.arn"});
            let all: Vec<_> = ids.iter().map(|id| json!({"id": id, "arn": arn})).collect();
            fixture.graph(&[("targets", json!(all))])
        };
        let mut life = Life::new().await;
        life.reach(&to(&["one", "two", "three"]), "three").await;
        let since = life.cloud.calls().len();
        life.reach(&to(&["four"]), "another").await;
        let calls = life.cloud.calls();
        let made = calls[since..].iter().map(|call| call.operation.as_str());
        let made: Vec<&str> = made.filter(|name| name.ends_with("Targets")).collect();
        assert_eq!(made, ["PutTargets", "RemoveTargets"]);
        life.reach(&to(&["five", "six", "seven", "eight", "nine"]), "more than fit beside").await;
        life.destroy("destroyed").await;
    });
}
