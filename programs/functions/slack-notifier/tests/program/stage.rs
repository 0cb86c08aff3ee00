//! The function between a local Secrets Manager and a local Slack.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finsight_function_testing::{Answer, Lambda, Reply, Request, Server};
use serde_json::{Value, json};

const SECRET: &str = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:finsight/slack-AbCdEf";

/// Too short for the wait that Slack asks for, long enough for all else.
pub const SHORT: Duration = Duration::from_secs(5);

/// The function between Secrets Manager and Slack.
pub struct Stage {
    pub lambda: Lambda,
    pub slack: Server,
    pub secrets: Server,
    pub path: Arc<Mutex<String>>,
    /// What Secrets Manager answers instead of the secret.
    pub broken: Arc<Mutex<Option<Reply>>>,
}

impl Stage {
    /// Slack answers with what `slack` makes of a request and its number, counted from one.
    pub fn with(slack: impl Fn(&Request, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
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
        let broken: Arc<Mutex<Option<Reply>>> = Arc::default();
        let (shared, base, instead) = (Arc::clone(&path), slack.url(""), Arc::clone(&broken));
        let secrets = Server::start(move |request| {
            if let Some(reply) = instead.lock().ok()?.clone() {
                return Some(reply);
            }
            let asked: Value = serde_json::from_slice(&request.body).ok()?;
            if request.headers.get("x-amz-target")? != "secretsmanager.GetSecretValue" || asked["SecretId"] != SECRET {
                return Some(Reply::new(400, r#"{"__type":"ResourceNotFoundException"}"#));
            }
            let url = format!("{base}{}", shared.lock().ok()?);
            let answer = json!({"ARN": SECRET, "Name": "finsight/slack", "SecretString": json!({"webhook_url": url}).to_string()});
            Some(Reply::new(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1"))
        })
        .expect("a server");
        let mut stage = Self { lambda: Lambda::start().expect("a server"), slack, secrets, path, broken };
        stage.run(SECRET);
        stage
    }

    pub fn run(&mut self, secret: &str) {
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

    pub fn alarm(&self) -> Answer {
        self.lambda.invoke(&alarms(1)).expect("an answer")
    }

    /// Ends the program; its log names no webhook.
    pub fn log(&mut self) -> Vec<Value> {
        let log = self.lambda.end().expect("the log");
        assert!(!log.contains("services") && !log.contains("hook-"), "the webhook is in the log: {log}");
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// An event with so many alarms.
pub fn alarms(count: usize) -> Value {
    let alarm = json!({"AlarmName": "finsight-users-errors", "NewStateValue": "ALARM", "NewStateReason": "Threshold <Crossed>",
        "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:finsight-users-errors"});
    let record = |n| json!({"EventSource": "aws:sns", "Sns": {"MessageId": format!("m-{n}"), "Message": alarm.to_string()}});
    json!({ "Records": (1..=count).map(record).collect::<Vec<_>>() })
}

pub fn failed(answer: Answer) -> (String, String) {
    let Answer::Error(error) = answer else { panic!("no failure: {answer:?}") };
    let text = |name: &str| error[name].as_str().expect(name).to_owned();
    assert!(!error.to_string().contains("hook-"), "{error}");
    (text("errorType"), text("errorMessage"))
}
