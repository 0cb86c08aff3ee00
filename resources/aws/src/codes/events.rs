//! What EventBridge's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Ambiguous, Blocked, Invalid};

use super::{Line, line};

const DELETE: &str = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html";
const PUT: &str = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html";

pub(super) const LINES: &[Line] = &[
    // "Rule can't be deleted since it has targets.": those of another hand, or that were taken away a moment ago.
    line(&["ValidationException"], Blocked, DELETE).on(&["DeleteRule"]).says(&["has targets"]),
    line(&["InternalException"], Ambiguous, PUT),
    // A rule that a service of AWS made is not ours to change.
    line(&["InvalidEventPatternException", "ManagedRuleException"], Invalid, PUT),
    // "The operation you are attempting is not available in this region."
    line(&["OperationDisabledException"], Invalid, PUT),
];
