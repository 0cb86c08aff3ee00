//! What Application Auto Scaling's codes mean.

use finsight_engine::contract::FailureClass::{Absent, NotYet, Transient};

use super::{Line, line};

const API: &str =
    "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html";

pub(super) const LINES: &[Line] = &[
    line(&["ObjectNotFoundException"], Absent, API),
    line(&["ConcurrentUpdateException"], Transient, API),
    // Roles and resources made a moment ago.
    line(&["FailedResourceAccessException"], NotYet, API),
    line(
        &["ValidationException"],
        NotYet,
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    )
    .says(&["unable to assume iam role", "doesn't exist"]),
];
