//! The webhook is in no log and no error, whatever the other side answers; and what others say steers nothing.
//!
//! [`Stage::log`] and [`failed`] look for the webhook.

use finsight_function_testing::{Answer, Reply};
use serde_json::{Value, json};

use crate::stage::{SHORT, Stage, alarms, failed};

/// Answers of Secrets Manager that cannot be taken, with the webhook in each.
#[test]
fn a_secret_that_comes_broken() {
    let address = "https://hooks.slack.com/services/T0/B0/hook-one";
    let text = |secret: Value| json!({ "SecretString": secret }).to_string();
    let good = text(json!(address));
    let answers = [
        (200, good[..good.len() - 1].to_owned()),
        (200, format!("<html>{address}")),
        (200, text(json!({ "url": address }))),
        (200, text(json!([address]))),
        (200, text(json!(format!("{address} {address}")))),
        (200, text(json!(json!({ "hook": address }).to_string()))),
        (200, text(json!(json!({ "url": [address] }).to_string()))),
        (200, text(json!(address.replace("https", "http")))),
        (200, text(json!(address.replace("hooks.slack.com", "hooks.slack.com.evil.example")))),
        (400, json!({ "__type": address, "message": address }).to_string()),
        (400, json!({ "__type": "hook-one", "message": address }).to_string()),
        (400, address.to_owned()),
        (500, good.clone()),
    ];
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok")));
    for (status, body) in answers {
        *stage.broken.lock().expect("the answer") =
            Some(Reply::new(status, body.clone()).header("content-type", "application/x-amz-json-1.1"));
        let (kind, message) = failed(stage.alarm());
        assert!(kind.starts_with("Webhook."), "{status} {body}: {kind} {message}");
    }
    assert_eq!(stage.slack.seen().len(), 0);
    let log = stage.log();
    assert!(log.iter().all(|line| !line.to_string().contains("slack.com")), "{log:?}");
}

/// Answers of Slack that echo what they were asked, in the forms that servers do it.
#[test]
fn an_answer_that_echoes_the_address() {
    let path = "/services/T0/B0/hook-one";
    let echoes = [
        format!("Cannot POST {path}"),
        path.to_owned(),
        "hook-one".to_owned(),
        path.replace('/', "%2F"),
        path.replace('/', "\\/"),
        format!("<h1>404</h1><p>{path} was not found"),
        path.to_uppercase(),
        path.chars().rev().collect(),
        format!("{}{path}", " ".repeat(90)),
    ];
    for status in [200, 302, 400, 401, 404, 429, 500, 503] {
        for echo in &echoes {
            let reply = Reply::new(status, echo.clone()).header("location", path).header("retry-after", "60");
            let mut stage = Stage::with(move |_, _| Some(reply.clone()));
            let (_, message) = failed(stage.lambda.invoke_within(&alarms(1), SHORT).expect("an answer"));
            let lower = message.to_lowercase();
            assert!(!lower.contains("hook") && !message.contains("eno-kooh"), "{status} {echo}: {message}");
            assert!(message.contains(&status.to_string()) || status == 400, "{status} {echo}: {message}");
            let log = stage.log();
            let all = format!("{log:?}").to_lowercase();
            assert!(!all.contains("hook-") && !all.contains("eno-kooh"), "{status} {echo}: {log:?}");
        }
    }
}

/// Slack's documentation: what was taken is answered with 200 and `ok`.
#[test]
fn only_slacks_ok_is_an_ok() {
    let answers = [
        (200, ""),
        (200, r#"{"ok":false,"error":"no_service"}"#),
        (200, "<html>down for maintenance</html>"),
        (200, "invalid_payload"),
        (200, "ok, not"),
        (201, "ok"),
        (202, ""),
        (204, ""),
    ];
    for (status, body) in answers {
        let mut stage = Stage::with(move |_, _| Some(Reply::new(status, body).header("retry-after", "60")));
        let (kind, message) = failed(stage.lambda.invoke_within(&alarms(1), SHORT).expect("an answer"));
        assert_eq!(kind, "Slack.Unavailable", "{status} {body}: {message}");
        let _ = stage.log();
    }
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok\n")));
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    let _ = stage.log();
}
