//! What means the same in every service.
//!
//! Checked against the texts of AWS's service models (botocore 1.44.8) and, for the codes that they do not list, against
//! the lists of errors of EC2 and S3, on 2026-11-30.

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

const COMMON: &str = "https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html";
/// The codes, and states of HTTP, that AWS's SDKs try again.
const RETRIES: &str = "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html";
const CLOCKS: &str = "https://github.com/smithy-lang/smithy-typescript/blob/main/packages/service-error-classification/src/constants.ts";
const SIGNING: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html";
pub(super) const SPREADING: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency";
const MODELS: &str = "the service models: errors of the operations that are called";

pub(super) const LINES: &[Line] = &[
    line(THROTTLING, Throttled, RETRIES),
    // Errors of the server (HTTP 500 to 504), under the names that the services give them.
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
    // `UnauthorizedOperation` and `AuthFailure` are EC2's, `AuthorizationError` is of SNS.
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
    // Who we are is asked before anything else, so what is not known now was known once. `ExpiredToken` and
    // `TokenRefreshRequired` are S3's, `InvalidClientTokenId` is EC2's, which says `RequestExpired` of credentials too.
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
    line(SKEWED, Transient, CLOCKS),
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
    // A principal made a moment ago is not known everywhere: "you might need to enforce a delay before including the new
    // principal".
    line(
        &["MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy"],
        NotYet,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html",
    )
    .says(&["principal"]),
    // And in the list of EC2's codes.
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
        MODELS,
    ),
];
