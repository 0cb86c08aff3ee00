//! The program as Lambda runs it.

use std::process::{Command, Stdio};

use finsight_function_testing::{Answer, Lambda};
use serde_json::{Value, json};

use crate::keys::{AUDIENCE, ISSUER, Issuer, Key, claims, now};

pub const METHOD: &str = "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/users/1";

pub fn start(environment: &[(&str, &str)]) -> Lambda {
    let mut lambda = Lambda::start().expect("a server");
    let mut command = Command::new(env!("CARGO_BIN_EXE_finsight-authorizer"));
    command.env_clear().envs(environment.iter().copied()).stdout(Stdio::piped());
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    lambda.run(&mut command).expect("the program");
    lambda
}

pub fn event(token: &str) -> Value {
    json!({"type": "TOKEN", "methodArn": METHOD, "authorizationToken": format!("Bearer {token}")})
}

#[test]
fn it_answers_as_api_gateway_wants() {
    let issuer = Issuer::with(&[&Key::first()]);
    let jwks = issuer.server.url("/jwks");
    let mut lambda = start(&[("JWT_ISSUER", ISSUER), ("JWT_AUDIENCES", AUDIENCE), ("JWKS_URL", &jwks)]);
    let good = Key::first().token(&claims(json!({"exp": now() + 60})));
    let Answer::Response(policy) = lambda.invoke(&event(&good)).expect("an answer") else {
        panic!("refused");
    };
    assert_eq!(policy["principalId"], "auth0|5f7c8ec7c33c6c004bbafe82");
    assert_eq!(
        policy["policyDocument"],
        json!({"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow",
            "Resource": ["arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/*"]}]})
    );
    assert_eq!(policy["context"]["permissions"], "read:budgets write:budgets");
    let plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    assert!(policy["context"].as_object().expect("an object").values().all(plain));

    let late = Key::first().token(&claims(json!({"exp": now() - 3_600})));
    let forged = Key::second().sign(&json!({"alg": "RS256", "kid": "first"}), &claims(json!({})));
    let refused = [
        event(&late),
        event(&forged),
        event("x"),
        json!({"type": "REQUEST", "methodArn": METHOD, "headers": {}}),
    ];
    for event in refused {
        let Answer::Error(error) = lambda.invoke(&event).expect("an answer") else {
            panic!("let in: {event}")
        };
        assert_eq!(error["errorMessage"], "Unauthorized");
    }
    // A gateway that asks for something else gets no policy either.
    assert!(matches!(lambda.invoke(&json!({"token": good})).expect("an answer"), Answer::Error(_)));

    issuer.publish(&[&Key::second()]);
    let rotated = Key::second().token(&claims(json!({})));
    assert!(matches!(lambda.invoke(&event(&rotated)).expect("an answer"), Answer::Response(_)));

    let log = lambda.end().expect("the log");
    for token in [&good, &late, &forged, &rotated] {
        assert!(token.split('.').skip(1).all(|part| !log.contains(part)), "a token is in the log: {log}");
    }
    assert!(!log.contains("auth0|"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let reasons: Vec<_> = lines.iter().filter_map(|line| line["reason"].as_str()).collect();
    assert_eq!(reasons, ["expired", "signature", "malformed", "no-token"]);
    assert!(lines.iter().any(|line| line["requestId"] == "request-1" && line["outcome"] == "allowed"));
}

#[test]
fn an_issuer_that_is_down_is_not_the_callers_fault() {
    let mut lambda =
        start(&[("JWT_ISSUER", ISSUER), ("JWT_AUDIENCES", AUDIENCE), ("JWKS_URL", "http://127.0.0.1:1/")]);
    let token = Key::first().token(&claims(json!({})));
    let Answer::Error(error) = lambda.invoke(&event(&token)).expect("an answer") else { panic!("let in") };
    assert_eq!(error["errorType"], "Authorizer.Unavailable");
    let log = lambda.end().expect("the log");
    assert!(log.contains(r#""outcome":"unavailable""#), "{log}");
}

#[test]
fn a_wrong_environment_is_said_before_the_first_event() {
    let mut lambda = start(&[("JWT_ISSUER", "http://x")]);
    let Answer::NotStarted(error) = lambda.refused_start().expect("an answer") else { panic!("started") };
    let message = error["errorMessage"].as_str().expect("a message");
    assert!(message.contains("JWT_ISSUER") && message.contains("JWT_AUDIENCES"), "{message}");
    // B11: the alarm counts the outcome, not Lambda's errors.
    let log = lambda.end().expect("the log");
    assert!(log.contains(r#""outcome":"unavailable""#), "{log}");
}
