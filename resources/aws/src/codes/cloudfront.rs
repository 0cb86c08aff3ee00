//! What CloudFront's codes mean.

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
    // What was just made is not known everywhere at once; what was not, will never be.
    line(&["InvalidViewerCertificate"], Absent, CREATE).says(&["doesn't exist"]),
    line(&["InvalidArgument"], Absent, CREATE).says(&["cloudfront logs doesn't exist"]),
    line(&["InvalidWebACLId", "InvalidOriginAccessControl"], Absent, CREATE),
    // An origin is named in the same request.
    line(&["NoSuchOrigin", "IllegalUpdate", "IllegalDelete"], Invalid, UPDATE),
    line(&["NoSuch*", "EntityNotFound", "TrustedKeyGroupDoesNotExist"], Absent, CREATE),
    // Another distribution has the name, of this account or of another one.
    line(&["CNAMEAlreadyExists"], Invalid, CREATE),
    line(&["DistributionNotDisabled", "*InUse"], Blocked, DELETE),
    line(&["*AlreadyExists"], Exists, CREATE),
    line(&["TooMany*", "*LimitExceeded", "TooLongCSPInResponseHeadersPolicy"], Quota, CREATE),
    line(&["RealtimeLogConfigOwnerMismatch"], Denied, UPDATE),
    line(
        &["Invalid*", "Illegal*", "InconsistentQuantities", "MissingBody", "TrustedSignerDoesNotExist"],
        Invalid,
        CREATE,
    ),
];
