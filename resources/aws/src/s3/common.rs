//! What S3's errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{absent_as_none, reported, unexpected, unread};

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
    absent_as_none(answer.map_err(|error| unread(operation, &error)))
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
        let mut failure = unread(operation, &error);
        if matches!(failure.code.as_str(), "NoSuchBucket" | "NotFound") {
            failure.class = FailureClass::Transient;
        }
        failure
    }))
}

/// What an answer says of one object of many: the call as a whole worked.
pub fn failure_of_one(operation: &str, code: Option<&str>, message: Option<&str>) -> Failure {
    let mut failure = reported(operation, code, message);
    // Deleted twice is deleted once: what may have had its effect is done again.
    if matches!(failure.code.as_str(), "InternalError" | "SlowDown" | "ServiceUnavailable" | "RequestTimeout")
    {
        failure.class = FailureClass::NotYet;
    }
    failure
}

/// A request that cannot be built, or must not be sent.
pub fn unfit(operation: &str, code: &str, message: impl std::fmt::Display) -> Failure {
    let mut failure = unexpected(operation, &message.to_string());
    failure.class = FailureClass::Invalid;
    failure.code = code.to_owned();
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K7, K8: what S3 says of one key of many, and of a name that is not free yet.
    #[test]
    fn codes_of_single_keys_and_of_names() {
        let class = |code: &str| failure_of_one("s3:DeleteObjects", Some(code), Some("")).class;
        assert_eq!(class("InternalError"), FailureClass::NotYet);
        assert_eq!(class("SlowDown"), FailureClass::NotYet);
        assert_eq!(class("AccessDenied"), FailureClass::Denied);
        assert_eq!(class("OperationAborted"), FailureClass::NotYet);
    }
}
