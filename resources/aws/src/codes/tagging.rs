//! What the codes of the Resource Groups Tagging API mean.

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
