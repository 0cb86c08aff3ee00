//! What means the same in every service.

use finsight_engine::contract::FailureClass::{
    Absent, Ambiguous, Blocked, Denied, Exists, Expired, Invalid, NotYet, Quota, Throttled, Transient,
};

use super::{Line, line};

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

/// Codes of a call whose time is not AWS's. The SDK takes AWS's time from the answer for the next call.
pub const SKEWED: &[&str] = &["RequestTimeTooSkewed", "RequestInTheFuture"];

const COMMON: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html";
const RETRIES: &str = "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html";
const SIGNING: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html";
pub(super) const SPREADING: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency";
const MODELS: &str = "the service models: errors of the operations that are called";

pub(super) const LINES: &[Line] = &[
    line(THROTTLING, Throttled, RETRIES),
    line(
        &[
            "InternalError",
            "InternalErrorException",
            "InternalFailure",
            "InternalFailureException",
            "InternalServerError",
            "InternalServerException",
            "InternalServiceError",
            "InternalServiceException",
            "ServiceException",
            "ServiceFailure",
            "KMSInternalException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "Unavailable",
            "DependencyTimeoutException",
        ],
        Ambiguous,
        RETRIES,
    ),
    line(
        &[
            "OperationAborted",
            "OperationAbortedException",
            "ConcurrentModification",
            "ConcurrentModificationException",
            "ConcurrentAccess",
        ],
        Transient,
        MODELS,
    ),
    line(
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedException",
            "UnauthorizedOperation",
            "AuthFailure",
            "NotAuthorized",
            "OptInRequired",
            "AuthorizationError",
        ],
        Denied,
        COMMON,
    ),
    // Who we are is asked before anything else, so what is not known now was known once.
    line(
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
        ],
        Expired,
        COMMON,
    ),
    line(SKEWED, Transient, RETRIES),
    // "Signature expired: 20261129T101500Z is now earlier than 20261129T101600Z"
    line(&["SignatureDoesNotMatch", "InvalidSignatureException"], Transient, SIGNING)
        .says(&["expired", "not yet current"]),
    line(&["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"], Denied, SIGNING),
    line(
        &["ResourceNotFoundException", "NotFoundException", "NoSuchEntity", "NotFound", "ResourceNotFound"],
        Absent,
        MODELS,
    ),
    line(
        &[
            "EntityAlreadyExists",
            "ResourceAlreadyExistsException",
            "AlreadyExistsException",
            "DuplicateRecordException",
            "ResourceExistsException",
        ],
        Exists,
        MODELS,
    ),
    line(
        &["DependencyViolation", "DeleteConflict", "ResourceInUse", "ResourceInUseException"],
        Blocked,
        MODELS,
    ),
    line(
        &[
            "LimitExceeded",
            "LimitExceededException",
            "ServiceQuotaExceededException",
            "TagLimitExceeded",
            "TooManyTagsException",
            "CreationLimitExceededException",
        ],
        Quota,
        MODELS,
    ),
    // A principal made a moment ago is not known everywhere.
    line(
        &["MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy"],
        NotYet,
        SPREADING,
    )
    .says(&["principal"]),
    line(
        &[
            "MalformedPolicyDocument",
            "MalformedPolicyDocumentException",
            "ValidationError",
            "ValidationException",
            "ValidationFailure",
            "BadRequestException",
            "InvalidRequestException",
            "InvalidRequest",
            "InvalidInput",
            "InvalidParameter",
            "InvalidParameterException",
            "InvalidParameterValue",
            "InvalidParameterValueException",
            "InvalidParameterCombination",
            "InvalidParameterCombinationException",
            "InvalidArnException",
            "InvalidNextToken",
            "InvalidNextTokenException",
            "ExpiredNextTokenException",
            "MissingParameter",
            "UnsupportedOperation",
            "UnsupportedOperationException",
            "TagPolicyException",
            "InvalidTagException",
        ],
        Invalid,
        COMMON,
    ),
];
