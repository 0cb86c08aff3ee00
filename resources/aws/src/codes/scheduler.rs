//! What the codes of EventBridge Scheduler mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Exists, NotYet, Transient};

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // A role made a moment ago is not known everywhere. Not documented: as Terraform does.
    line(
        &["ValidationException"],
        NotYet,
        "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/scheduler/retry.go",
    )
    .says(&["to assume the role"]),
    // The model says of the next two only that a change "can cause an inconsistent state".
    line(
        &["ConflictException"],
        Exists,
        "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html",
    )
    .on(&["Create"]),
    // Another call is changing it.
    line(
        &["ConflictException"],
        Transient,
        "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html",
    ),
];
