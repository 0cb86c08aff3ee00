//! What CloudTrail's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Denied, Exists, Invalid, NotYet, Quota, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html";
const TRAIL: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html";
const TAGS: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html";
const POLICY: &str =
    "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html";

pub(super) const LINES: &[Line] = &[
    line(&["TrailNotFoundException"], Absent, TRAIL),
    line(&["S3BucketDoesNotExistException", "KmsKeyNotFoundException"], Absent, API),
    line(&["ChannelNotFoundException", "EventDataStoreNotFoundException"], Absent, TAGS),
    line(
        &["ResourcePolicyNotFoundException"],
        Absent,
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetResourcePolicy.html",
    ),
    line(&["TrailAlreadyExistsException"], Exists, API),
    line(&["MaximumNumberOfTrailsExceededException", "TagsLimitExceededException"], Quota, API),
    // It is not ready for another operation: "wait a few minutes, and then try the operation again."
    line(&["ConflictException"], Transient, API),
    // Policies and roles made a moment ago are not in force everywhere. The model says that the policy is not
    // sufficient, and no more: where the bucket's had just been made, the second try went well.
    line(
        &[
            "InsufficientS3BucketPolicyException",
            "InsufficientSnsTopicPolicyException",
            "InsufficientEncryptionPolicyException",
        ],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/issues/820",
    ),
    // Not documented: as Terraform does.
    line(
        &["InvalidCloudWatchLogsRoleArnException", "InvalidCloudWatchLogsLogGroupArnException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cloudtrail/trail.go",
    )
    .says(&["access denied"]),
    line(
        &["InsufficientDependencyServiceAccessPermissionException", "OperationNotPermittedException"],
        Denied,
        API,
    ),
    // Said of the topic, where its account is suspended, and not of who calls.
    line(&["CloudTrailInvalidClientTokenIdException"], Invalid, API),
    // "Cannot set a CloudWatch Logs delivery for this Region."
    line(&["CloudWatchLogsDeliveryUnavailableException"], Invalid, API),
    line(
        &[
            "Invalid*",
            "KmsException",
            "KmsKeyDisabledException",
            "CloudTrailAccessNotEnabledException",
            "NotOrganizationMasterAccountException",
            "NoManagementAccountSLRExistsException",
            "OrganizationNotInAllFeaturesModeException",
            "OrganizationsNotInUseException",
            "TrailNotProvidedException",
        ],
        Invalid,
        API,
    ),
    line(&["CloudTrailARNInvalidException"], Invalid, TRAIL),
    line(
        &[
            "ResourceARNNotValidException",
            "ResourcePolicyNotValidException",
            "ResourceTypeNotSupportedException",
        ],
        Invalid,
        POLICY,
    ),
    line(
        &[
            "ChannelARNInvalidException",
            "EventDataStoreARNInvalidException",
            "InactiveEventDataStoreException",
        ],
        Invalid,
        TAGS,
    ),
    line(
        &["InsightNotEnabledException"],
        Invalid,
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html",
    ),
];
