//! What the SNS handlers share: what its errors mean.

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
    if matches!(failure.code.as_str(), "StaleTag" | "StaleTagException") {
        // A topic of this name was deleted a moment ago, and its tags are going ("wait a short while").
        failure.class = FailureClass::NotYet;
    } else if failure.code == "InvalidParameter" {
        if message.contains("already exists with different") {
            failure.class = FailureClass::Exists;
        } else if message.contains("principalnotfound") || message.contains("invalid principal") {
            // A role made a moment ago is not known everywhere (`aws-semantics.md` 0.4).
            failure.class = FailureClass::NotYet;
        }
    }
    failure
}
