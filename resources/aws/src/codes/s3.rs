//! What S3's codes mean.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const CODES: &str = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList";

pub(super) const LINES: &[Line] = &[
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
    // Settings that are not there.
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
        CODES,
    ),
    line(&["BucketAlreadyOwnedByYou", "PreconditionFailed"], Exists, CODES),
    // Of the whole world.
    line(&["BucketAlreadyExists"], Invalid, CODES),
    line(&["ConditionalRequestConflict"], Transient, CODES),
    // A name that was just given up, for up to an hour, or a setting that is still on its way.
    line(&["OperationAborted"], NotYet, "https://github.com/aws/aws-cli/issues/2593"),
    line(&["BucketNotEmpty"], Blocked, CODES),
    line(&["TooManyBuckets"], Quota, CODES),
    line(
        &["EncryptionTypeMismatch", "InvalidObjectState", "InvalidWriteOffset", "TooManyParts"],
        Invalid,
        CODES,
    ),
];
