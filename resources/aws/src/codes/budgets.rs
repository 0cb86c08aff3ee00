//! What the codes of Budgets mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::Transient;

use super::{Line, line};

// "Try again when the status is HEALTHY."
pub(super) const LINES: &[Line] = &[line(
    &["BillingViewHealthStatusException"],
    Transient,
    "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html",
)];
