//! What the codes of Budgets mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{NotYet, Transient};

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // "Try again when the status is HEALTHY."
    line(
        &["BillingViewHealthStatusException"],
        Transient,
        "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html",
    ),
    // Not documented in which words: a topic has to let Budgets publish, and its policy may be a moment old.
    line(
        &["InvalidParameterException"],
        NotYet,
        "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html",
    )
    .says(&["sns topic"]),
];
