//! What Route 53's errors mean.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, failure};

/// The failure of a call that reads.
pub fn read_failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    sorted(failure(operation, Effect::None, error))
}

/// The failure of a call that makes, changes or deletes something.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    sorted(failure(operation, Effect::Mutates, error))
}

fn sorted(mut failure: Failure) -> Failure {
    let message = failure.message.as_str();
    // A refused batch may come in a form of its own, whose code the SDK does not see.
    let batch = failure.code == "InvalidChangeBatch" || message.contains("<InvalidChangeBatch");
    failure.class = match failure.code.as_str() {
        "NoSuchHostedZone" | "HostedZoneNotFound" | "InvalidVPCId" | "NoSuchHealthCheck" => {
            FailureClass::Absent
        }
        _ if batch && message.contains("that target was not found") => FailureClass::Absent,
        "HostedZoneAlreadyExists" | "ConflictingDomainExists" => FailureClass::Exists,
        "HostedZoneNotEmpty" => FailureClass::Blocked,
        "TooManyHostedZones" | "LimitsExceeded" => FailureClass::Quota,
        // It is said of a record that stands, and of nothing else.
        _ if batch && message.contains("Tried to create resource record set") => FailureClass::Exists,
        _ if batch && message.contains("but it was not found") && message.contains("Tried to delete") => {
            FailureClass::Absent
        }
        // Someone changed it between our read and our delete.
        _ if batch && message.contains("Tried to delete resource record set") => FailureClass::Transient,
        _ if batch && failure.class == FailureClass::Ambiguous => FailureClass::Invalid,
        _ => failure.class,
    };
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::refused as of_code;

    #[test]
    fn refusals_of_a_batch_are_told_apart() {
        let class = |message: &str| sorted(of_code("x", Some("InvalidChangeBatch"), Some(message))).class;
        let exists = "[Tried to create resource record set [name='a.b.', type='A'] but it already exists]";
        assert_eq!(class(exists), FailureClass::Exists);
        let absent = "[Tried to delete resource record set [name='a.b.', type='A'] but it was not found]";
        assert_eq!(class(absent), FailureClass::Absent);
        let conflict = "[RRSet of type CNAME with DNS name a.b. is not permitted because a conflicting RRSet of type A with the same DNS name already exists in zone b.]";
        assert_eq!(class(conflict), FailureClass::Invalid);
        let target =
            "[Tried to create an alias that targets a.b., type A in zone Z1, but that target was not found]";
        // The engine waits for one that it made a moment ago (X10), and for no other.
        assert_eq!(class(target), FailureClass::Absent);
        let changed = "[Tried to delete resource record set [name='a.b.', type='A'] but the values provided do not match the current values]";
        assert_eq!(class(changed), FailureClass::Transient);
        let mut unseen = of_code(
            "x",
            Some("NoErrorCode"),
            Some(
                "HTTP 400: <InvalidChangeBatch><Messages><Message>Tried to create resource record set [name='a.b.',",
            ),
        );
        unseen = sorted(unseen);
        assert_eq!(unseen.class, FailureClass::Exists);
    }
}
