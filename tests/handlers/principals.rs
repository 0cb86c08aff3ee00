//! Roles: who stands behind an ARN, and what they may do while they change.

use std::sync::{Arc, Mutex};

use finsight_engine::contract::{Call, Reading, Reply};
use finsight_engine::expr::Expr;
use finsight_engine::value::{Map, Value};
use finsight_local::{CallInfo, Fault, Faults};
use serde_json::json;

use crate::fixture::{urn, value};
use crate::life::{Life, shown};
use crate::rds::{graph, inputs, node};
use crate::runtime;

const ROLE: &str = "aws:iam:Role";
const KEY: &str = "aws:kms:Key";

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Faults for Heard {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        self.0.lock().expect("no panic").push(call.operation.clone());
        None
    }

    fn after(&self, _: &CallInfo) -> Option<Fault> {
        None
    }
}

fn role(path: &str, policies: &[(&str, &str)], attached: &[&str]) -> Map {
    let document = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let inline: serde_json::Map<String, serde_json::Value> =
        policies.iter().map(|(name, action)| ((*name).to_owned(), document(action))).collect();
    let attached: Vec<String> =
        attached.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    inputs(json!({
        "role_name": "worker", "path": path, "inline_policies": inline, "managed_policy_arns": attached,
        "assume_role_policy_document": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]},
    }))
}

/// H20: what a role gets is put before what it loses is taken away.
#[test]
fn a_role_has_no_gap_in_what_it_may_do() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(
            &graph([node(ROLE, "subject", role("/", &[("a", "s3:GetObject")], &["ReadOnlyAccess"]))]),
            "before",
        )
        .await;
        let heard = Arc::new(Heard::default());
        life.cloud.set_faults(Some(heard.clone()));
        life.reach(
            &graph([node(ROLE, "subject", role("/", &[("b", "s3:GetObject")], &["SecurityAudit"]))]),
            "after",
        )
        .await;
        life.cloud.set_faults(None);
        let calls = heard.0.lock().expect("no panic").clone();
        let at = |name: &str| {
            calls.iter().position(|call| call == name).unwrap_or_else(|| panic!("{name}: {calls:?}"))
        };
        assert!(at("AttachRolePolicy") < at("DetachRolePolicy"));
        assert!(at("PutRolePolicy") < at("DeleteRolePolicy"));
        life.destroy("after").await;
    });
}

/// H3: a policy that names a role means that very one; where it is made again, the policy is put again.
#[test]
fn a_policy_means_the_role_that_stands() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let of = |session: i64| {
            let arn = Value::Expr(Box::new(Expr::Output { urn: urn(ROLE, "worker"), name: "arn".to_owned() }));
            let mut policy = inputs(json!({"pending_window_in_days": 7, "key_policy": {"Version": "2012-10-17", "Statement": [
                {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"},
                {"Sid": "Worker", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
            ]}}));
            let Some(Value::Map(document)) = policy.get_mut("key_policy") else { panic!("no policy") };
            let Some(Value::List(statements)) = document.get_mut("Statement") else { panic!("no statements") };
            let Some(Value::Map(worker)) = statements.get_mut(1) else { panic!("no statement") };
            worker.insert("Principal".to_owned(), Value::Map(Map::from([("AWS".to_owned(), arn)])));
            let mut role = role("/", &[], &[]);
            role.insert("max_session_duration".to_owned(), Value::Int(session));
            graph([node(ROLE, "worker", role), node(KEY, "subject", policy)])
        };
        let read = async |life: &Life| {
            let row = life.subject(KEY);
            match life.call(&row, Call::Read { targets: vec![row.target()] }).await {
                Reply::Read(readings) => match &readings[..] {
                    [Reading::Found(live)] => format!("{:?}", live.properties["key_policy"]),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            }
        };
        life.reach(&of(3600), "a role and a key for it").await;
        assert!(read(&life).await.contains("role/worker"));
        // Another hand makes the role anew.
        let row = life.state.rows[&urn(ROLE, "worker")].clone();
        assert!(matches!(life.call(&row, Call::Delete { target: row.target() }).await, Reply::Gone));
        assert!(read(&life).await.contains("AROA"), "AWS knows it by its id");
        life.reach(&of(3600), "the role made again").await;
        assert!(read(&life).await.contains("role/worker") && !read(&life).await.contains("AROA"));
        life.destroy("the role made again").await;
    });
}

/// H3: the same of all other policies that name a role: of topics, buckets, secrets, and of who may be another role.
#[test]
fn every_policy_means_the_role_that_stands() {
    let policy = |action: &str, resource: Option<&str>| {
        let worker = json!({"AWS": {"$output": "aws:iam:Role/worker.arn"}});
        let mut statement = json!({"Effect": "Allow", "Principal": worker, "Action": action});
        if let Some(resource) = resource {
            statement["Resource"] = json!(resource);
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let objects = "arn:aws:s3:::finsight-test-one/*";
    let cases = [
        ("aws:sns:Topic", "policy", policy("sns:Publish", Some("*")), json!({})),
        (
            "aws:s3:Bucket",
            "policy",
            policy("s3:GetObject", Some(objects)),
            json!({"bucket": "finsight-test-one"}),
        ),
        (
            "aws:secretsmanager:Secret",
            "resource_policy",
            policy("secretsmanager:GetSecretValue", Some("*")),
            json!({"generate": {}, "recovery_window_in_days": 0}),
        ),
        (ROLE, "assume_role_policy_document", policy("sts:AssumeRole", None), json!({})),
    ];
    runtime().block_on(async {
        for (kind, property, document, mut inputs) in cases {
            inputs[property] = document;
            let subject = value(&inputs).as_map().cloned().expect("inputs");
            let graph = graph([node(ROLE, "worker", role("/", &[], &[])), node(kind, "subject", subject)]);
            let mut life = Life::new().await;
            let read = async |life: &Life| {
                let row = life.subject(kind);
                match life.call(&row, Call::Read { targets: vec![row.target()] }).await {
                    Reply::Read(readings) => match &readings[..] {
                        [Reading::Found(live)] => format!("{:?}", live.properties[property]),
                        other => panic!("{kind}: {other:?}"),
                    },
                    other => panic!("{kind}: {other:?}"),
                }
            };
            life.reach(&graph, kind).await;
            assert!(read(&life).await.contains("role/worker"), "{kind}");
            let row = life.state.rows[&urn(ROLE, "worker")].clone();
            assert!(matches!(life.call(&row, Call::Delete { target: row.target() }).await, Reply::Gone));
            assert!(read(&life).await.contains("AROA"), "{kind}: AWS knows it by its id");
            let plan = life.plan(&graph).await;
            let step = plan.step(&urn(kind, "subject")).expect("a step");
            assert!(!step.diff.is_empty(), "{kind}: {}", shown(&plan));
            life.reach(&graph, "the role made again").await;
            let stands = read(&life).await;
            assert!(stands.contains("role/worker") && !stands.contains("AROA"), "{kind}: {stands}");
            life.destroy(kind).await;
        }
    });
}
