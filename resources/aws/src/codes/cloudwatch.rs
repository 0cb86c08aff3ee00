//! What CloudWatch's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html";
const DELETE: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html";

pub(super) const LINES: &[Line] = &[
    // A composite alarm's rule still names it: "Cannot delete a as there are composite alarm(s) depending on it."
    line(&["ValidationError"], Blocked, "https://github.com/cloud-custodian/cloud-custodian/issues/7763")
        .on(&["DeleteAlarms"])
        .says(&["composite"]),
    // The name of the error in the model; its code there is `ResourceNotFound`.
    line(
        &["DashboardNotFoundError"],
        Absent,
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html",
    ),
    line(&["ConflictException"], Exists, API),
    // "conflicts with the current state of the alarm"
    line(&["ResourceConflict"], Transient, DELETE),
    line(&["InvalidParameterInput"], Invalid, API),
];
