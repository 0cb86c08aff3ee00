//! What the codes of Budgets mean.

use finsight_engine::contract::FailureClass::Transient;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[line(
    &["BillingViewHealthStatusException"],
    Transient,
    "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html",
)];
