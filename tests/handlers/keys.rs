//! H24: a key that is switched off is not waited for, wherever AWS says that it is; what may pass is said from the
//! beginning.

use std::time::Duration;

use finsight_engine::exec::Outcome;
use finsight_engine::graph::Graph;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::fixture::Fixture;
use crate::life::Life;
use crate::paused;

/// Resources: type, name, inputs.
fn program(resources: &[(&str, &str, Json)]) -> Graph {
    let all = resources
        .iter()
        .map(|(type_name, name, inputs)| json!({"type": type_name, "name": name, "inputs": inputs}));
    let json = json!({"around": all.collect::<Vec<_>>(), "base": {}, "samples": {}});
    serde_json::from_value::<Fixture>(json).expect("a fixture").surroundings()
}

/// A key that the account may use, and CloudWatch Logs with it where that is said.
fn key(enabled: bool, logs: bool) -> (&'static str, &'static str, Json) {
    let allow = |principal: Json| json!({"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"});
    let mut statements = vec![allow(json!({"AWS": "arn:aws:iam::123456789012:root"}))];
    if logs {
        statements.push(allow(json!({"Service": "logs.ap-northeast-1.amazonaws.com"})));
    }
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    ("aws:kms:Key", "a", json!({"enabled": enabled, "key_policy": policy}))
}

fn arn() -> Json {
    json!({"$output": "aws:kms:Key/a.arn"})
}

fn group(enabled: bool, logs: bool, encrypted: bool) -> Graph {
    let mut of = json!({"log_group_name": "/one"});
    if encrypted {
        of["kms_key_id"] = arn();
    }
    program(&[key(enabled, logs), ("aws:logs:LogGroup", "one", of)])
}

fn object(enabled: bool, content: &str) -> Graph {
    let bucket = json!({
        "bucket": "kept-under-a-key", "sse_algorithm": "aws:kms", "kms_master_key_id": arn(), "force_destroy": true,
    });
    let of = json!({"bucket": {"$output": "aws:s3:Bucket/one.id"}, "key": "one", "content": content});
    program(&[key(enabled, false), ("aws:s3:Bucket", "one", bucket), ("aws:s3:Object", "one", of)])
}

/// An `up` that ends within a minute, and what it says then.
async fn soon(life: &mut Life, graph: &Graph) -> String {
    let began = Instant::now();
    let Outcome { errors, .. } = life.up(graph).await;
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}: {errors:?}", began.elapsed());
    format!("{errors:?}")
}

#[test]
fn a_log_group_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let said = soon(&mut life, &group(false, true, true)).await;
        assert!(said.contains("EXEC-INVALID") && said.contains("is Disabled"), "{said}");
        life.reach(&group(false, true, false), "without it").await;
        let said = soon(&mut life, &group(false, true, true)).await;
        assert!(said.contains("logs:AssociateKmsKey") && said.contains("is Disabled"), "{said}");
        life.reach(&group(true, true, true), "once it is on").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn what_a_key_s_policy_may_still_let_in_is_waited_for_and_said() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let began = Instant::now();
        let outcome = life.up(&group(true, false, true)).await;
        assert!(!outcome.succeeded() && began.elapsed() > Duration::from_secs(240), "{:?}", began.elapsed());
        let words =
            "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used";
        assert!(life.said.iter().any(|said| said.starts_with(words)), "{:?}", life.said);
        life.reach(&group(true, true, true), "once it may").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn an_object_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let said = soon(&mut life, &object(false, "one")).await;
        assert!(said.contains("KMS.DisabledException") && said.contains("is Disabled"), "{said}");
        life.reach(&object(true, "one"), "once it is on").await;
        let said = soon(&mut life, &object(false, "two")).await;
        assert!(said.contains("is Disabled"), "{said}");
        life.reach(&object(true, "two"), "on again").await;
        life.destroy("destroyed").await;
    });
}

/// A database behind a proxy that logs in by a secret under a key; with the target, where that is said.
fn proxied(enabled: bool, with_target: bool) -> Graph {
    let text = include_str!("fixtures/aws.rds.DBProxyTarget.json");
    let mut json: Json = serde_json::from_str(text).expect("a fixture");
    let around = json["around"].as_array_mut().expect("a list");
    let secret =
        around.iter_mut().find(|one| one["type"] == "aws:secretsmanager:Secret" && one["name"] == "a");
    secret.expect("a secret")["inputs"]["kms_key_id"] = arn();
    let (type_name, name, inputs) = key(enabled, false);
    around.push(json!({"type": type_name, "name": name, "inputs": inputs}));
    let mut fixture: Fixture = serde_json::from_value(json).expect("a fixture");
    fixture.type_name = "aws:rds:DBProxyTarget".to_owned();
    if with_target { fixture.graph(&[]) } else { fixture.surroundings() }
}

#[test]
fn a_proxy_s_target_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        life.reach(&proxied(true, false), "a proxy").await;
        let said = soon(&mut life, &proxied(false, true)).await;
        assert!(said.contains("AUTH_FAILURE") && said.contains("is Disabled"), "{said}");
        life.reach(&proxied(true, true), "once it is on").await;
        life.destroy("destroyed").await;
    });
}

fn secret(enabled: bool, description: &str) -> Graph {
    let of = json!({
        "name": "kept", "description": description, "generate": {"password_length": 20}, "kms_key_id": arn(),
    });
    program(&[key(enabled, false), ("aws:secretsmanager:Secret", "kept", of)])
}

fn switch() -> Json {
    json!({"$output": "aws:kms:Key/switch.arn"})
}

/// Something of this type as its fixture has it, with these inputs.
fn around(type_name: &str, enabled: bool, set: &[(&str, Json)]) -> Graph {
    let mut fixture = Fixture::of(type_name);
    let (kind, _, inputs) = key(enabled, false);
    let switch = json!({"type": kind, "name": "switch", "inputs": inputs});
    fixture.around.push(serde_json::from_value(switch).expect("a key"));
    fixture.graph(set)
}

/// Wherever the key is named, and whichever call names it.
#[test]
fn a_secret_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let said = soon(&mut life, &secret(false, "one")).await;
        assert!(said.contains("EncryptionFailure") && said.contains("is Disabled"), "{said}");
        life.reach(&secret(true, "one"), "once it is on").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn a_change_of_a_function_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let function = |enabled: bool, encrypted: bool| {
            let all = [("environment", json!({"PLACE": "b"})), ("kms_key_arn", switch())];
            around("aws:lambda:Function", enabled, &all[..if encrypted { 2 } else { 1 }])
        };
        life.reach(&function(false, false), "without it").await;
        let said = soon(&mut life, &function(false, true)).await;
        assert!(said.contains("CreateGrant") && said.contains("is Disabled"), "{said}");
        life.reach(&function(true, true), "once it is on").await;
        life.destroy("destroyed").await;
    });
}

#[test]
fn a_change_of_a_database_does_not_wait_for_a_key_that_is_off() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let database = |enabled: bool, watched: bool| {
            let all =
                [("enable_performance_insights", json!(true)), ("performance_insights_kms_key_id", switch())];
            around("aws:rds:DBInstance", enabled, &all[..if watched { 2 } else { 0 }])
        };
        life.reach(&database(false, false), "without it").await;
        let said = soon(&mut life, &database(false, true)).await;
        assert!(said.contains("rds:ModifyDBInstance") && said.contains("is Disabled"), "{said}");
        life.reach(&database(true, true), "once it is on").await;
        life.destroy("destroyed").await;
    });
}
