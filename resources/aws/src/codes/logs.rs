//! What the codes of CloudWatch Logs mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Denied, Invalid, NotYet};

use super::{Line, line};

const KEYS: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html";
const ASSOCIATE: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html";

pub(super) const LINES: &[Line] = &[
    line(&["AccessDeniedException"], Denied, KEYS).says(&["is not authorized to perform: logs:"]),
    // A key or its policy made a moment ago is not in force everywhere. Logs says of a key that is not there, or not
    // enabled, `InvalidParameterException`, and KMS that its changes take up to minutes to be seen.
    line(&["InvalidParameterException", "AccessDeniedException"], NotYet, ASSOCIATE)
        .on(&["CreateLogGroup", "AssociateKmsKey"])
        .says(&["kms", "the specified key"]),
    // The permission or role that lets Logs deliver may not be in force yet. Not documented: as Terraform does.
    line(
        &["InvalidParameterException", "ValidationException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/logs/subscription_filter.go",
    )
    .on(&["PutSubscriptionFilter"])
    .says(&[
        "could not execute the lambda function",
        "could not deliver test message",
        "permission to assume the provided role",
    ]),
    line(
        &["InvalidOperationException"],
        Invalid,
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html",
    ),
];
