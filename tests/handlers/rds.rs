//! What the fixtures cannot say of RDS and Secrets Manager: the snapshot that a delete leaves, storage
//! that grows by itself, and values that nobody may see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use finsight_engine::contract::{Call, Reading, Reply};
use finsight_engine::expr::Expr;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::program::Options;
use finsight_engine::value::{Map, Value};
use finsight_local::{CallInfo, Fault, Faults, LocalClock};
use serde_json::json;
use tokio::time::sleep;

use crate::fixture::{Fixture, REGION, urn};
use crate::life::Life;
use crate::{paused, runtime};

pub const INSTANCE: &str = "aws:rds:DBInstance";
const SECRET: &str = "aws:secretsmanager:Secret";

pub fn node(type_name: &str, name: &str, inputs: Map) -> Node {
    Node {
        urn: urn(type_name, name),
        inputs,
        default_tags: BTreeMap::new(),
        options: Options::default(),
        declared_at: "test".to_owned(),
    }
}

pub fn graph(nodes: impl IntoIterator<Item = Node>) -> Graph {
    let mut graph = Graph::new("test", REGION);
    for node in nodes {
        graph.add(node).expect("names differ");
    }
    graph
}

pub fn inputs(json: serde_json::Value) -> Map {
    Value::from_plain_json(&json).as_map().cloned().unwrap_or_default()
}

pub fn database(more: serde_json::Value) -> Map {
    let mut all = inputs(json!({
        "db_instance_identifier": "main", "db_instance_class": "db.t3.micro", "engine": "postgres",
        "engine_version": "15", "allocated_storage": 20, "master_username": "app",
        "manage_master_user_password": true,
    }));
    all.extend(inputs(more));
    all
}

/// Loses the answer of one operation, once.
struct Lost(&'static str, AtomicBool);

impl Faults for Lost {
    fn before(&self, _: &CallInfo) -> Option<Fault> {
        None
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        (call.operation == self.0 && !self.1.swap(true, Ordering::SeqCst)).then_some(Fault::DropConnection)
    }
}

#[test]
fn a_delete_whose_answer_is_lost_leaves_one_final_snapshot() {
    runtime().block_on(async {
        for named in [json!({}), json!({"final_snapshot_identifier": "last"})] {
            let mut life = Life::new().await;
            let graph = graph([node(INSTANCE, "subject", database(named))]);
            life.reach(&graph, "with a final snapshot").await;
            let lost = Arc::new(Lost("DeleteDBInstance", AtomicBool::new(false)));
            life.cloud.set_faults(Some(lost.clone()));
            life.destroy("with a final snapshot").await;
            assert!(lost.1.load(Ordering::SeqCst), "an answer was lost");
            life.cloud.set_faults(None);
            let left = serde_json::json!(life.cloud.status().await);
            assert_eq!(left, json!({"aws:rds:DBSnapshot": 1}));
        }
    });
}

#[test]
fn a_final_snapshot_s_name_that_is_taken_stops_the_delete_and_says_so() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let instance = database(json!({"final_snapshot_identifier": "last"}));
        let mut snapshot = inputs(json!({"db_snapshot_identifier": "last"}));
        let of = Expr::Output { urn: urn(INSTANCE, "subject"), name: "id".to_owned() };
        snapshot.insert("db_instance_identifier".to_owned(), Value::Expr(Box::new(of)));
        let both = [node(INSTANCE, "subject", instance), node("aws:rds:DBSnapshot", "taken", snapshot)];
        life.reach(&graph(both), "with a snapshot").await;
        let row = life.subject(INSTANCE);
        match life.call(&row, Call::Delete { target: row.target() }).await {
            Reply::Failed(failure) => assert_eq!(failure.code, "FinalSnapshotExists"),
            other => panic!("the delete answered {other:?}"),
        }
        let read = life.call(&row, Call::Read { targets: vec![row.target()] }).await;
        assert!(matches!(read, Reply::Read(readings) if matches!(readings[..], [Reading::Found(_)])));
    });
}

#[test]
fn storage_that_grew_by_itself_is_no_difference() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let _at_aws_s_pace = life.cloud.clone().with_clock(LocalClock::real().with_factor(1.0));
        let small = || graph([node(INSTANCE, "subject", database(json!({"max_allocated_storage": 100})))]);
        life.reach(&small(), "20 GiB").await;
        let more = json!({"allocated_storage": 40, "max_allocated_storage": 100});
        let grown = graph([node(INSTANCE, "subject", database(more))]);
        life.reach(&grown, "40 GiB").await;
        // The program says 20 again, as it does where RDS did the growing.
        let plan = life.plan(&small()).await;
        assert!(!plan.has_changes(), "{}", crate::life::shown(&plan));
        // Storage changes again once AWS has optimized what was changed.
        sleep(Duration::from_secs(6 * 3_600)).await;
        let more = json!({"allocated_storage": 20, "max_allocated_storage": 100, "storage_type": "gp3"});
        life.reach(&graph([node(INSTANCE, "subject", database(more))]), "another type beside it").await;
    });
}

#[test]
fn a_secret_s_value_goes_to_others_and_is_shown_to_nobody() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let generate = json!({"recovery_window_in_days": 0, "generate": {"exclude_characters": "/@\" '\\"}});
        let value = Expr::Output { urn: urn(SECRET, "subject"), name: "secret_string".to_owned() };
        let mut instance = database(json!({"skip_final_snapshot": true}));
        instance.remove("manage_master_user_password");
        instance.insert("master_user_password".to_owned(), Value::Expr(Box::new(value)));
        let both = || [
            node(SECRET, "subject", inputs(generate.clone())),
            node(INSTANCE, "main", instance.clone()),
        ];
        let plan = life.plan(&graph(both())).await;
        let planned = serde_json::to_string(&plan).expect("nothing in it is secret yet");
        assert!(planned.contains("secret_string"));
        life.reach(&graph(both()), "a password from a secret").await;
        let outputs = &life.subject(SECRET).outputs;
        let clear = match &outputs["secret_string"] {
            Value::Secret(secret) => secret.reveal().expect("it is open").to_owned(),
            other => panic!("not a secret: {other:?}"),
        };
        assert_eq!(clear.len(), 32);
        assert!(!format!("{:?}", life.state.rows).contains(&clear));
        assert!(serde_json::to_string(&life.state).is_err(), "it is stored sealed or not at all");
        let database = &life.state.rows[&urn(INSTANCE, "main")];
        assert!(matches!(&database.inputs["master_user_password"], Value::Secret(_)));

        // Another way to generate is kept on record, and the value stays.
        let mut other = both();
        other[0].inputs.extend(inputs(json!({"generate": {"password_length": 8}})));
        let changed = graph(other);
        life.reach(&changed, "another way to generate").await;
        assert!(matches!(&life.subject(SECRET).outputs["secret_string"], Value::Secret(secret) if secret.reveal() == Some(&clear)));
        life.destroy("a password from a secret").await;
    });
}

#[test]
fn a_name_that_waits_for_its_end_is_refused_and_a_managed_secret_is_not_taken() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let kept =
            graph([node(SECRET, "subject", inputs(json!({"name": "app", "recovery_window_in_days": 7})))]);
        life.reach(&kept, "a secret").await;
        let row = life.subject(SECRET);
        life.destroy("a secret").await;
        let other = Call::Create {
            owner: finsight_engine::contract::OwnerId("other".to_owned()),
            inputs: row.inputs.clone(),
        };
        assert!(matches!(life.call(&row, other).await, Reply::Failed(_)));
        // What this very create made comes back.
        let again = Call::Create { owner: row.owner.clone(), inputs: row.inputs.clone() };
        assert_eq!(life.call(&row, again).await, Reply::Created { id: row.id.clone() });
        assert_eq!(life.call(&row, Call::Delete { target: row.target() }).await, Reply::Gone);
        let outcome = life.up(&kept).await;
        let shown = format!("{:?}", outcome.errors);
        assert!(!outcome.succeeded() && shown.contains("restore-secret"), "{shown}");

        let instance = graph([node(INSTANCE, "subject", database(json!({"skip_final_snapshot": true})))]);
        life.reach(&instance, "an instance").await;
        let row = life.subject(INSTANCE);
        let arn = row.outputs["master_user_secret_arn"].as_text().expect("an ARN").to_owned();
        let mut target = row.target();
        target.id = arn;
        let other = finsight_engine::state::Row { urn: urn(SECRET, "subject"), ..row };
        match life.call(&other, Call::Read { targets: vec![target] }).await {
            Reply::Read(readings) => match &readings[..] {
                [Reading::Unknown(failure)] => assert_eq!(failure.code, "SecretIsManaged"),
                other => panic!("read as {other:?}"),
            },
            other => panic!("the read answered {other:?}"),
        }
    });
}

#[test]
fn a_value_that_comes_back_is_in_force_again() {
    const VERSION: &str = "aws:secretsmanager:SecretVersion";
    runtime().block_on(async {
        let mut life = Life::new().await;
        let of = |text: &str| {
            let secret = Expr::Output { urn: urn(SECRET, "main"), name: "id".to_owned() };
            let version = Map::from([
                ("secret_id".to_owned(), Value::Expr(Box::new(secret))),
                ("secret_string".to_owned(), Value::text(text)),
            ]);
            graph([
                node(
                    SECRET,
                    "main",
                    inputs(json!({"recovery_window_in_days": 0, "generate": {"password_length": 20}})),
                ),
                node(VERSION, "subject", version),
            ])
        };
        let mut versions = Vec::new();
        for text in ["value-a", "value-b", "value-a"] {
            life.reach(&of(text), text).await;
            versions.push(life.subject(VERSION).outputs["version_id"].clone());
            let plan = life.plan(&of(text)).await;
            assert!(!plan.has_changes());
            let read = life.state.rows[&urn(SECRET, "main")].clone();
            let read = life.call(&read, Call::Read { targets: vec![read.target()] }).await;
            let Reply::Read(readings) = read else { panic!("no reading") };
            let [Reading::Found(live)] = &readings[..] else { panic!("not found") };
            assert_eq!(live.outputs["secret_string"].as_text(), Some(text));
        }
        assert!(versions[0] == versions[2] && versions[0] != versions[1], "a version a value");
        life.destroy("versions").await;
    });
}

/// A proxy with this name and these subnets, its pool, and its target.
fn proxied(subnets: [&str; 2]) -> Graph {
    let text = include_str!("fixtures/aws.rds.DBProxyTarget.json");
    let mut json: serde_json::Value = serde_json::from_str(text).expect("a fixture");
    let around = json["around"].as_array_mut().expect("a list");
    for one in around.iter_mut().filter(|one| one["type"] == "aws:rds:DBProxy" && one["name"] == "a") {
        one["inputs"]["db_proxy_name"] = json!("fixed");
        let ids = subnets.map(|name| json!({"$output": format!("aws:ec2:Subnet/{name}.id")}));
        one["inputs"]["vpc_subnet_ids"] = json!(ids);
    }
    around.push(json!({
        "type": "aws:rds:DBProxyTargetGroup", "name": "pool",
        "inputs": {"db_proxy_name": {"$output": "aws:rds:DBProxy/a.id"}, "max_connections_percent": 20},
    }));
    let mut fixture: Fixture = serde_json::from_value(json).expect("a fixture");
    fixture.type_name = "aws:rds:DBProxyTarget".to_owned();
    fixture.graph(&[])
}

#[test]
fn a_proxy_that_is_replaced_under_its_name_has_its_pool_and_target_again() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&proxied(["a", "c"]), "a proxy").await;
        let before = life.state.rows[&urn("aws:rds:DBProxy", "a")].clone();
        life.reach(&proxied(["c", "d"]), "other subnets").await;
        let after = life.state.rows[&urn("aws:rds:DBProxy", "a")].clone();
        assert_eq!(after.id, before.id);
        assert_ne!(after.outputs["resource_id"], before.outputs["resource_id"]);
        assert_eq!(life.cloud.status().await.count("aws:rds:DBProxyTarget"), 1);
        life.destroy("a proxy").await;
    });
}
