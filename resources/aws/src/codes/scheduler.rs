//! What the codes of EventBridge Scheduler mean.

use finsight_engine::contract::FailureClass::{Exists, NotYet, Transient};

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // A role made a moment ago is not known everywhere.
    line(&["ValidationException"], NotYet, super::general::SPREADING).says(&["to assume the role"]),
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
