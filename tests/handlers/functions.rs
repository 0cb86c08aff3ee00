//! Versions, aliases and archives: what no fixture can say, for it takes two functions' worth of change.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Op;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, urn};
use crate::life::Life;
use crate::runtime;

const VERSION: &str = "aws:lambda:Version";
const ALIAS: &str = "aws:lambda:Alias";

/// A function with this memory, a version of it, and an alias.
fn release(memory: i64, retain: bool, alias: &Json) -> Graph {
    let own = Fixture::of(ALIAS);
    let mut whole = json!({
        "around": [
            {"type": "aws:iam:Role", "name": "a", "inputs": {"assume_role_policy_document": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }],
            }}},
            {"type": "aws:lambda:Function", "name": "main", "inputs": {
                "role": {"$output": "aws:iam:Role/a.arn"},
                "runtime": "provided.al2023",
                "handler": "bootstrap",
                "code": {"artifact": "e947cf8d08639a55fdf3d46bee052ca1a5797af641cb9be2c0d6db7ad696faea"},
                "memory_size": memory,
            }},
            {"type": VERSION, "name": "main", "inputs": {
                "function_name": {"$output": "aws:lambda:Function/main.id"},
                "trigger": format!("memory {memory}"),
                "retain_versions": retain,
            }},
        ],
        "base": own.base,
        "samples": {},
    });
    if let (Json::Object(base), Json::Object(more)) = (&mut whole["base"], alias.clone()) {
        base.extend(more);
    }
    let mut fixture: Fixture = serde_json::from_value(whole).expect("a fixture");
    fixture.type_name = ALIAS.to_owned();
    fixture.graph(&[])
}

fn version_of(life: &Life, property: &str) -> String {
    let row = life.subject(ALIAS);
    row.inputs.get(property).and_then(|value| value.as_text()).unwrap_or_default().to_owned()
}

#[test]
fn a_release_publishes_moves_the_alias_and_keeps_what_it_can_go_back_to() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&release(128, true, &json!({})), "the first release").await;
        assert_eq!(version_of(&life, "function_version"), "1");

        let plan = life.plan(&release(256, true, &json!({}))).await;
        let step = plan.step(&urn(VERSION, "main")).expect("the version has a step");
        assert_eq!((step.op, step.delete_first.as_ref()), (Op::Replace, None));
        assert!(life.execute(plan).await.succeeded());
        life.reach(&release(256, true, &json!({})), "the second release").await;
        assert_eq!(version_of(&life, "function_version"), "2");
        assert_eq!(life.cloud.status().await.count(VERSION), 2, "the version before is kept");

        // Back by hand, and a part of the calls on the other one.
        let back = json!({"function_version": "1", "additional_version_weights": {"2": 0.1}});
        life.reach(&release(256, true, &back), "back").await;
        let more = json!({"function_version": "1", "additional_version_weights": {"2": 0.5}});
        assert!(life.plan(&release(256, true, &more)).await.has_changes(), "weights are compared");
        life.reach(&release(256, true, &more), "more of it").await;
        life.reach(&release(256, true, &json!({"function_version": "1"})), "weights taken away").await;
        life.reach(&release(256, true, &json!({})), "forward").await;
        life.destroy("all of it").await;
        assert!(life.cloud.status().await.is_empty(), "versions go with their function");
    });
}

#[test]
fn versions_that_are_not_to_be_kept_go_once_the_alias_has_moved() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&release(128, false, &json!({})), "the first release").await;
        life.reach(&release(256, false, &json!({})), "the second release").await;
        assert_eq!(version_of(&life, "function_version"), "2");
        assert_eq!(life.cloud.status().await.count(VERSION), 1);
        life.destroy("all of it").await;
    });
}

#[test]
fn archives_are_what_they_are_said_to_be() {
    runtime().block_on(async {
        let life = Life::new().await;
        let folder = tempfile();
        let hash = "e947cf8d08639a55fdf3d46bee052ca1a5797af641cb9be2c0d6db7ad696faea";
        let none = life.session.region(crate::fixture::REGION);
        assert_eq!(none.artifact(hash).await.map(|bytes| bytes.len()), Ok(119));
        let region = life.session.clone().with_artifacts(folder.clone()).region(crate::fixture::REGION);
        let code = async |sha256: &str| region.artifact(sha256).await.map_err(|failure| failure.code);
        assert_eq!(code("../../etc/passwd").await, Err("ArtifactName".to_owned()));
        assert_eq!(code(hash).await, Err("ArtifactMissing".to_owned()));
        std::fs::write(folder.join(format!("{hash}.zip")), "another").expect("a file");
        assert_eq!(code(hash).await, Err("ArtifactChanged".to_owned()));
        std::fs::remove_dir_all(folder).expect("the folder goes");
    });
}

/// A folder of this process.
fn tempfile() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("finsight-artifacts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
