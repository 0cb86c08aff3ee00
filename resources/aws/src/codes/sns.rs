//! What SNS's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Denied, Exists, Invalid, NotYet, Quota};

use super::{Line, line};

const TOPIC: &str = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html";

pub(super) const LINES: &[Line] = &[
    // A topic of this name was deleted a moment ago, and its tags are going ("wait a short while").
    line(&["StaleTag", "StaleTagException"], NotYet, TOPIC),
    // "Topic already exists with different attributes", or tags: not documented, and as it was met.
    line(&["InvalidParameter"], Exists, "https://github.com/MassTransit/MassTransit/pull/3721")
        .says(&["already exists with different"]),
    // A role made a moment ago is not known everywhere. Not documented: as Terraform does.
    line(&["InvalidParameter"], NotYet, "https://github.com/hashicorp/terraform-provider-aws/issues/738")
        .says(&["principalnotfound", "invalid principal"]),
    line(
        &["FilterPolicyLimitExceeded", "SubscriptionLimitExceeded", "ReplayLimitExceeded"],
        Quota,
        "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
    ),
    line(&["TopicLimitExceeded"], Quota, TOPIC),
    line(&["InvalidSecurity"], Denied, TOPIC),
    line(&["TagPolicy"], Invalid, TOPIC),
    line(&["InvalidState"], Invalid, "https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html"),
];
