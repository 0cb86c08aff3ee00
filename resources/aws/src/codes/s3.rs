//! What S3's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8), which has most of the list of codes, on
//! 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const CODES: &str = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList";
const PUT: &str = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html";

pub(super) const LINES: &[Line] = &[
    // The last one is said, too, where logs may not be written to the bucket.
    line(
        &[
            "NoSuchBucket",
            "NoSuchKey",
            "NoSuchVersion",
            "NoSuchUpload",
            "NotFound",
            "InvalidTargetBucketForLogging",
        ],
        Absent,
        CODES,
    ),
    // Settings that are not there. The model has two of them: the others as Terraform has them.
    line(
        &[
            "NoSuchBucketPolicy",
            "NoSuchPublicAccessBlockConfiguration",
            "ServerSideEncryptionConfigurationNotFoundError",
            "NoSuchLifecycleConfiguration",
            "OwnershipControlsNotFoundError",
            "NoSuchTagSet",
            "NoSuchCORSConfiguration",
            "NoSuchWebsiteConfiguration",
            "ReplicationConfigurationNotFoundError",
        ],
        Absent,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/s3/errors.go",
    ),
    line(&["BucketAlreadyOwnedByYou"], Exists, CODES),
    // The condition that is set is that there be none.
    line(&["PreconditionFailed"], Exists, PUT),
    // Of the whole world.
    line(&["BucketAlreadyExists"], Invalid, CODES),
    // "On a 409 failure, retry the upload."
    line(&["ConditionalRequestConflict"], Transient, PUT),
    // A name that was just given up, for up to an hour, or a setting that is still on its way.
    line(&["OperationAborted"], NotYet, "https://github.com/aws/aws-cli/issues/2593"),
    line(&["BucketNotEmpty"], Blocked, CODES),
    line(&["TooManyBuckets"], Quota, CODES),
    // A key that was enabled, or is no longer to be deleted, since a moment ago: the answer comes from KMS, which says so
    // of itself ("eventual consistency", up to minutes).
    line(
        &["KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException"],
        NotYet,
        "https://github.com/localstack/localstack/pull/7786",
    ),
    line(&["EncryptionTypeMismatch", "InvalidWriteOffset", "TooManyParts"], Invalid, PUT),
    // In an archive.
    line(
        &["InvalidObjectState"],
        Invalid,
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
    ),
];
