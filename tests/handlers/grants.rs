//! The grant by which a function reads its variables, and the role that has it.

use std::time::Duration;

use finsight_engine::contract::{Call, Health, Live, Reading, Reply};
use finsight_engine::graph::Graph;
use finsight_engine::state::{Entry, Intent, Operation, Row};
use finsight_engine::value::Value;
use serde_json::json;

use crate::fixture::{urn, value};
use crate::life::{Life, shown};
use crate::network::config;
use crate::rds::{graph, node};
use crate::runtime;

const ROLE: &str = "aws:iam:Role";
const FUNCTION: &str = "aws:lambda:Function";
const KEY: &str = "aws:kms:Key";
/// The role's id that nobody has.
const NOBODY: &str = "AROAAAAAAAAAAAAAAAAAA";

/// A function with variables, a live alias, and a key of its own where that is said.
fn program(role_id: serde_json::Value, own_key: bool) -> Graph {
    let inputs = |json: serde_json::Value| value(&json).as_map().cloned().expect("a map");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    ]});
    let mut function = json!({
        "function_name": "one", "role": {"$output": "aws:iam:Role/worker.arn"}, "role_id": role_id,
        "runtime": "provided.al2023", "handler": "bootstrap", "live_alias": "live",
        "environment": {"TABLE": "users", "TOKEN": {"$secret": "s3cr3t"}},
        "code": {"artifact": "e947cf8d08639a55fdf3d46bee052ca1a5797af641cb9be2c0d6db7ad696faea"},
    });
    if own_key {
        function["kms_key_arn"] = json!({"$output": "aws:kms:Key/own.arn"});
    }
    graph([
        node(KEY, "own", inputs(json!({"pending_window_in_days": 7, "key_policy": policy}))),
        node(ROLE, "worker", inputs(json!({"role_name": "worker", "assume_role_policy_document": trust}))),
        node(FUNCTION, "subject", inputs(function)),
    ])
}

fn of_the_role() -> serde_json::Value {
    json!({"$output": "aws:iam:Role/worker.role_id"})
}

async fn lambda(life: &Life) -> aws_sdk_lambda::Client {
    aws_sdk_lambda::Client::new(&config(life).await)
}

/// Whether a call is refused because the variables cannot be read.
async fn is_denied(life: &Life, qualifier: &str) -> bool {
    let call = lambda(life).await.invoke().function_name("one").qualifier(qualifier);
    match call.send().await {
        Err(error) => error.as_service_error().is_some_and(|error| error.is_kms_access_denied_exception()),
        Ok(_) => false,
    }
}

async fn read(life: &Life) -> (Row, Live) {
    let row = life.subject(FUNCTION);
    for _ in 0..500 {
        match life.call(&row, Call::Read { targets: vec![row.target()] }).await {
            Reply::Read(readings) => match readings.into_iter().next() {
                Some(Reading::Found(live)) if live.health == Health::Ready => return (row, *live),
                Some(Reading::Found(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
    panic!("it is never ready");
}

async fn variables(life: &Life, qualifier: &str) -> usize {
    let call = lambda(life).await.get_function_configuration().function_name("one").qualifier(qualifier);
    let answer = call.send().await.expect("it stands");
    answer.environment.and_then(|environment| environment.variables).unwrap_or_default().len()
}

async fn is_whole(life: &Life, what: &str) {
    for qualifier in ["$LATEST", "live"] {
        assert!(!is_denied(life, qualifier).await, "{what}: {qualifier}");
        assert_eq!(variables(life, qualifier).await, 2, "{what}: {qualifier}");
    }
}

/// H3: a role that is made again under its name is another one, and the grant is of the former.
#[test]
fn a_function_is_given_its_variables_again_where_its_role_was_made_again() {
    runtime().block_on(async {
        for own_key in [false, true] {
            let mut life = Life::new().await;
            let graph = program(of_the_role(), own_key);
            life.reach(&graph, "made").await;
            is_whole(&life, "made").await;
            let row = life.state.rows[&urn(ROLE, "worker")].clone();
            assert!(matches!(life.call(&row, Call::Delete { target: row.target() }).await, Reply::Gone));
            let plan = life.plan(&graph).await;
            assert!(shown(&plan).contains("role_id"), "{}", shown(&plan));
            // Another hand makes it: the ARN is the same, and every call fails.
            let iam = aws_sdk_iam::Client::new(&config(&life).await);
            let trust = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]});
            let make = iam.create_role().role_name("worker").assume_role_policy_document(trust.to_string());
            make.send().await.expect("a role");
            assert!(is_denied(&life, "live").await && is_denied(&life, "$LATEST").await);
            iam.delete_role().role_name("worker").send().await.expect("it goes");
            life.reach(&graph, "made again").await;
            is_whole(&life, "made again").await;
            life.destroy("destroyed").await;
        }
    });
}

/// A run dies after any of the calls of a renewal: the next one goes on with it, and the variables are there.
#[test]
fn a_renewal_that_is_cut_off_is_gone_on_with() {
    runtime().block_on(async {
        for own_key in [false, true] {
            for calls in 0..6 {
                let what = format!("own key: {own_key}, after {calls} calls");
                let mut life = Life::new().await;
                life.reach(&program(json!(NOBODY), own_key), &what).await;
                let row = life.subject(FUNCTION);
                let intent = Intent {
                    owner: row.owner.clone(),
                    urn: row.urn.clone(),
                    operation: Operation::Update,
                    account: row.account.clone(),
                    region: row.region.clone(),
                    inputs: Default::default(),
                    edges: row.edges.clone(),
                    options: row.options.clone(),
                };
                life.state.apply(&[Entry::Intended { intent }]).expect("an intent");
                let id = life.state.rows[&urn(ROLE, "worker")].outputs["role_id"].clone();
                for _ in 0..calls {
                    let (row, live) = read(&life).await;
                    let mut desired = row.inputs.clone();
                    desired.insert("role_id".to_owned(), id.clone());
                    if live.properties.get("role_id") == Some(&id) {
                        break;
                    }
                    let differing = vec!["role_id".to_owned()];
                    let call =
                        Call::Converge { target: row.target(), live: Box::new(live), desired, differing };
                    let reply = life.call(&row, call).await;
                    assert!(matches!(reply, Reply::Converged { .. }), "{what}: {reply:?}");
                }
                let (_, live) = read(&life).await;
                // What is taken away for the moment is no drift.
                let shown = live.properties.get("environment").and_then(Value::as_map).map(|map| map.len());
                assert_eq!(shown, Some(2), "{what}");
                life.settle().await;
                life.reach(&program(of_the_role(), own_key), &what).await;
                is_whole(&life, &what).await;
                let role = life.subject(FUNCTION).inputs.get("role_id").cloned();
                assert_eq!(role, Some(id), "{what}");
                life.destroy(&what).await;
            }
        }
    });
}
