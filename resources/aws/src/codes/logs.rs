//! What the codes of CloudWatch Logs mean.

use finsight_engine::contract::FailureClass::{Denied, Invalid, NotYet};

use super::{Line, line};

const KEYS: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html";

pub(super) const LINES: &[Line] = &[
    line(&["AccessDeniedException"], Denied, KEYS).says(&["is not authorized to perform: logs:"]),
    // A key policy made a moment ago is not in force everywhere.
    line(&["InvalidParameterException", "AccessDeniedException"], NotYet, KEYS)
        .on(&["CreateLogGroup", "AssociateKmsKey"])
        .says(&["kms", "the specified key"]),
    // The permission or role that lets Logs deliver may not be in force yet.
    line(
        &["InvalidParameterException", "ValidationException"],
        NotYet,
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
    )
    .on(&["PutSubscriptionFilter"])
    .says(&["could not execute the lambda function", "could not deliver test message"]),
    line(
        &["InvalidOperationException"],
        Invalid,
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html",
    ),
];
