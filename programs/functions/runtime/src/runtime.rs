//! The loop of a Lambda function: take an event from the Runtime API, handle it, send the answer.
//!
//! Source: "Using the Lambda runtime API for custom runtimes" in AWS's Lambda developer guide, version
//! `2018-06-01` of the API.

use std::convert::Infallible;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::http::{Client, HttpError, Limits};
use crate::log;

/// The largest event that Lambda delivers is 6 MB; this leaves room for its envelope.
const LARGEST_EVENT: usize = 8 << 20;

/// What is left of a function's time for telling Lambda how it went.
const RESERVE: Duration = Duration::from_millis(500);
/// The time of an event that comes without a deadline: Lambda's own where a function sets none.
const SHORTEST: Duration = Duration::from_secs(3);

/// One event to handle.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Lambda's id of the request.
    pub request_id: String,
    /// When Lambda will stop the function.
    pub deadline: SystemTime,
    /// The event, as JSON.
    pub event: Bytes,
}

impl Invocation {
    /// The time that is left until Lambda stops the function.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.duration_since(SystemTime::now()).unwrap_or_default()
    }

    /// The time that the function may spend: what is left, less what it takes to tell Lambda.
    #[must_use]
    pub fn spare(&self) -> Duration {
        self.remaining().saturating_sub(RESERVE)
    }

    /// Does this within the time that the function may spend. None where that is over: nothing is begun then, or what
    /// was begun is given up.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let spare = self.spare();
        if spare.is_zero() { None } else { tokio::time::timeout(spare, work).await.ok() }
    }
}

/// Why an event was not handled. The caller sees the message, so it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// A name of the kind of failure, such as `Slack.Refused`.
    pub kind: &'static str,
    /// One sentence.
    pub message: String,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    fn body(&self) -> Bytes {
        let body = json!({ "errorType": self.kind, "errorMessage": self.message, "stackTrace": [] });
        Bytes::from(body.to_string())
    }
}

/// Why the loop cannot go on. The process ends then, and Lambda starts another.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The Runtime API did not answer.
    #[error("the Runtime API does not answer: {0}")]
    Unreachable(#[from] HttpError),
    /// The Runtime API answered what is not in its contract.
    #[error("the Runtime API answered {0}")]
    Contract(String),
}

/// The Runtime API of this process.
#[derive(Clone, Debug)]
pub struct RuntimeApi {
    client: Client,
    base: String,
}

impl RuntimeApi {
    /// The API at the address of `AWS_LAMBDA_RUNTIME_API`: host and port.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn at(address: &str) -> Result<Self, HttpError> {
        Ok(Self { client: Client::plain()?, base: format!("http://{address}/2018-06-01/runtime") })
    }

    /// Says that the function cannot start.
    ///
    /// # Errors
    /// When the API does not take it.
    pub async fn cannot_start(&self, failure: &Failure) -> Result<(), RuntimeError> {
        self.post("init/error", Some(failure.kind), failure.body()).await
    }

    /// Handles events, one after the other, until the API ends it.
    ///
    /// # Errors
    /// When the API cannot be used any more.
    pub async fn serve<H>(&self, mut handle: H) -> Result<Infallible, RuntimeError>
    where
        H: AsyncFnMut(&Invocation) -> Result<Value, Failure>,
    {
        loop {
            let invocation = self.next().await?;
            let id = invocation.request_id.clone();
            log::request(Some(&id));
            match handle(&invocation).await {
                Ok(answer) => {
                    let body = Bytes::from(answer.to_string());
                    self.post(&format!("invocation/{id}/response"), None, body).await?;
                }
                Err(failure) => {
                    self.post(&format!("invocation/{id}/error"), Some(failure.kind), failure.body()).await?;
                }
            }
            log::request(None);
        }
    }

    /// Waits for the next event. Lambda freezes the process meanwhile, so there is no time limit.
    async fn next(&self) -> Result<Invocation, RuntimeError> {
        let request = self.request("GET", "invocation/next", None, Bytes::new())?;
        let answer = self.client.send(request, Limits { time: None, size: LARGEST_EVENT }).await?;
        if answer.status() != StatusCode::OK {
            return Err(RuntimeError::Contract(format!("{} to the wait for an event", answer.status())));
        }
        let request_id = header(&answer, "lambda-runtime-aws-request-id")
            .ok_or_else(|| RuntimeError::Contract("an event without a request id".to_owned()))?
            .to_owned();
        let deadline = header(&answer, "lambda-runtime-deadline-ms")
            .and_then(|text| UNIX_EPOCH.checked_add(Duration::from_millis(text.parse().ok()?)))
            .unwrap_or_else(|| SystemTime::now() + SHORTEST);
        Ok(Invocation { request_id, deadline, event: answer.into_body() })
    }

    /// An answer that Lambda refuses, such as one that is too large or too late, is logged: the event is lost, the
    /// function is not.
    async fn post(&self, path: &str, kind: Option<&str>, body: Bytes) -> Result<(), RuntimeError> {
        let request = self.request("POST", path, kind, body)?;
        let limits = Limits { time: Some(Duration::from_secs(10)), size: 64 << 10 };
        let status = self.client.send(request, limits).await?.status();
        if status.is_server_error() {
            return Err(RuntimeError::Contract(format!("{status} to an answer")));
        }
        if !status.is_success() {
            tracing::error!(status = status.as_u16(), "Lambda did not take the answer");
        }
        Ok(())
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        kind: Option<&str>,
        body: Bytes,
    ) -> Result<Request<Bytes>, RuntimeError> {
        let mut request = Request::builder().method(method).uri(format!("{}/{path}", self.base));
        if let Some(kind) = kind {
            request = request.header("lambda-runtime-function-error-type", kind);
        }
        request
            .header("content-type", "application/json")
            .body(body)
            .map_err(|error| RuntimeError::Contract(format!("what makes no request: {error}")))
    }
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}
