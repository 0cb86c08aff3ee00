//! The placeholders, run by bash against a local Runtime API as Lambda runs them.

use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use finsight_artifact::{Placeholder, Source, read};
use finsight_function_testing::{Answer, Lambda};
use serde_json::{Value, json};

use crate::packages::{folder, one};

/// The placeholder's `bootstrap`, out of its ZIP, running. Needs bash and curl.
fn start(placeholder: Placeholder) -> (Lambda, tempfile::TempDir) {
    for tool in ["bash", "curl"] {
        let found = Command::new(tool).arg("--version").stdout(Stdio::null()).status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "{tool} is needed to run the placeholders, as in Lambda"
        );
    }
    let root = folder();
    let artifact = one(Source::Placeholder(placeholder), root.path());
    let zip = read(root.path(), &artifact.sha256_hex).expect("the ZIP");
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("a ZIP");
    let mut script = String::new();
    archive.by_name("bootstrap").expect("bootstrap").read_to_string(&mut script).expect("a script");
    assert!(script.starts_with("#!/bin/bash\n"));
    let path = root.path().join("bootstrap");
    std::fs::write(&path, script).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let mut lambda = Lambda::start().expect("a server");
    // By bash's name: a file that was just written cannot always be executed while other tests start processes.
    lambda.run(Command::new("bash").arg(&path).stdout(Stdio::piped())).expect("bash");
    (lambda, root)
}

#[test]
fn the_api_says_that_it_is_not_deployed() {
    let (lambda, _root) = start(Placeholder::Api);
    for path in ["/users/1", "/budgets"] {
        let event = json!({"httpMethod": "GET", "path": path, "headers": {"Origin": "https://www.finsight.com"},
            "body": "line one\nline two \"quoted\" $(exit) `exit`"});
        let Answer::Response(answer) = lambda.invoke(&event).expect("an answer") else { panic!("it failed") };
        assert_eq!(answer["statusCode"], 503);
        assert_eq!(answer["headers"]["Access-Control-Allow-Origin"], "*");
        assert_eq!(answer["headers"]["Access-Control-Allow-Credentials"], Value::Null);
        let body: Value = serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON");
        assert_eq!(body, json!({"message": "not deployed yet"}));
    }
}

#[test]
fn the_authorizer_lets_nobody_in() {
    let (lambda, _root) = start(Placeholder::Authorizer);
    for _ in 0..3 {
        let event = json!({"type": "TOKEN", "authorizationToken": "Bearer x.y.z",
            "methodArn": "arn:aws:execute-api:ap-northeast-1:111122223333:abc/prod/GET/"});
        let Answer::Error(error) = lambda.invoke(&event).expect("an answer") else {
            panic!("it let someone in")
        };
        assert_eq!(error["errorMessage"], "Unauthorized");
    }
}

#[test]
fn the_notifier_takes_everything_and_says_so() {
    let (mut lambda, _root) = start(Placeholder::Notifier);
    let event = json!({"Records": [{"Sns": {"MessageId": "m", "Message": "hello"}}]});
    for _ in 0..2 {
        assert_eq!(lambda.invoke(&event).expect("an answer"), Answer::Response(json!({"sent": 0})));
    }
    let log = lambda.end().expect("the log");
    let first: Value = serde_json::from_str(log.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["level"], &first["requestId"]), (&json!("WARN"), &json!("request-1")));
}

#[test]
fn no_user_is_made_and_the_log_says_so() {
    let (mut lambda, _root) = start(Placeholder::DatabaseUser);
    assert_eq!(lambda.invoke(&json!({})).expect("an answer"), Answer::Response(json!({"created": false})));
    let log = lambda.end().expect("the log");
    let first: Value = serde_json::from_str(log.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["level"], &first["requestId"]), (&json!("WARN"), &json!("request-1")));
}
