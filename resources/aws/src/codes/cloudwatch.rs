//! What CloudWatch's codes mean.

use finsight_engine::contract::FailureClass::{Absent, Blocked, Exists, Invalid, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html";
const COMPOSITE: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html";

pub(super) const LINES: &[Line] = &[
    // A composite alarm's rule still names it.
    line(&["ValidationError"], Blocked, COMPOSITE).on(&["DeleteAlarms"]).says(&["composite"]),
    line(&["DashboardNotFoundError"], Absent, API),
    line(&["ConflictException"], Exists, API),
    line(&["ResourceConflict"], Transient, COMPOSITE),
    line(&["InvalidParameterInput"], Invalid, API),
];
