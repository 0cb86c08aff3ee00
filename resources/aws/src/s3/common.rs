//! What S3's errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, absent_as_none, failure, unexpected};

/// Codes of settings that are not there (`aws-semantics.md` 19).
const NOT_SET: [&str; 6] = [
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration",
    "OwnershipControlsNotFoundError",
    "NoSuchTagSet",
];

fn classed(mut failure: Failure) -> Failure {
    failure.class = match failure.code.as_str() {
        "NoSuchBucket" | "NoSuchKey" | "NoSuchVersion" | "NotFound" | "InvalidTargetBucketForLogging" => {
            FailureClass::Absent
        }
        "BucketAlreadyOwnedByYou" | "PreconditionFailed" => FailureClass::Exists,
        "ConditionalRequestConflict" => FailureClass::Transient,
        "BucketNotEmpty" => FailureClass::Blocked,
        "TooManyBuckets" => FailureClass::Quota,
        _ => failure.class,
    };
    failure
}

/// The failure of a call that changes something.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    classed(failure(operation, Effect::Mutates, error))
}

/// The answer of a read; `None` where the bucket or the object is not there.
///
/// # Errors
/// Every other failure.
pub fn answered<T, E>(
    operation: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Option<T>, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    absent_as_none(answer.map_err(|error| classed(failure(operation, Effect::None, &error))))
}

/// A setting of a bucket that stands; `None` where it is not set.
///
/// # Errors
/// Every other failure. A bucket just made may be known to one call and not to the next.
pub fn setting<T, E>(
    operation: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Option<T>, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    absent_as_none(answer.map_err(|error| {
        let mut failure = classed(failure(operation, Effect::None, &error));
        if NOT_SET.contains(&failure.code.as_str()) {
            failure.class = FailureClass::Absent;
        } else if failure.class == FailureClass::Absent {
            failure.class = FailureClass::Transient;
        }
        failure
    }))
}

/// A request that cannot be built, or must not be sent.
pub fn unfit(operation: &str, code: &str, message: impl std::fmt::Display) -> Failure {
    let mut failure = unexpected(operation, &message.to_string());
    failure.class = FailureClass::Invalid;
    failure.code = code.to_owned();
    failure
}
