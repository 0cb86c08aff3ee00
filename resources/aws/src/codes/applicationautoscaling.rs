//! What Application Auto Scaling's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, NotYet, Transient};

use super::{Line, line};

const API: &str =
    "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html";

pub(super) const LINES: &[Line] = &[
    line(&["ObjectNotFoundException"], Absent, API),
    line(&["ConcurrentUpdateException"], Transient, API),
    // Roles and resources made a moment ago: "if the role ARN specified for a scalable target does not have permission".
    line(&["FailedResourceAccessException"], NotYet, API),
    // Not documented: as Terraform does.
    line(
        &["ValidationException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/appautoscaling/target.go",
    )
    .says(&["unable to assume iam role", "doesn't exist"]),
];
