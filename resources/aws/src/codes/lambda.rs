//! What Lambda's codes mean.

use finsight_engine::contract::FailureClass::{
    Absent, Blocked, Exists, Invalid, NotYet, Quota, Throttled, Transient,
};

use super::{Line, line};

const CREATE: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html";
const CONCURRENCY: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html";
const STATES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html";
const POLICY: &str = "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html";
const EC2: &str = "https://github.com/aws/serverless-application-model/issues/2007";
const VALUE: &[&str] = &["InvalidParameterValueException"];

pub(super) const LINES: &[Line] = &[
    line(&["ResourceConflictException"], Exists, CREATE).says(&["already exist"]),
    // An update is under way, which in a VPC takes a while; an alias stands for it still.
    line(&["ResourceConflictException", "PreconditionFailedException"], Blocked, STATES)
        .on(&["DeleteFunction"]),
    // An update is under way, or another one came first.
    line(&["ResourceConflictException", "PreconditionFailedException"], Transient, STATES),
    // A role or key made a moment ago.
    line(VALUE, NotYet, super::general::SPREADING).says(&[
        "cannot be assumed by lambda",
        "provided execution role does not have permissions",
        "kms key is invalid for creategrant",
    ]),
    line(VALUE, NotYet, super::general::SPREADING).on(&["AddPermission"]).says(&["principal was invalid"]),
    // The role's permission on the destination may have been given a moment ago.
    line(VALUE, NotYet, super::general::SPREADING)
        .on(&["PutFunctionEventInvokeConfig"])
        .says(&["permission"]),
    // An alias that is moving, a function or version that is coming.
    line(VALUE, NotYet, "https://docs.aws.amazon.com/lambda/latest/dg/configuring-aliases.html")
        .says(&["alias with weights can not be used"]),
    line(VALUE, NotYet, STATES).says(&["in the following state: pending", "currently pending", "not active"]),
    line(&["ResourceNotReadyException"], NotYet, STATES),
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
    line(&["ENILimitReachedException", "SubnetIPAddressLimitReachedException"], Quota, CREATE),
    line(
        &[
            "CodeStorageExceededException",
            "AliasLimitExceededException",
            "FunctionVersionsPerCapacityProviderLimitExceededException",
        ],
        Quota,
        CREATE,
    ),
    line(&["PolicyLengthExceededException"], Quota, POLICY),
    line(
        &["ProvisionedConcurrencyConfigNotFoundException", "CodeSigningConfigNotFoundException"],
        Absent,
        "https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html",
    ),
    line(&["CodeVerificationFailedException", "InvalidCodeSignatureException"], Invalid, CREATE),
    line(&["PublicPolicyException"], Invalid, POLICY),
];
