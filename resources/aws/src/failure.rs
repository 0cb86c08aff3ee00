//! What a failed call means: SDK errors to the engine's classes.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

/// Whether the call could have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A read: a lost answer costs nothing.
    None,
    /// A mutating call: a lost answer leaves the outcome open.
    Mutates,
}

/// Codes that mean the same in every service: `aws-semantics.md` 0.1, 0.4, 0.5.
fn class_of(code: &str, message: &str, effect: Effect) -> FailureClass {
    use FailureClass::{
        Absent, Ambiguous, Blocked, Denied, Exists, Invalid, NotYet, Quota, Throttled, Transient,
    };
    let lower = message.to_ascii_lowercase();
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "EC2ThrottledException"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => Throttled,
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceException"
        | "ServiceFailure"
        | "InternalServiceError"
        | "KMSInternalException"
        | "RequestTimeout"
        | "RequestTimeoutException" => {
            if effect == Effect::Mutates {
                Ambiguous
            } else {
                Transient
            }
        }
        "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable"
        | "DependencyTimeoutException" => {
            if effect == Effect::Mutates {
                Ambiguous
            } else {
                Transient
            }
        }
        "OperationAborted"
        | "OperationAbortedException"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "ConcurrentAccess" => Transient,
        "DependencyViolation"
        | "DeleteConflict"
        | "ResourceInUse"
        | "InvalidGroup.InUse"
        | "InvalidIPAddress.InUse" => Blocked,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "NotAuthorized"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "AuthorizationError" => Denied,
        "ResourceNotFoundException"
        | "NotFoundException"
        | "NoSuchEntity"
        | "NotFound"
        | "ResourceNotFound"
        | "NatGatewayNotFound"
        | "DBInstanceNotFound"
        | "DBSubnetGroupNotFoundFault"
        | "DBParameterGroupNotFound"
        | "DBSnapshotNotFound"
        | "DBProxyNotFoundFault"
        | "DBProxyTargetGroupNotFoundFault"
        | "DBProxyTargetNotFoundFault"
        | "Gateway.NotAttached" => Absent,
        "EntityAlreadyExists"
        | "ResourceAlreadyExistsException"
        | "AlreadyExistsException"
        | "DuplicateRecordException"
        | "InvalidGroup.Duplicate"
        | "InvalidSubnet.Conflict"
        | "Resource.AlreadyAssociated"
        | "RouteAlreadyExists"
        | "FlowLogAlreadyExists"
        | "DBInstanceAlreadyExists"
        | "DBSubnetGroupAlreadyExists"
        | "DBParameterGroupAlreadyExists"
        | "DBSnapshotAlreadyExists"
        | "DBProxyAlreadyExistsFault"
        | "DBProxyTargetAlreadyRegisteredFault"
        | "ResourceExistsException"
        | "InvalidPermission.Duplicate" => Exists,
        "VpcLimitExceeded"
        | "AddressLimitExceeded"
        | "LimitExceeded"
        | "LimitExceededException"
        | "NatGatewayLimitExceeded"
        | "InstanceQuotaExceeded"
        | "StorageQuotaExceeded"
        | "SnapshotQuotaExceeded"
        | "DBSubnetGroupQuotaExceeded"
        | "DBSubnetQuotaExceededFault"
        | "DBParameterGroupQuotaExceeded"
        | "DBProxyQuotaExceededFault"
        | "InsufficientAvailableIPsInSubnetFault"
        | "RulesPerSecurityGroupLimitExceeded"
        | "SecurityGroupLimitExceeded"
        | "RouteTableLimitExceeded"
        | "RouteLimitExceeded"
        | "SubnetLimitExceeded"
        | "VpcEndpointLimitExceeded"
        | "InternetGatewayLimitExceeded"
        | "CodeStorageExceededException"
        | "CreationLimitExceededException"
        | "FilterPolicyLimitExceeded"
        | "RuleLimitExceededException"
        | "ServiceQuotaExceededException"
        | "SubscriptionLimitExceeded"
        | "TagLimitExceeded"
        | "TopicLimitExceeded" => Quota,
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" | "MalformedPolicy"
            if lower.contains("principal") =>
        {
            NotYet
        }
        _ if code.contains("NotFound") && (code.starts_with("Invalid") || effect == Effect::None) => Absent,
        _ => Invalid,
    }
}

/// The failure of an SDK call, with the class that its code has in every service.
///
/// A handler corrects the class where its API means something else by a code.
pub fn failure<E>(operation: &str, effect: Effect, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let lost = if effect == Effect::Mutates { FailureClass::Ambiguous } else { FailureClass::Transient };
    let make = |class, code: &str, message: String| Failure {
        class,
        code: code.to_owned(),
        message,
        operation: operation.to_owned(),
        request_id: None,
        retry_after: None,
    };
    match error {
        SdkError::ConstructionFailure(_) => make(FailureClass::Invalid, "RequestNotBuilt", chain(error)),
        SdkError::TimeoutError(_) => make(lost, "NoAnswerInTime", chain(error)),
        SdkError::DispatchFailure(dispatch) => {
            let text = chain(error);
            if let Some(connector) = dispatch.as_connector_error()
                && connector.is_user()
            {
                return make(FailureClass::Invalid, "RequestNotSent", text);
            }
            // Without credentials nothing was sent.
            if text.to_ascii_lowercase().contains("credentials") {
                return make(FailureClass::Denied, "NoCredentials", text);
            }
            if text.contains("Connection refused")
                || text.contains("dns error")
                || text.contains("connect error")
            {
                return make(FailureClass::Transient, "NoConnection", text);
            }
            make(lost, "ConnectionLost", text)
        }
        SdkError::ResponseError(response) => {
            let mut failure = make(lost, "AnswerNotUnderstood", chain(error));
            failure.message = format!("HTTP {}: {}", response.raw().status().as_u16(), failure.message);
            failure
        }
        SdkError::ServiceError(service) => {
            let raw = service.raw();
            let status = raw.status().as_u16();
            let code = service.err().code().unwrap_or_default();
            let message = service.err().message().unwrap_or_default().to_owned();
            let class = if code.is_empty() || matches!(code, "Unknown") {
                match status {
                    429 => FailureClass::Throttled,
                    500.. => lost,
                    _ => FailureClass::Invalid,
                }
            } else {
                match class_of(code, &message, effect) {
                    FailureClass::Invalid if status == 429 => FailureClass::Throttled,
                    FailureClass::Invalid if status >= 500 => lost,
                    class => class,
                }
            };
            let mut failure = make(class, if code.is_empty() { "NoErrorCode" } else { code }, message);
            if failure.message.is_empty() {
                let body = raw.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
                failure.message = format!("HTTP {status}: {}", body.chars().take(200).collect::<String>());
            }
            failure.request_id = raw
                .headers()
                .get("x-amzn-requestid")
                .or_else(|| raw.headers().get("x-amz-request-id"))
                .map(str::to_owned);
            failure.retry_after = raw
                .headers()
                .get("retry-after")
                .and_then(|value| value.parse::<u64>().ok())
                .map(|seconds| seconds * 1000);
            failure
        }
        _ => make(lost, "UnknownSdkError", chain(error)),
    }
}

/// An error with all its causes, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let part = cause.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        source = cause.source();
    }
    text
}

/// A failure of ours: AWS answered, but not with what it documents.
#[must_use]
pub fn unexpected(operation: &str, message: &str) -> Failure {
    Failure {
        class: FailureClass::Ambiguous,
        code: "AnswerIncomplete".to_owned(),
        message: message.to_owned(),
        operation: operation.to_owned(),
        request_id: None,
        retry_after: None,
    }
}

/// A refusal of ours: AWS would never take it, or take it and never show it.
#[must_use]
pub fn never(operation: &str, code: &str, message: &str) -> Failure {
    let mut failure = unexpected(operation, message);
    failure.class = FailureClass::Invalid;
    failure.code = code.to_owned();
    failure
}

/// The failure without the secrets of the call's inputs: AWS may repeat in words what it was sent.
#[must_use]
pub fn redacted(mut failure: Failure, inputs: &Map) -> Failure {
    for value in inputs.values() {
        value.clone().each_secret(&mut |secret| {
            if let Some(text) = secret.reveal().filter(|text| !text.is_empty()) {
                failure.message = failure.message.replace(text, "(secret)");
            }
        });
    }
    failure
}

/// `Ok(None)` where the failure says that the thing does not exist.
///
/// # Errors
/// Every other failure.
pub fn absent_as_none<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.class == FailureClass::Absent => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// An error that AWS reports inside a successful answer, such as an `Unsuccessful` list.
#[must_use]
pub fn refused(operation: &str, code: Option<&str>, message: Option<&str>) -> Failure {
    let message = message.unwrap_or_default();
    let mut failure = unexpected(operation, message);
    if let Some(code) = code {
        failure.class = class_of(code, message, Effect::Mutates);
        failure.code = code.to_owned();
    }
    failure
}
