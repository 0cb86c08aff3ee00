//! What IAM's codes mean.
//!
//! IAM is eventually consistent: a role or policy made a moment ago may not be known to the next call yet. The engine
//! knows which are that new.

use finsight_engine::contract::FailureClass::Invalid;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[line(
    &["PolicyNotAttachable", "UnmodifiableEntity"],
    Invalid,
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
)];
