//! What another hand hangs on a resource and what decides what it means: G13.

use aws_sdk_kms::types::GrantOperation;
use finsight_engine::contract::{Call, Reply};
use finsight_engine::graph::Graph;
use finsight_engine::refresh::DriftKind;
use serde_json::{Value as Json, json};

use crate::fixture::{urn, value};
use crate::life::{Life, shown};
use crate::network::config;
use crate::rds::{graph, node};
use crate::runtime;

const FUNCTION: &str = "aws:lambda:Function";

fn program(resources: &[(&str, &str, Json)]) -> Graph {
    let inputs = |json: &Json| value(json).as_map().cloned().expect("a map");
    graph(resources.iter().map(|(type_name, name, json)| node(type_name, name, inputs(json))))
}

/// A function with a live alias, and a statement that is declared.
fn function() -> Graph {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]});
    program(&[
        ("aws:iam:Role", "worker", json!({"role_name": "worker", "assume_role_policy_document": trust})),
        (
            FUNCTION,
            "subject",
            json!({
                "function_name": "one", "role": {"$output": "aws:iam:Role/worker.arn"},
                "runtime": "provided.al2023", "handler": "bootstrap", "live_alias": "live",
                "code": {"artifact": "e947cf8d08639a55fdf3d46bee052ca1a5797af641cb9be2c0d6db7ad696faea"},
            }),
        ),
        (
            "aws:lambda:Permission",
            "topic",
            json!({
                "function_name": {"$output": "aws:lambda:Function/subject.id"}, "qualifier": "live",
                "statement_id": "topic", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com",
            }),
        ),
        (
            "aws:lambda:EventInvokeConfig",
            "live",
            json!({
                "function_name": {"$output": "aws:lambda:Function/subject.id"}, "qualifier": "live",
                "maximum_retry_attempts": 1,
            }),
        ),
    ])
}

/// What a plan and a drift show, and what is left after an `up`.
async fn is_seen(life: &mut Life, graph: &Graph, what: &str, property: &str) {
    let drift = life.drift().await;
    assert!(drift.contains(property), "{what}: drift shows {drift}");
    let plan = life.plan(graph).await;
    assert!(shown(&plan).contains(property), "{what}: the plan shows {}", shown(&plan));
    life.reach(graph, what).await;
    assert_eq!(life.drift().await, "", "{what}");
}

#[test]
fn statements_of_another_hand_are_taken_off_a_function_and_its_alias() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = function();
        life.reach(&graph, "made").await;
        let aws = aws_sdk_lambda::Client::new(&config(&life).await);
        for qualifier in [None, Some("live")] {
            let open = aws.add_permission().function_name("one").set_qualifier(qualifier.map(str::to_owned));
            let open = open.statement_id("open").action("lambda:InvokeFunction").principal("*");
            open.send().await.expect("a statement");
            is_seen(&mut life, &graph, "open", "policy_statements").await;
        }
        let left = aws.get_policy().function_name("one").qualifier("live").send().await.expect("a policy");
        let policy = left.policy.unwrap_or_default();
        assert!(policy.contains("topic") && !policy.contains("open"), "what is declared stays: {policy}");
        life.destroy("destroyed").await;
    });
}

#[test]
fn settings_of_events_of_another_hand_are_taken_off() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = function();
        life.reach(&graph, "made").await;
        let aws = aws_sdk_lambda::Client::new(&config(&life).await);
        let away = aws.put_function_event_invoke_config().function_name("one").maximum_retry_attempts(0);
        away.send().await.expect("settings");
        is_seen(&mut life, &graph, "other settings", "event_invoke_configs").await;
        let left =
            aws.list_function_event_invoke_configs().function_name("one").send().await.expect("a list");
        assert_eq!(left.function_event_invoke_configs().len(), 1, "what is declared stays");
        life.destroy("destroyed").await;
    });
}

/// A statement that leaves the program and is to stand on is not another hand's, as long as it is remembered.
#[test]
fn a_statement_that_was_let_stand_is_not_taken_off() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let keep = |declared: bool| {
            let mut graph = function();
            let node = graph.nodes.get_mut(&urn("aws:lambda:Permission", "topic")).expect("a node");
            node.options.retain_on_delete = true;
            if !declared {
                graph.nodes.remove(&urn("aws:lambda:Permission", "topic"));
            }
            graph
        };
        life.reach(&keep(true), "made").await;
        life.reach(&keep(false), "let stand").await;
        let aws = aws_sdk_lambda::Client::new(&config(&life).await);
        let left = aws.get_policy().function_name("one").qualifier("live").send().await.expect("a policy");
        assert!(left.policy.unwrap_or_default().contains("topic"));
        life.destroy("destroyed").await;
    });
}

/// The answer of a removal is lost, or the run dies after it: the next one has nothing left to do.
#[test]
fn a_removal_is_made_again_after_its_answer_was_lost() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = function();
        life.reach(&graph, "made").await;
        let aws = aws_sdk_lambda::Client::new(&config(&life).await);
        let open = aws.add_permission().function_name("one").statement_id("open");
        open.action("lambda:InvokeFunction").principal("*").send().await.expect("a statement");
        let row = life.subject(FUNCTION);
        let Reply::Read(readings) = life.call(&row, Call::Read { targets: vec![row.target()] }).await else {
            panic!("no reading")
        };
        let [finsight_engine::contract::Reading::Found(live)] = &readings[..] else { panic!("{readings:?}") };
        let mut live = live.clone();
        let of_another = ["one||open", "one||gone"].map(finsight_engine::value::Value::from);
        live.properties
            .insert("policy_statements".to_owned(), finsight_engine::value::Value::List(of_another.to_vec()));
        for _ in 0..2 {
            let call = Call::Converge {
                target: row.target(),
                live: live.clone(),
                desired: row.inputs.clone(),
                differing: vec!["policy_statements".to_owned()],
            };
            let reply = life.call(&row, call).await;
            assert!(matches!(reply, Reply::Converged { .. }), "{reply:?}");
        }
        life.reach(&graph, "closed").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn filters_of_another_hand_are_taken_off_a_log_group() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = program(&[("aws:logs:LogGroup", "subject", json!({"log_group_name": "/one"}))]);
        life.reach(&graph, "made").await;
        let aws = aws_sdk_cloudwatchlogs::Client::new(&config(&life).await);
        let away =
            aws.put_subscription_filter().log_group_name("/one").filter_name("away").filter_pattern("");
        let away = away.destination_arn("arn:aws:lambda:ap-northeast-1:123456789012:function:away");
        away.send().await.expect("a filter");
        is_seen(&mut life, &graph, "a filter", "subscription_filters").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn grants_of_another_hand_are_revoked_and_those_of_services_are_not() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
        ]});
        let graph = program(&[("aws:kms:Key", "subject", json!({"key_policy": policy, "pending_window_in_days": 7}))]);
        life.reach(&graph, "made").await;
        let aws = aws_sdk_kms::Client::new(&config(&life).await);
        let key = life.subject("aws:kms:Key").id;
        let grant = |who: &str| {
            aws.create_grant().key_id(&key).grantee_principal(who).operations(GrantOperation::Decrypt)
        };
        grant("rds.ap-northeast-1.amazonaws.com").send().await.expect("a service's");
        assert_eq!(life.drift().await, "", "a service's grant is none of another hand");
        grant("arn:aws:iam::999999999999:root").send().await.expect("another account's");
        is_seen(&mut life, &graph, "a grant", "grants").await;
        let left = aws.list_grants().key_id(&key).send().await.expect("a list");
        let left: Vec<_> = left.grants().iter().filter_map(|grant| grant.grantee_principal()).collect();
        assert_eq!(left, ["rds.ap-northeast-1.amazonaws.com"]);
        life.destroy("destroyed").await;
    });
}

#[test]
fn a_key_of_another_hand_is_taken_out_of_a_usage_plan() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = program(&[
            ("aws:apigateway:ApiKey", "own", json!({"name": "own"})),
            ("aws:apigateway:UsagePlan", "subject", json!({"name": "plan"})),
            (
                "aws:apigateway:UsagePlanKey",
                "own",
                json!({
                    "usage_plan_id": {"$output": "aws:apigateway:UsagePlan/subject.id"},
                    "key_id": {"$output": "aws:apigateway:ApiKey/own.id"},
                }),
            ),
        ]);
        life.reach(&graph, "made").await;
        let aws = aws_sdk_apigateway::Client::new(&config(&life).await);
        let key = aws.create_api_key().name("theirs").enabled(true).send().await.expect("a key");
        let plan = life.subject("aws:apigateway:UsagePlan").id;
        let let_in = aws.create_usage_plan_key().usage_plan_id(&plan).key_type("API_KEY");
        let_in.key_id(key.id().unwrap_or_default()).send().await.expect("it is let in");
        is_seen(&mut life, &graph, "a second key", "keys").await;
        let left = aws.get_usage_plan_keys().usage_plan_id(&plan).send().await.expect("a list");
        assert_eq!(left.items().len(), 1, "what is declared stays");
        life.destroy("destroyed").await;
    });
}

/// Somebody works on a branch: it is told, and left.
#[test]
fn branches_and_webhooks_of_another_hand_are_told_and_left() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = program(&[
            ("aws:amplify:App", "subject", json!({"name": "site"})),
            (
                "aws:amplify:Branch",
                "main",
                json!({
                    "app_id": {"$output": "aws:amplify:App/subject.id"}, "branch_name": "main",
                }),
            ),
        ]);
        life.reach(&graph, "made").await;
        let aws = aws_sdk_amplify::Client::new(&config(&life).await);
        let app = life.subject("aws:amplify:App").id;
        aws.create_branch().app_id(&app).branch_name("theirs").send().await.expect("a branch");
        aws.create_webhook().app_id(&app).branch_name("theirs").send().await.expect("a webhook");
        let drift = life.drift().await;
        assert!(drift.contains("branches") && drift.contains("webhooks"), "{drift}");
        assert!(drift.contains("theirs") && !drift.contains("main"), "{drift}");
        let plan = life.plan(&graph).await;
        assert!(!plan.has_changes(), "{}", shown(&plan));
        life.destroy("destroyed").await;
    });
}

/// What drift says, for people who read tests.
pub fn words(kind: &DriftKind) -> String {
    match kind {
        DriftKind::Changed(changes) => changes
            .iter()
            .map(|change| format!("{} {:?}", change.path, change.after))
            .collect::<Vec<_>>()
            .join(", "),
        other => format!("{other:?}"),
    }
}
