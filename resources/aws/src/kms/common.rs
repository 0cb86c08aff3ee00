//! What the KMS handlers share: what its errors mean, and key ids.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, failure};

/// The failure of a call that makes or configures something.
///
/// KMS is eventually consistent: a key made a moment ago may not be known yet, which the engine judges, or
/// not be in its state yet for the next call (`aws-semantics.md` 16).
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    match failure.code.as_str() {
        "KMSInvalidStateException" | "DisabledException" => failure.class = FailureClass::Transient,
        _ => {}
    }
    failure
}

/// The id of a key that may be given by ARN.
pub fn key_id(id_or_arn: &str) -> &str {
    id_or_arn.rsplit('/').next().unwrap_or(id_or_arn)
}
