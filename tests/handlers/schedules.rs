//! Schedules: inputs that mean the same, and beginnings that have passed.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::value::{Map, Value};
use finsight_local::LocalCloud;
use serde_json::json;

use crate::fixture::{REGION, urn};
use crate::life::Life;
use crate::rds::{graph, inputs, node};
use crate::runtime;

const ROLE: &str = "aws:iam:Role";
const SCHEDULE: &str = "aws:scheduler:Schedule";

fn schedule(more: serde_json::Value) -> Graph {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "scheduler.amazonaws.com"}}]});
    let role = node(ROLE, "main", inputs(json!({"assume_role_policy_document": trust})));
    let arn = Expr::Output { urn: urn(ROLE, "main"), name: "arn".to_owned() };
    let target = Map::from([
        ("arn".to_owned(), Value::text("arn:aws:scheduler:::aws-sdk:rds:stopDBInstance")),
        ("role_arn".to_owned(), Value::Expr(Box::new(arn))),
        ("input".to_owned(), Value::text(r#"{"DbInstanceIdentifier":"main"}"#)),
    ]);
    let mut all = inputs(json!({"name": "stop", "schedule_expression": "rate(1 day)"}));
    all.insert("target".to_owned(), Value::Map(target));
    all.extend(inputs(more));
    graph([role, node(SCHEDULE, "subject", all)])
}

/// K20: AWS takes no beginning of before five minutes ago, with an update either.
#[test]
fn a_beginning_that_has_passed_is_left_out() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let since = |description: &str| {
            schedule(json!({"start_date": "2020-01-01T00:00:00Z", "description": description}))
        };
        life.reach(&since("one"), "a beginning that has passed").await;
        life.reach(&since("two"), "another description").await;
        life.destroy("a schedule").await;
    });
}

/// G14: JSON that is written in another way is no difference.
#[test]
fn an_input_is_compared_by_meaning() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&schedule(json!({})), "a schedule").await;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .retry_config(RetryConfig::disabled())
            .http_client(life.cloud.http_client())
            .credentials_provider(LocalCloud::credentials())
            .load()
            .await;
        let scheduler = aws_sdk_scheduler::Client::new(&config);
        let stands = scheduler.get_schedule().name("stop").send().await.unwrap();
        let put = async |input: &str| {
            let mut target = stands.target().cloned().unwrap();
            target.input = Some(input.to_owned());
            let call = scheduler.update_schedule().name("stop").schedule_expression("rate(1 day)");
            let call = call.set_flexible_time_window(stands.flexible_time_window().cloned());
            call.target(target).send().await.unwrap();
        };
        put("{\n  \"DbInstanceIdentifier\": \"main\"\n}").await;
        let plan = life.plan(&schedule(json!({}))).await;
        assert!(!plan.has_changes(), "{}", crate::life::shown(&plan));
        put(r#"{"DbInstanceIdentifier": "other"}"#).await;
        assert!(life.plan(&schedule(json!({}))).await.has_changes());
    });
}
