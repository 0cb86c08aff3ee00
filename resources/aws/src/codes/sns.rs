//! What SNS's codes mean.

use finsight_engine::contract::FailureClass::{Denied, Exists, Invalid, NotYet, Quota};

use super::{Line, line};

const TOPIC: &str = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html";

pub(super) const LINES: &[Line] = &[
    // A topic of this name was deleted a moment ago, and its tags are going ("wait a short while").
    line(&["StaleTag", "StaleTagException"], NotYet, TOPIC),
    line(&["InvalidParameter"], Exists, TOPIC).says(&["already exists with different"]),
    // A role made a moment ago is not known everywhere.
    line(&["InvalidParameter"], NotYet, super::general::SPREADING)
        .says(&["principalnotfound", "invalid principal"]),
    line(
        &[
            "FilterPolicyLimitExceeded",
            "SubscriptionLimitExceeded",
            "TopicLimitExceeded",
            "ReplayLimitExceeded",
        ],
        Quota,
        "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
    ),
    line(&["InvalidSecurity"], Denied, TOPIC),
    line(&["InvalidState", "TagPolicy"], Invalid, TOPIC),
];
