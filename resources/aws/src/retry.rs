//! One retry discipline for reading: a call is tried again, and not what it is part of.
//!
//! A call that changes something is sent once: what may be sent again is the engine's to decide. A call that
//! reads is tried again by the SDK, wherever a handler makes it, until AWS answers or [`Patience`] is over. Where
//! no connection comes about it is not: then the network is gone, and the engine waits for it once for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::Format;
use tokio::time::Instant;

use crate::answer::{Unreadable, check};
use crate::codes::{SKEWED, THROTTLING};
use crate::failure::{TOLERATED, apart, chain, dated, never_connected};
use crate::limits::Gate;

/// How patiently a reading call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait, at most; it doubles.
    first: Duration,
    /// The longest wait.
    longest: Duration,
    /// For how long a call is tried: a call that is answered begins anew with the next.
    budget: Duration,
}

impl Patience {
    /// For AWS: five minutes without an answer.
    pub const AWS: Self = Self {
        first: Duration::from_millis(250),
        longest: Duration::from_secs(20),
        budget: Duration::from_secs(300),
    };
    /// For an emulator on this machine.
    pub const LOCAL: Self = Self {
        first: Duration::from_millis(4),
        longest: Duration::from_millis(500),
        budget: Duration::from_secs(30),
    };

    /// For a first question, whose asker wants to know soon that nobody is there.
    #[must_use]
    pub fn brief(self) -> Self {
        Self { budget: self.budget / 20, ..self }
    }
}

/// Beginnings of the names of operations that read.
const READING: [&str; 6] = ["Describe", "Get", "List", "Head", "Check", "Simulate"];

/// The SDK's quota of retries, which would end a patient read: there is none.
pub(crate) fn unlimited() -> RetryPartition {
    RetryPartition::custom("reading").token_bucket(TokenBucket::unlimited()).build()
}

/// Decides for each call whether it is tried again, and counts what is sent.
#[derive(Debug, Clone)]
pub(crate) struct Discipline {
    patience: Patience,
    sent: Arc<AtomicU64>,
    gate: Gate,
}

/// What this discipline keeps of one call.
#[derive(Debug)]
struct Begun {
    at: Instant,
    /// Whether an answer without a body is none.
    speaks: bool,
}

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

/// When the request was signed, by the clock that it was signed with.
#[derive(Debug)]
struct Signed(DateTime);

impl Storable for Signed {
    type Storer = StoreReplace<Self>;
}

impl Discipline {
    pub(crate) fn new(patience: Patience, sent: Arc<AtomicU64>, gate: Gate) -> Self {
        Self { patience, sent, gate }
    }
}

impl Intercept for Discipline {
    fn name(&self) -> &'static str {
        "Discipline"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = config.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        let reading = READING.iter().any(|beginning| name.starts_with(beginning));
        let speaks = reading && !name.starts_with("Head") && name != "GetObject";
        let retries = if reading {
            RetryConfig::standard()
                .with_max_attempts(u32::MAX)
                .with_initial_backoff(self.patience.first)
                .with_max_backoff(self.patience.longest)
        } else {
            RetryConfig::disabled()
        };
        config.interceptor_state().store_put(retries);
        config.interceptor_state().store_put(Begun { at: Instant::now(), speaks });
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(at) = context.request().headers().get("x-amz-date").and_then(signed_at) {
            config.interceptor_state().store_put(Signed(at));
        }
        Ok(())
    }

    /// What is no answer is an error, whatever the SDK made of it.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let operation = config.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        let speaks = config.load::<Begun>().is_some_and(|begun| begun.speaks);
        // A refusal of HEAD has no words, and EC2 has one for late calls and for credentials that have expired.
        let unclear = operation.starts_with("Head")
            || (speaks && said(response).is_some_and(|code| code == "RequestExpired"));
        let signed = config.load::<Signed>().filter(|_| unclear);
        if signed.is_some_and(|signed| is_out_of_time(response, signed.0)) {
            return Err(Unreadable::OutOfTime.into());
        }
        match response.body().bytes().filter(|_| response.status().is_success()) {
            Some(body) => Ok(check(operation, speaks, body)?),
            None => Ok(()),
        }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttled) {
            self.gate.throttled(config);
        }
        if config.load::<Begun>().is_some_and(|begun| begun.at.elapsed() >= self.patience.budget) {
            config.interceptor_state().store_put(RetryConfig::disabled());
        }
        Ok(())
    }
}

/// What the SDK does not try again by itself, and what it would.
#[derive(Debug)]
pub(crate) struct Passing;

impl ClassifyRetry for Passing {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        if let Some(connector) = error.as_connector_error() {
            let lost = !connector.is_user() && !never_connected(&chain(connector));
            return if lost { RetryAction::transient_error() } else { RetryAction::RetryForbidden };
        }
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        if error.is_interceptor_error() {
            return RetryAction::transient_error();
        }
        let status = response.status().as_u16();
        if is_throttled(response) {
            RetryAction::throttling_error()
        } else if !(300..500).contains(&status) || is_late(response) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "Passing"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// The time of a signature: `20261129T101500Z`.
fn signed_at(text: &str) -> Option<DateTime> {
    let part = |from: usize, to: usize| text.get(from..to);
    let (date, time) = text.strip_suffix('Z')?.split_once('T').filter(|_| text.is_ascii())?;
    if (date.len(), time.len()) != (8, 6) {
        return None;
    }
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    DateTime::from_str(&text, Format::DateTime).ok()
}

/// Whether a call was refused that was signed at another time than AWS tolerates, by the date of the answer.
fn is_out_of_time(response: &HttpResponse, signed: DateTime) -> bool {
    let refused = matches!(response.status().as_u16(), 400 | 401 | 403);
    refused && dated(response).is_some_and(|date| apart(date, signed) > TOLERATED)
}

/// Whether AWS finds that the call comes at another time than its own: the next one has AWS's time.
fn is_late(response: &HttpResponse) -> bool {
    let holds = |text: &[u8]| {
        response.body().bytes().is_some_and(|body| body.windows(text.len()).any(|window| window == text))
    };
    match said(response).as_deref() {
        Some("SignatureDoesNotMatch" | "InvalidSignatureException") => {
            holds(b"expired") || holds(b"not yet current")
        }
        code => code.is_some_and(|code| SKEWED.contains(&code)),
    }
}

fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    status == 429 || (status >= 400 && said(response).is_some_and(|code| THROTTLING.contains(&&*code)))
}

/// The error code of an answer, in whichever protocol.
fn said(response: &HttpResponse) -> Option<String> {
    if let Some(header) = response.headers().get("x-amzn-errortype") {
        return word(header.as_bytes());
    }
    let body = response.body().bytes()?;
    let after = |mark: &[u8]| {
        let at = body.windows(mark.len()).position(|window| window == mark)?;
        Some(&body[at + mark.len()..])
    };
    if let Some(rest) = after(b"<Code>").or_else(|| after(b"\"__type\"")).or_else(|| after(b"\"code\"")) {
        return word(rest);
    }
    // In CBOR a text has its length before it.
    match after(b"__type")? {
        [0x78, length, rest @ ..] => word(rest.get(..usize::from(*length))?),
        [0x79, high, low, rest @ ..] => word(rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?),
        [head @ 0x60..=0x77, rest @ ..] => word(rest.get(..usize::from(*head - 0x60))?),
        _ => None,
    }
}

/// The first word of some bytes, without the name space before it.
fn word(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.split(|byte| !byte.is_ascii_alphanumeric() && !b".-_".contains(byte));
    let own = |word: &&[u8]| word.len() > 3 && !word.starts_with(b"com.");
    words.find(own).map(|word| String::from_utf8_lossy(word).into_owned())
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn a_code_is_read_in_every_protocol() {
        let said_in = |body: &[u8]| {
            let status = StatusCode::try_from(400).expect("a status");
            said(&HttpResponse::new(status, SdkBody::from(body.to_vec())))
        };
        let cases: [&[u8]; 6] = [
            b"<Response><Errors><Error><Code>ThrottlingException</Code></Error></Errors></Response>",
            b"{\"__type\":\"com.amazonaws.kms#ThrottlingException\",\"message\":\"x\"}",
            b"{\"message\":\"x\",\"code\": \"ThrottlingException\"}",
            b"\xa2\x66__type\x73ThrottlingException\x67message\x61x",
            b"\xa1\x66__type\x78\x26com.amazonaws.logs#ThrottlingException",
            b"\xa2\x79\x00\x06__type\x79\x00\x13ThrottlingException\x67message\x61x",
        ];
        for body in cases {
            assert_eq!(said_in(body).as_deref(), Some("ThrottlingException"), "{body:?}");
        }
        assert_eq!(said_in(b"<html>__type</html>"), None);
    }
}
