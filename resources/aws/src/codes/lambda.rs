//! What Lambda's codes mean. The model says nothing of the texts of `InvalidParameterValueException`.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{
    Absent, Blocked, Exists, Invalid, NotYet, Quota, Throttled, Transient,
};

use super::{Line, line};

const CREATE: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html";
const CONCURRENCY: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html";
const STATES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html";
const POLICY: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html";
const INVOKE: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html";
const EC2: &str = "https://github.com/aws/serverless-application-model/issues/2007";
const VALUE: &[&str] = &["InvalidParameterValueException"];

pub(super) const LINES: &[Line] = &[
    line(&["ResourceConflictException"], Exists, CREATE).says(&["already exist"]),
    // An update is under way, which in a VPC takes a while; an alias stands for it still.
    line(&["ResourceConflictException", "PreconditionFailedException"], Blocked, STATES)
        .on(&["DeleteFunction"]),
    // An update is under way, or another one came first.
    line(&["ResourceConflictException", "PreconditionFailedException"], Transient, STATES),
    // A role made a moment ago, and a key that is to be lent to it. Not documented: as Claudia does.
    line(VALUE, NotYet, "https://github.com/claudiajs/claudia/blob/master/src/commands/create.js").says(&[
        "cannot be assumed by lambda",
        "provided execution role does not have permissions",
        "kms key is invalid for creategrant",
    ]),
    // Not documented: as IAM says of all services. It is said of principals that never were, too.
    line(VALUE, NotYet, super::general::SPREADING).on(&["AddPermission"]).says(&["principal was invalid"]),
    // The destination, or the role's permission on it, may have been made a moment ago. Not documented: as Terraform
    // does.
    line(
        VALUE,
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/function_event_invoke_config.go",
    )
    .on(&["PutFunctionEventInvokeConfig"])
    .says(&["permission", "destination arn"]),
    // An alias that is moving, a function or version that is coming.
    line(VALUE, NotYet, "https://github.com/hashicorp/terraform/issues/24957")
        .says(&["alias with weights can not be used"]),
    line(VALUE, NotYet, STATES).says(&["in the following state: pending", "currently pending", "not active"]),
    // "Wait for the VPC connection to reestablish and try again.", and what comes to be in the same way.
    line(
        &[
            "ResourceNotReadyException",
            "ENINotReadyException",
            "SnapStartNotReadyException",
            "CodeArtifactUserPendingException",
        ],
        NotYet,
        INVOKE,
    ),
    // The function did not begin: another call may find what it connects to, or EC2, in a better state.
    line(
        &[
            "EC2UnexpectedException",
            "EFSMountConnectivityException",
            "EFSMountTimeoutException",
            "S3FilesMountConnectivityException",
            "S3FilesMountTimeoutException",
            "SnapStartTimeoutException",
        ],
        Transient,
        INVOKE,
    ),
    // The role's own rights, which may have been given a moment ago.
    line(&["EC2AccessDeniedException", "KMSAccessDeniedException"], NotYet, INVOKE),
    // What the function is made of is not in order: no other call will find it so.
    line(
        &[
            "CodeArtifactUserDeletedException",
            "CodeArtifactUserFailedException",
            "DurableExecutionAlreadyStartedException",
            "EFSIOException",
            "EFSMountFailureException",
            "InvalidRequestContentException",
            "InvalidRuntimeException",
            "InvalidSecurityGroupIDException",
            "InvalidSubnetIDException",
            "InvalidZipFileException",
            "KMSDisabledException",
            "KMSInvalidStateException",
            "KMSNotFoundException",
            "ModeNotSupportedException",
            "NoPublishedVersionException",
            "RecursiveInvocationException",
            "RequestTooLargeException",
            "RuntimeAliasDeletedException",
            "RuntimeVersionDeletedException",
            "S3FilesMountFailureException",
            "SerializedRequestEntityTooLargeException",
            "SnapStartException",
            "SnapStartRegenerationFailureException",
            "UnsupportedMediaTypeException",
        ],
        Invalid,
        INVOKE,
    ),
    line(&["ServiceQuotaExceededException"], Quota, INVOKE),
    // What EC2 said, passed on in words, means what it means there: "EC2 Error Code: InvalidSubnetID.NotFound". A role
    // of whose rights EC2 does not know yet is waited for.
    line(VALUE, NotYet, EC2).says(&["throttled by ec2"]),
    line(VALUE, Throttled, EC2).says(&["error code: requestlimitexceeded", "error code: throttling"]),
    line(VALUE, Transient, EC2).says(&[
        "error code: internalerror",
        "error code: unavailable",
        "error code: serviceunavailable",
    ]),
    line(VALUE, NotYet, EC2).says(&["error code: unauthorizedoperation"]),
    line(VALUE, Quota, EC2)
        .says(&["error code: insufficientfreeaddressesinsubnet", "error code: *limitexceeded"]),
    line(VALUE, Absent, EC2).says(&["error code: *.notfound"]),
    line(VALUE, Quota, CONCURRENCY).says(&["unreservedconcurrentexecution"]),
    // The interfaces of a VPC, and addresses of a subnet.
    line(&["ENILimitReachedException", "SubnetIPAddressLimitReachedException"], Quota, INVOKE),
    line(
        &["CodeStorageExceededException", "FunctionVersionsPerCapacityProviderLimitExceededException"],
        Quota,
        CREATE,
    ),
    line(
        &["AliasLimitExceededException"],
        Quota,
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
    ),
    line(&["PolicyLengthExceededException"], Quota, POLICY),
    line(&["CodeSigningConfigNotFoundException"], Absent, CREATE),
    line(
        &["ProvisionedConcurrencyConfigNotFoundException"],
        Absent,
        "https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html",
    ),
    line(&["CodeVerificationFailedException", "InvalidCodeSignatureException"], Invalid, CREATE),
    line(&["PublicPolicyException"], Invalid, POLICY),
];
