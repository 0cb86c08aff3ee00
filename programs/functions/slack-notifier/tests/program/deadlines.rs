//! Every wait ends before the deadline, and Lambda hears how it went: who is ended in the midst loses the alarm unsaid.

use std::time::Duration;

use finsight_function_testing::{Answer, Reply};
use serde_json::json;

use crate::stage::{Stage, alarms, failed};

/// What the function may take.
const TIME: Duration = Duration::from_secs(3);

fn slack_that_hangs() -> Stage {
    Stage::with(|_, _| {
        std::thread::sleep(Duration::from_secs(8));
        Some(Reply::new(200, "ok"))
    })
}

#[test]
fn a_slack_that_hangs() {
    let mut stage = slack_that_hangs();
    let (kind, _) = failed(stage.lambda.invoke_within(&alarms(1), TIME).expect("an answer in time"));
    assert_eq!(kind, "Notifier.Deadline");
    let log = stage.log();
    assert!(log.iter().any(|line| line["level"] == "ERROR" && line["message"] == "not sent"), "{log:?}");
}

#[test]
fn a_slack_that_answers_without_an_end() {
    let mut stage = Stage::with(|_, _| Some(Reply::endless(200, "o", Duration::from_millis(100))));
    failed(stage.lambda.invoke_within(&alarms(1), TIME).expect("an answer in time"));
    let _ = stage.log();
}

#[test]
fn a_slack_that_asks_for_a_longer_wait() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(429, "rate_limited").header("retry-after", "9")));
    let (kind, message) = failed(stage.lambda.invoke_within(&alarms(1), TIME).expect("an answer in time"));
    assert_eq!(kind, "Slack.Unavailable");
    assert!(message.contains("429") && message.contains("rate_limited"), "{message}");
    assert_eq!(stage.slack.seen().len(), 1);
    let _ = stage.log();
}

/// Each record is told of, those too that nothing was left for.
#[test]
fn several_records() {
    let mut stage = slack_that_hangs();
    let (kind, _) = failed(stage.lambda.invoke_within(&alarms(3), TIME).expect("an answer in time"));
    assert_eq!(kind, "Notifier.Deadline");
    let log = stage.log();
    let not_sent = log.iter().filter(|line| line["message_id"].is_string() && line["level"] == "ERROR");
    assert_eq!(not_sent.count(), 3, "{log:?}");
}

#[test]
fn a_secrets_manager_that_hangs() {
    let mut stage = Stage::with(|_, _| Some(Reply::new(200, "ok")));
    *stage.broken.lock().expect("the answer") = Some(Reply::endless(200, " ", Duration::from_millis(100)));
    failed(stage.lambda.invoke_within(&alarms(1), TIME).expect("an answer in time"));
    assert_eq!(stage.slack.seen().len(), 0);
    *stage.broken.lock().expect("the answer") = None;
    assert_eq!(stage.alarm(), Answer::Response(json!({"sent": 1})));
    let _ = stage.log();
}
