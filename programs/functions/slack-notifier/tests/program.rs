//! The program as Lambda runs it, with a local Slack and a local Secrets Manager.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use finsight_function_testing::{Answer, Lambda, Reply, Request, Server};
use serde_json::{Value, json};

const SECRET: &str = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:finsight/slack-AbCdEf";

/// The function between Secrets Manager and Slack.
struct Stage {
    lambda: Lambda,
    slack: Server,
    secrets: Server,
    path: Arc<Mutex<String>>,
}

impl Stage {
    /// Slack answers with what `slack` makes of a request and its number, counted from one.
    fn with(slack: impl Fn(&Request, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let count = Mutex::new(0);
        let slack = Server::start(move |request| {
            let number = {
                let mut count = count.lock().expect("the count");
                *count += 1;
                *count
            };
            slack(request, number)
        })
        .expect("a server");
        let path = Arc::new(Mutex::new("/services/T0/B0/hook-one".to_owned()));
        let (shared, base) = (Arc::clone(&path), slack.url(""));
        let secrets = Server::start(move |request| {
            let asked: Value = serde_json::from_slice(&request.body).ok()?;
            if request.headers.get("x-amz-target")? != "secretsmanager.GetSecretValue" || asked["SecretId"] != SECRET {
                return Some(Reply::new(400, r#"{"__type":"ResourceNotFoundException"}"#));
            }
            let url = format!("{base}{}", shared.lock().ok()?);
            let answer = json!({"ARN": SECRET, "Name": "finsight/slack", "SecretString": json!({"webhook_url": url}).to_string()});
            Some(Reply::new(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1"))
        })
        .expect("a server");
        let mut stage = Self { lambda: Lambda::start().expect("a server"), slack, secrets, path };
        stage.run(SECRET);
        stage
    }

    fn run(&mut self, secret: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_finsight-slack-notifier"));
        command
            .env_clear()
            .envs([
                ("SLACK_WEBHOOK_SECRET_ARN", secret),
                ("FINSIGHT_STACK", "dev"),
                ("AWS_REGION", "eu-west-1"),
            ])
            .envs([
                ("AWS_ACCESS_KEY_ID", "AKID"),
                ("AWS_SECRET_ACCESS_KEY", "key"),
                ("AWS_SESSION_TOKEN", "token"),
            ])
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets.url(""))
            .env("AWS_LAMBDA_LOG_LEVEL", "TRACE")
            .stdout(Stdio::piped());
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        self.lambda.run(&mut command).expect("the program");
    }

    fn alarm(&self) -> Answer {
        let alarm = json!({"AlarmName": "finsight-users-errors", "NewStateValue": "ALARM", "NewStateReason": "Threshold <Crossed>",
            "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:finsight-users-errors"});
        let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "Message": alarm.to_string()}}]});
        self.lambda.invoke(&event).expect("an answer")
    }

    /// Ends the program; its log names no webhook.
    fn log(&mut self) -> Vec<Value> {
        let log = self.lambda.end().expect("the log");
        assert!(!log.contains("/services/") && !log.contains("hook-"), "the webhook is in the log: {log}");
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

fn failed(answer: Answer) -> (String, String) {
    let Answer::Error(error) = answer else { panic!("no failure: {answer:?}") };
    let text = |name: &str| error[name].as_str().expect(name).to_owned();
    assert!(!text("errorMessage").contains("hook-"), "{error}");
    (text("errorType"), text("errorMessage"))
}

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
    let blocks = body["attachments"][0]["blocks"].to_string();
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
