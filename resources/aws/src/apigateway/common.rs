//! What API Gateway's errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, failure};

/// The failure of a call that makes, changes or deletes something (`aws-semantics.md` 0.5, 4).
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    let message = failure.message.to_ascii_lowercase();
    failure.class = match failure.code.as_str() {
        // Two changes of one API at the same time.
        "ConflictException" if message.contains("try again later") || message.contains("concurrent") => {
            FailureClass::Transient
        }
        "ConflictException" | "BadRequestException" if message.contains("base path mapping") => {
            FailureClass::Blocked
        }
        _ => failure.class,
    };
    failure
}
