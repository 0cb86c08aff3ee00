//! AWS's error codes that mean the same in every service.

use finsight_engine::contract::FailureClass;

use crate::failure::Effect;

/// Codes of a call that came too fast.
pub const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "EC2ThrottledException",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
];

/// Codes of credentials whose time is over, or that AWS does not know any more. Who we are is asked before
/// anything else, so what is not known now was known once.
pub const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
];

/// Codes of a call whose time is not AWS's. The SDK takes AWS's time from the answer for the next call.
pub const SKEWED: &[&str] = &["RequestTimeTooSkewed", "RequestInTheFuture"];

/// Codes that mean the same in every service: `aws-semantics.md` 0.1, 0.4, 0.5.
pub fn class_of(code: &str, message: &str, effect: Effect) -> FailureClass {
    use FailureClass::{
        Absent, Blocked, Denied, Exists, Expired, Invalid, NotYet, Quota, Throttled, Transient,
    };
    let lower = message.to_ascii_lowercase();
    match code {
        code if THROTTLING.contains(&code) => Throttled,
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceException"
        | "ServiceFailure"
        | "InternalServiceError"
        | "KMSInternalException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable"
        | "DependencyTimeoutException" => effect.lost(),
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
        | "OptInRequired"
        | "AuthorizationError" => Denied,
        code if EXPIRED.contains(&code) => Expired,
        code if SKEWED.contains(&code) => Transient,
        // "Signature expired: 20261129T101500Z is now earlier than 20261129T101600Z"
        "SignatureDoesNotMatch" | "InvalidSignatureException"
            if lower.contains("expired") || lower.contains("not yet current") =>
        {
            Transient
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => Denied,
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
