//! The function between a local Secrets Manager and a PostgreSQL.

use std::time::{Duration, SystemTime};

use finsight_database_user::Maker;
use finsight_database_user::config::Config;
use finsight_database_user::tls::Tls;
use finsight_function::runtime::{Failure, Invocation};
use finsight_function_testing::{Reply, Server};
use serde_json::{Value, json};

use crate::postgres::{PASSWORD, Postgres};

pub const SECRET: &str = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:rds!db-1-AbCdEf";

/// Secrets Manager with the master user's secret, as RDS writes it; the first answers are these instead.
pub fn secrets(password: &'static str, first: Vec<Reply>) -> Server {
    let first = std::sync::Mutex::new(first);
    Server::start(move |request| {
        let asked: Value = serde_json::from_slice(&request.body).ok()?;
        assert_eq!(asked["SecretId"], SECRET);
        if let Some(reply) = first.lock().ok()?.pop() {
            return Some(reply);
        }
        let held = json!({"username": "finsight_admin", "password": password}).to_string();
        let answer = json!({"ARN": SECRET, "Name": "rds!db-1", "SecretString": held}).to_string();
        Some(Reply::new(200, answer).header("content-type", "application/x-amz-json-1.1"))
    })
    .expect("a server")
}

/// The environment of a function that makes this user.
pub fn environment(postgres: &Postgres, secrets: &Server, user: &str) -> Vec<(&'static str, String)> {
    vec![
        ("DB_HOST", "localhost".to_owned()),
        ("DB_PORT", postgres.port.to_string()),
        ("DB_NAME", "finsight".to_owned()),
        ("DB_USER", user.to_owned()),
        ("DB_MASTER_SECRET_ARN", SECRET.to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKID".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "key".to_owned()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url("")),
    ]
}

/// Makes this user, with the test's own authority, within this time.
pub async fn make(
    postgres: &Postgres,
    secrets: &Server,
    user: &str,
    time: Duration,
) -> Result<Value, Failure> {
    let all = environment(postgres, secrets, user);
    let variable = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let config = Config::read(variable).expect("a config");
    let tls = Tls::of(include_str!("keys/ca.pem")).expect("an authority");
    let invocation = Invocation {
        request_id: "request-1".to_owned(),
        deadline: SystemTime::now() + time,
        event: "{}".into(),
    };
    let made = Maker::new(config, tls).make(&invocation).await;
    if let Err(failure) = &made {
        assert!(!failure.message.contains(PASSWORD), "{failure}");
    }
    made
}

/// Asks a copy, which this PostgreSQL plays; Secrets Manager is not asked.
pub async fn rehearse(
    postgres: &Postgres,
    password: &str,
    queries: &[&str],
    time: Duration,
) -> Result<Value, Failure> {
    let copy = json!({
        "host": "localhost", "port": postgres.port, "database": "finsight", "user": "finsight_admin",
        "password": password,
    });
    let event = json!({"rehearse": {"copy": copy, "queries": queries}});
    let silent = Server::start(|_| panic!("no secret is asked for")).expect("a server");
    let all = environment(postgres, &silent, "finsight_app");
    let variable = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let config = Config::read(variable).expect("a config");
    let tls = Tls::of(include_str!("keys/ca.pem")).expect("an authority");
    let invocation = Invocation {
        request_id: "request-1".to_owned(),
        deadline: SystemTime::now() + time,
        event: event.to_string().into(),
    };
    let answer = Maker::new(config, tls).handle(&invocation).await;
    assert!(silent.seen().is_empty());
    if let Err(failure) = &answer {
        assert!(!failure.message.contains(password), "{failure}");
    }
    answer
}
