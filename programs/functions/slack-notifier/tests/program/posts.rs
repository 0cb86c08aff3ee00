//! What is posted, how often, and what is said when it cannot be.

use std::time::{Duration, Instant};

use finsight_function_testing::{Answer, Lambda, Reply};
use serde_json::{Value, json};

use crate::stage::{Stage, failed};

#[test]
fn an_alarm_reaches_slack_and_the_secret_is_read_once() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok")));
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    assert_eq!(stage.secrets.seen().len(), 1);
    // Signed for the secret's region with the role's credentials.
    let signature = &stage.secrets.seen()[0].headers["authorization"];
    assert!(
        signature.contains("AKID/") && signature.contains("/ap-northeast-1/secretsmanager/"),
        "{signature}"
    );
    let posts = stage.slack.seen();
    assert_eq!((posts.len(), posts[0].path.as_str()), (2, "/services/T0/B0/hook-one"));
    let body: Value = serde_json::from_slice(&posts[0].body).expect("JSON");
    assert_eq!(body["text"], "[dev] ALARM: finsight-users-errors");
    let blocks = format!("{}{}", body["blocks"], body["attachments"][0]["blocks"]);
    for part in
        ["header", "Threshold &lt;Crossed&gt;", "ap-northeast-1", "#alarmsV2:alarm/finsight-users-errors"]
    {
        assert!(blocks.contains(part), "{part} is not in {blocks}");
    }
    assert!(
        stage
            .log()
            .iter()
            .any(|line| line["title"] == "ALARM: finsight-users-errors" && line["requestId"] == "request-1")
    );
}

#[test]
fn what_passes_is_tried_again() {
    let mut stage = Stage::with(|_, number| match number {
        1 => Some(Reply::new(429, "rate_limited").header("Retry-After", "1")),
        2 => Some(Reply::new(503, "")),
        _ => Some(Reply::new(200, "ok")),
    });
    let begun = Instant::now();
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    assert_eq!(stage.slack.seen().len(), 3);
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    let _ = stage.log();
}

#[test]
fn an_outage_fails_the_event_after_a_few_attempts() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(500, "oops")));
    let (kind, message) = failed(stage.alarm());
    assert_eq!(kind, "Slack.Unavailable");
    assert!(message.contains("500") && message.contains("oops"), "{message}");
    assert_eq!(stage.slack.seen().len(), 4);
    let _ = stage.log();
}

#[test]
fn a_new_webhook_is_found_without_a_restart() {
    let mut stage = Stage::with(|request, _| {
        let good = request.path.ends_with("hook-one");
        Some(if good { Reply::new(200, "ok") } else { Reply::new(404, "no_service") })
    });
    *stage.path.lock().expect("the path") = "/services/T0/B0/hook-old".to_owned();
    let (kind, message) = failed(stage.alarm());
    assert_eq!(kind, "Slack.Refused");
    assert!(message.contains("no_service"), "{message}");
    assert_eq!((stage.slack.seen().len(), stage.secrets.seen().len()), (2, 2));
    *stage.path.lock().expect("the path") = "/services/T0/B0/hook-one".to_owned();
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    let _ = stage.log();
}

#[test]
fn a_message_that_slack_does_not_like_comes_as_text() {
    let mut stage = Stage::with(|request, _| {
        let blocks = String::from_utf8_lossy(&request.body).contains("blocks");
        Some(if blocks { Reply::new(400, "invalid_blocks") } else { Reply::new(200, "ok") })
    });
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    let body = String::from_utf8_lossy(&stage.slack.seen()[1].body).into_owned();
    assert!(body.contains("[dev] ALARM: finsight-users-errors"), "{body}");
    let _ = stage.log();
}

#[test]
fn a_secret_that_cannot_be_read_fails_the_event() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok")));
    stage.lambda = Lambda::start().expect("a server");
    stage.run("arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:other-AbCdEf");
    let (kind, message) = failed(stage.alarm());
    assert_eq!(kind, "Webhook.Unreadable");
    assert!(message.contains("ResourceNotFoundException"), "{message}");
    assert_eq!(stage.slack.seen().len(), 0);
    let _ = stage.log();
}

#[test]
fn other_events_and_a_wrong_environment_are_refused() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok")));
    assert_eq!(failed(stage.lambda.invoke(&json!({"x": 1})).expect("an answer")).0, "Notifier.Event");
    let _ = stage.log();
    stage.lambda = Lambda::start().expect("a server");
    stage.run("finsight/slack");
    let Answer::NotStarted(error) = stage.lambda.refused_start().expect("an answer") else {
        panic!("started")
    };
    assert!(error["errorMessage"].as_str().expect("a message").contains("SLACK_WEBHOOK_SECRET_ARN"));
}
