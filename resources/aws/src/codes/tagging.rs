//! What the codes of the Resource Groups Tagging API mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::Transient;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // After 15 minutes; the question begins anew.
    line(
        &["PaginationTokenExpiredException"],
        Transient,
        "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html",
    ),
];
