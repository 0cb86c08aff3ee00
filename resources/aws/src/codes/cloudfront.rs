//! What CloudFront's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Denied, Exists, Invalid, Quota, Transient};

use super::{Line, line};

const CREATE: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html";
const UPDATE: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html";
const DELETE: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteDistribution.html";

pub(super) const LINES: &[Line] = &[
    // Someone else changed it between our look and our call.
    line(&["PreconditionFailed", "InvalidIfMatchVersion"], Transient, UPDATE),
    // A new account is let in by AWS's support, and by no permission.
    line(&["AccessDenied"], Quota, "https://github.com/aws-samples/aws-cdk-examples/issues/279")
        .says(&["must be verified"]),
    // What was just made is not known everywhere at once; what was not, will never be. Not documented: of a certificate
    // ("The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, …") as Terraform does.
    line(
        &["InvalidViewerCertificate"],
        Absent,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cloudfront/distribution.go",
    )
    .says(&["doesn't exist"]),
    // "The S3 bucket that you specified for CloudFront logs doesn't exist": met, and documented nowhere.
    line(&["InvalidArgument"], Absent, CREATE).says(&["cloudfront logs doesn't exist"]),
    // "not valid": that one made a moment ago is answered so is not documented.
    line(&["InvalidWebACLId", "InvalidOriginAccessControl"], Absent, CREATE),
    // An origin is named in the same request.
    line(&["NoSuchOrigin", "IllegalUpdate"], Invalid, UPDATE),
    line(
        &["IllegalDelete"],
        Invalid,
        "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteCachePolicy.html",
    ),
    line(&["NoSuch*", "EntityNotFound", "TrustedKeyGroupDoesNotExist"], Absent, CREATE),
    // Another distribution has the name, of this account or of another one.
    line(&["CNAMEAlreadyExists"], Invalid, CREATE),
    line(&["DistributionNotDisabled", "*InUse"], Blocked, DELETE),
    line(&["*AlreadyExists"], Exists, CREATE),
    line(
        &["TooLongCSPInResponseHeadersPolicy"],
        Quota,
        "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateResponseHeadersPolicy.html",
    ),
    line(&["TooMany*", "*LimitExceeded"], Quota, CREATE),
    line(&["RealtimeLogConfigOwnerMismatch"], Denied, UPDATE),
    line(
        &["Invalid*", "Illegal*", "InconsistentQuantities", "MissingBody", "TrustedSignerDoesNotExist"],
        Invalid,
        CREATE,
    ),
];
