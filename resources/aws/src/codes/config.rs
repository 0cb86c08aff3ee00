//! What AWS Config's codes mean.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota};

use super::{Line, line};

const RECORDER: &str =
    "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationRecorder.html";
const CHANNEL: &str = "https://docs.aws.amazon.com/config/latest/APIReference/API_PutDeliveryChannel.html";
const RULE: &str = "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html";

pub(super) const LINES: &[Line] = &[
    line(
        &[
            "NoSuchConfigurationRecorderException",
            "NoSuchDeliveryChannelException",
            "NoSuchConfigRuleException",
            "NoSuchBucketException",
        ],
        Absent,
        CHANNEL,
    ),
    line(
        &[
            "MaxNumberOfConfigurationRecordersExceededException",
            "MaxNumberOfDeliveryChannelsExceededException",
        ],
        Exists,
        RECORDER,
    ),
    line(&["MaxNumberOfConfigRulesExceededException"], Quota, RULE),
    line(&["LastDeliveryChannelDeleteFailedException", "ResourceInUseException"], Blocked, CHANNEL),
    // What it needs is being made, or is not in force everywhere.
    line(
        &["NoAvailableConfigurationRecorderException", "NoAvailableDeliveryChannelException"],
        NotYet,
        CHANNEL,
    ),
    line(
        &["InvalidRoleException", "InsufficientDeliveryPolicyException", "InsufficientPermissionsException"],
        NotYet,
        super::general::SPREADING,
    ),
    line(
        &[
            "InvalidConfigurationRecorderNameException",
            "InvalidRecordingGroupException",
            "UnmodifiableEntityException",
            "InvalidLimitException",
        ],
        Invalid,
        RECORDER,
    ),
    line(
        &[
            "InvalidDeliveryChannelNameException",
            "InvalidS3KeyPrefixException",
            "InvalidS3KmsKeyArnException",
            "InvalidSNSTopicARNException",
        ],
        Invalid,
        CHANNEL,
    ),
];
