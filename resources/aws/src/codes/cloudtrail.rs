//! What CloudTrail's codes mean.

use finsight_engine::contract::FailureClass::{
    Absent, Denied, Exists, Expired, Invalid, NotYet, Quota, Transient,
};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html";
const EVENTS: &str =
    "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html";

pub(super) const LINES: &[Line] = &[
    line(
        &[
            "TrailNotFoundException",
            "S3BucketDoesNotExistException",
            "KmsKeyNotFoundException",
            "ChannelNotFoundException",
            "EventDataStoreNotFoundException",
            "ResourcePolicyNotFoundException",
        ],
        Absent,
        API,
    ),
    line(&["TrailAlreadyExistsException"], Exists, API),
    line(&["MaximumNumberOfTrailsExceededException", "TagsLimitExceededException"], Quota, API),
    // It is not ready for another operation.
    line(&["ConflictException"], Transient, API),
    // Policies and roles made a moment ago are not in force everywhere.
    line(
        &[
            "InsufficientS3BucketPolicyException",
            "InsufficientSnsTopicPolicyException",
            "InsufficientEncryptionPolicyException",
            "CloudWatchLogsDeliveryUnavailableException",
        ],
        NotYet,
        super::general::SPREADING,
    ),
    line(
        &["InvalidCloudWatchLogsRoleArnException", "InvalidCloudWatchLogsLogGroupArnException"],
        NotYet,
        super::general::SPREADING,
    )
    .says(&["access denied"]),
    line(&["CloudTrailInvalidClientTokenIdException"], Expired, API),
    line(
        &["InsufficientDependencyServiceAccessPermissionException", "OperationNotPermittedException"],
        Denied,
        API,
    ),
    line(
        &[
            "Invalid*",
            "KmsException",
            "KmsKeyDisabledException",
            "CloudTrailARNInvalidException",
            "CloudTrailAccessNotEnabledException",
            "NotOrganizationMasterAccountException",
            "NoManagementAccountSLRExistsException",
            "OrganizationNotInAllFeaturesModeException",
            "OrganizationsNotInUseException",
            "ResourceARNNotValidException",
            "ResourcePolicyNotValidException",
            "ResourceTypeNotSupportedException",
            "TrailNotProvidedException",
        ],
        Invalid,
        API,
    ),
    line(
        &[
            "ChannelARNInvalidException",
            "EventDataStoreARNInvalidException",
            "InactiveEventDataStoreException",
            "InsightNotEnabledException",
        ],
        Invalid,
        EVENTS,
    ),
];
