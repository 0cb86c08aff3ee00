//! One retry discipline for reading: a call is tried again, and not what it is part of.
//!
//! A call that changes something is sent once: what may be sent again is the engine's to decide. A call that
//! reads is tried again by the SDK, wherever a handler makes it, until AWS answers or [`Patience`] is over. Where
//! no connection comes about it is not: then the network is gone, and the engine waits for it once for all.

use std::future::Future;
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
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use crate::codes::{SKEWED, THROTTLING};
use crate::failure::{chain, never_connected};

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
const READING: [&str; 5] = ["Describe", "Get", "List", "Head", "Check"];

/// The SDK's quota of retries, which would end a patient read: there is none.
pub(crate) fn unlimited() -> RetryPartition {
    RetryPartition::custom("reading").token_bucket(TokenBucket::unlimited()).build()
}

/// Decides for each call whether it is tried again, and counts what is sent.
#[derive(Debug, Clone)]
pub(crate) struct Discipline {
    patience: Patience,
    sent: Arc<AtomicU64>,
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

/// An answer that says nothing where something had to be said.
#[derive(Debug, thiserror::Error)]
#[error("the answer is empty")]
struct Empty;

impl Discipline {
    pub(crate) fn new(patience: Patience, sent: Arc<AtomicU64>) -> Self {
        Self { patience, sent }
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
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The SDK takes an empty answer in JSON for one without members: a list would have no entries, and what
    /// stands would seem gone.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let speaks = config.load::<Begun>().is_some_and(|begun| begun.speaks);
        let response = context.response();
        let empty = response.status().is_success() && response.body().bytes().is_some_and(<[u8]>::is_empty);
        if speaks && empty { Err(Empty.into()) } else { Ok(()) }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttled) {
            pressed();
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
        let status = response.status().as_u16();
        if is_throttled(response) {
            RetryAction::throttling_error()
        } else if status >= 500 || status < 400 || said(response).is_some_and(|code| SKEWED.contains(&&*code))
        {
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
        word(&body[at + mark.len()..])
    };
    after(b"<Code>").or_else(|| after(b"__type")).or_else(|| after(b"\"code\""))
}

/// The first word of some bytes, without the name space before it.
fn word(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.split(|byte| !byte.is_ascii_alphanumeric() && !b".-_".contains(byte));
    let own = |word: &&[u8]| word.len() > 3 && !word.starts_with(b"com.");
    words.find(own).map(|word| String::from_utf8_lossy(word).into_owned())
}

/// Slows down those who ask too fast.
#[derive(Clone)]
pub(crate) struct Pressure(pub Arc<dyn Fn() + Send + Sync>);

tokio::task_local! {
    static PRESSURE: Pressure;
}

/// Carries something out; `pressure` is told of each call in it that came too fast.
pub(crate) async fn under<T>(pressure: Pressure, work: impl Future<Output = T>) -> T {
    PRESSURE.scope(pressure, work).await
}

fn pressed() {
    // Nobody is to be told where no request of the engine is under way.
    let _ = PRESSURE.try_with(|pressure| (pressure.0)());
}
