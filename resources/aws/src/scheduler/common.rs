//! What the Scheduler handlers share: what its errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, failure};

/// The failure of a call that makes or configures something.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    let message = failure.message.to_ascii_lowercase();
    failure.class = match failure.code.as_str() {
        // A role made a moment ago is not known everywhere (`aws-semantics.md` 0.4).
        "ValidationException" if message.contains("to assume the role") => FailureClass::NotYet,
        _ => failure.class,
    };
    failure
}
