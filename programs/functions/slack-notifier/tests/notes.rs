//! What becomes of the messages that AWS sends.

use finsight_slack_notifier::note::{Note, Tone};
use finsight_slack_notifier::sns;
use serde_json::{Value, json};

fn note(subject: Option<&str>, message: &str) -> Note {
    let event = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "Type": "Notification", "MessageId": "m-1", "Subject": subject, "Message": message,
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:finsight-alarms", "MessageAttributes": {}}}]});
    sns::read(event.to_string().as_bytes()).expect("an event")[0].note()
}

fn alarm(changes: Value) -> Value {
    let mut alarm = json!({
        "AlarmName": "finsight-users errors/prod", "AlarmDescription": "Errors of users",
        "AWSAccountId": "111122223333", "NewStateValue": "ALARM", "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).",
        "StateChangeTime": "2026-11-22T12:00:00.000+0000", "Region": "Asia Pacific (Tokyo)",
        "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:finsight-users errors/prod",
        "Trigger": {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "SUM", "Period": 60,
            "Dimensions": [{"name": "FunctionName", "value": "finsight-users"}], "Threshold": 5.0}});
    for (name, value) in changes.as_object().expect("an object") {
        alarm[name] = value.clone();
    }
    alarm
}

#[test]
fn an_alarm_says_state_reason_region_and_where_to_look() {
    let note = note(Some("ALARM: ..."), &alarm(json!({})).to_string());
    assert_eq!((note.tone, note.title.as_str()), (Tone::Bad, "ALARM: finsight-users errors/prod"));
    assert!(note.text.starts_with("Errors of users\nThreshold Crossed"));
    let fact = |name| note.facts.iter().find(|(of, _)| *of == name).expect(name).1.as_str();
    assert_eq!(fact("State"), "OK → ALARM");
    assert_eq!(fact("Region"), "ap-northeast-1");
    assert_eq!(fact("Metric"), "AWS/Lambda Errors FunctionName=finsight-users");
    let link = "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1\
        #alarmsV2:alarm/finsight-users%20errors%2Fprod";
    assert_eq!(note.link.expect("a link").1, link);
}

#[test]
fn other_states_and_bare_alarms_are_alarms_too() {
    let state =
        |value: &str| note(None, &alarm(json!({"NewStateValue": value, "Trigger": null})).to_string()).tone;
    assert_eq!([state("OK"), state("INSUFFICIENT_DATA")], [Tone::Good, Tone::Unsure]);
    let composite =
        json!({"AlarmName": "all", "NewStateValue": "ALARM", "AlarmRule": "ALARM(a) OR ALARM(b)"});
    assert_eq!(note(None, &composite.to_string()).title, "ALARM: all");
}

/// Y6: every alarm of a new stack comes to OK from having no data; that is no news, and OK after an alarm is.
#[test]
fn an_alarm_that_has_its_first_data_is_no_news() {
    let news = |old: &str, new: &str| {
        let message = alarm(json!({"OldStateValue": old, "NewStateValue": new})).to_string();
        let event = json!({"Records": [{"Sns": {"MessageId": "m-1", "Message": message}}]});
        sns::read(event.to_string().as_bytes()).expect("an event")[0].is_news()
    };
    assert!(!news("INSUFFICIENT_DATA", "OK"));
    assert!(news("ALARM", "OK") && news("INSUFFICIENT_DATA", "ALARM") && news("OK", "INSUFFICIENT_DATA"));
}

#[test]
fn bounces_and_complaints_name_no_user() {
    let mail = json!({"messageId": "0100", "source": "noreply@finsight.com", "timestamp": "2026-11-22T12:00:00Z",
        "destination": ["taro@example.com"], "commonHeaders": {"subject": "Your statement"}});
    let bounce = json!({"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent",
        "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": "taro@example.com",
        "diagnosticCode": "550 taro@example.com unknown"}, {"emailAddress": "Hanako <hanako@example.org>"}]}});
    let complaint = json!({"notificationType": "Complaint", "mail": mail, "complaint": {
        "complaintFeedbackType": "abuse", "complainedRecipients": [{"emailAddress": "taro@example.com"}]}});
    for (event, title, recipients) in [
        (bounce, "Mail: Bounce", "2 at example.com, example.org"),
        (complaint, "Mail: Complaint", "1 at example.com"),
    ] {
        let note = note(None, &event.to_string());
        assert_eq!((note.tone, note.title.as_str()), (Tone::Bad, title));
        let body = note.slack(None).to_string();
        assert!(body.contains(recipients) && !body.contains("taro") && !body.contains("hanako"), "{body}");
    }
}

#[test]
fn budgets_and_plain_texts_come_as_they_are() {
    let subject = "AWS Budgets: finsight-prod has exceeded your alert threshold";
    let budget = note(Some(subject), "AWS Budget Notification\nBudgeted amount: $300.00");
    assert_eq!((budget.tone, budget.title.as_str()), (Tone::Bad, subject));
    assert!(budget.text.contains("$300.00"));
    let plain = note(None, "hello");
    assert_eq!((plain.tone, plain.title.as_str()), (Tone::Plain, "Message from finsight-alarms"));
}

#[test]
fn events_of_eventbridge_are_readable() {
    let event = json!({"version": "0", "detail-type": "RDS DB Instance Event", "source": "aws.rds",
        "account": "111122223333", "region": "ap-northeast-1", "time": "t", "detail": {"Message": "stopped"}});
    let note = note(None, &event.to_string());
    assert_eq!(note.title, "RDS DB Instance Event");
    assert!(note.text.contains("stopped") && !note.text.contains("detail-type"));
}

#[test]
fn other_events_are_refused() {
    for event in ["", "{}", r#"{"Records":[]}"#, r#"{"Records":[{"s3":{}}]}"#] {
        assert!(sns::read(event.as_bytes()).is_err(), "{event}");
    }
}
