//! Posts to Slack, and repeats what may be repeated.

use std::time::Duration;

use bytes::Bytes;
use finsight_function::http::{Client, Limits};
use finsight_function::runtime::{Failure, Invocation};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::note::Note;
use crate::webhook::{Address, Webhook};

/// Posts for one message.
const ATTEMPTS: u32 = 4;
/// The wait before the second post; it doubles then.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait, whatever Slack asks for: Lambda comes again later.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const POST: Limits = Limits { time: Some(Duration::from_secs(5)), size: 16 << 10 };

/// A channel of Slack, behind its webhook.
#[derive(Debug)]
pub struct Slack {
    client: Client,
    webhook: Webhook,
}

/// What an answer means.
enum Verdict {
    Sent,
    /// Slack does not know the address.
    Gone(String),
    /// Slack does not like the message.
    Malformed(String),
    /// It may go another time, not before this wait.
    Later(Option<Duration>, String),
    Refused(String),
}

impl Slack {
    /// The channel of a webhook.
    #[must_use]
    pub fn new(client: Client, webhook: Webhook) -> Self {
        Self { client, webhook }
    }

    /// Sends a note, and gives the number of posts that it took.
    ///
    /// # Errors
    /// When Slack did not take it within the invocation's time.
    pub async fn send(
        &mut self,
        note: &Note,
        stack: Option<&str>,
        invocation: &Invocation,
    ) -> Result<u32, Failure> {
        let late = || Failure::new("Notifier.Deadline", "the time was over before Slack took the message");
        invocation.within(self.posts(note, stack, invocation)).await.unwrap_or_else(|| Err(late()))
    }

    async fn posts(
        &mut self,
        note: &Note,
        stack: Option<&str>,
        invocation: &Invocation,
    ) -> Result<u32, Failure> {
        let mut address = self.webhook.address().await?;
        let mut body = note.slack(stack);
        let mut wait = FIRST_WAIT;
        let mut asked_again = false;
        for attempt in 1..=ATTEMPTS {
            let last = attempt == ATTEMPTS;
            match self.post(&address, &body).await {
                Verdict::Sent => return Ok(attempt),
                Verdict::Gone(_) if !asked_again && !last => {
                    asked_again = true;
                    address = self.webhook.read().await?;
                }
                // An ugly alarm is better than none.
                Verdict::Malformed(_) if body.get("blocks").is_some() && !last => {
                    body = json!({ "text": note.plain(stack) });
                }
                Verdict::Later(asked, problem) => {
                    let pause = asked.unwrap_or(wait).min(LONGEST_WAIT);
                    if last || invocation.spare() <= pause {
                        return Err(Failure::new("Slack.Unavailable", problem));
                    }
                    tracing::warn!(attempt = u64::from(attempt), problem, "Slack is asked again");
                    tokio::time::sleep(pause).await;
                    wait *= 2;
                }
                Verdict::Gone(problem) | Verdict::Malformed(problem) | Verdict::Refused(problem) => {
                    return Err(Failure::new("Slack.Refused", problem));
                }
            }
        }
        Err(Failure::new("Slack.Unavailable", "Slack took none of the posts"))
    }

    async fn post(&self, address: &Address, body: &Value) -> Verdict {
        let request = Request::post(address.reveal().clone())
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "finsight-slack-notifier")
            .body(Bytes::from(body.to_string()));
        match request {
            Err(_) => Verdict::Refused("the address makes no request".to_owned()),
            Ok(request) => match self.client.send(request, POST).await {
                Ok(answer) => verdict(&answer),
                Err(error) => Verdict::Later(None, format!("Slack does not answer: {error}")),
            },
        }
    }
}

fn verdict(answer: &Response<Bytes>) -> Verdict {
    let status = answer.status();
    let problem = match word(answer.body()) {
        Some(word) => format!("Slack answers {status} ({word})"),
        None => format!("Slack answers {status}, with none of its words"),
    };
    match status {
        // Slack: 200 and `ok` say that the message was taken. Another 200 is from somebody in between.
        StatusCode::OK if word(answer.body()) == Some("ok") => Verdict::Sent,
        _ if status.is_success() => Verdict::Later(retry_after(answer), problem),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            Verdict::Later(retry_after(answer), problem)
        }
        _ if status.is_server_error() => Verdict::Later(retry_after(answer), problem),
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => Verdict::Gone(problem),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Verdict::Malformed(problem),
        _ => Verdict::Refused(problem),
    }
}

/// The one word that Slack answers with, such as `no_service`. Whatever else an answer holds is not repeated: it may
/// echo the webhook, in any form. A webhook's secret has capitals and digits, so it is no such word.
fn word(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let plain =
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    plain.then_some(text)
}

fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
