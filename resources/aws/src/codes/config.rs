//! What AWS Config's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, NotYet, Quota};

use super::{Line, line};

const RECORDER: &str =
    "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationRecorder.html";
const CHANNEL: &str = "https://docs.aws.amazon.com/config/latest/APIReference/API_PutDeliveryChannel.html";
const NO_CHANNEL: &str =
    "https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteDeliveryChannel.html";
const RULE: &str = "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html";
const NO_RULE: &str = "https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteConfigRule.html";

pub(super) const LINES: &[Line] = &[
    line(
        &["NoSuchConfigurationRecorderException"],
        Absent,
        "https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteConfigurationRecorder.html",
    ),
    line(&["NoSuchDeliveryChannelException"], Absent, NO_CHANNEL),
    line(&["NoSuchConfigRuleException"], Absent, NO_RULE),
    // The second one by its text, "The specified Amazon SNS topic does not exist", whatever its name.
    line(&["NoSuchBucketException", "InvalidSNSTopicARNException"], Absent, CHANNEL),
    // There is room for one, and another one stands.
    line(&["MaxNumberOfConfigurationRecordersExceededException"], Exists, RECORDER),
    line(&["MaxNumberOfDeliveryChannelsExceededException"], Exists, CHANNEL),
    line(&["MaxNumberOfConfigRulesExceededException"], Quota, RULE),
    // The recorder is still running.
    line(&["LastDeliveryChannelDeleteFailedException"], Blocked, NO_CHANNEL),
    // "Try your request again later."
    line(&["ResourceInUseException"], Blocked, NO_RULE),
    // What it needs is being made, or is not in force everywhere.
    line(&["NoAvailableConfigurationRecorderException"], NotYet, CHANNEL),
    line(
        &["NoAvailableDeliveryChannelException"],
        NotYet,
        "https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigurationRecorder.html",
    ),
    // Not documented: as Terraform does.
    line(
        &["InsufficientDeliveryPolicyException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/configservice/delivery_channel.go",
    ),
    line(
        &["InsufficientPermissionsException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/configservice/config_rule.go",
    ),
    // Not documented, and no tool was found that waits for it: AWS speaks of an ARN that is null or empty, which is
    // never sent. A role made a moment ago is what is left.
    line(&["InvalidRoleException"], NotYet, super::general::SPREADING),
    line(
        &[
            "InvalidConfigurationRecorderNameException",
            "InvalidRecordingGroupException",
            "UnmodifiableEntityException",
        ],
        Invalid,
        RECORDER,
    ),
    line(
        &["InvalidLimitException"],
        Invalid,
        "https://docs.aws.amazon.com/config/latest/APIReference/API_ListTagsForResource.html",
    ),
    line(
        &[
            "InvalidDeliveryChannelNameException",
            "InvalidS3KeyPrefixException",
            "InvalidS3KmsKeyArnException",
        ],
        Invalid,
        CHANNEL,
    ),
];
