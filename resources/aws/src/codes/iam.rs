//! What IAM's codes mean.
//!
//! IAM is eventually consistent: a role or policy made a moment ago may not be known to the next call yet. The engine
//! knows which are that new.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::Invalid;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // Policies of AWS's services, and roles that are linked to them.
    line(
        &["PolicyNotAttachable", "UnmodifiableEntity"],
        Invalid,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
    ),
    // A policy that a simulation cannot evaluate.
    line(
        &["PolicyEvaluation"],
        Invalid,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
    ),
];
