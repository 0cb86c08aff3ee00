//! What the codes of X-Ray mean: it has one for nearly all, so the text tells. What its
//! texts are is documented nowhere, and in no issue: the words below are a guess.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Absent, Exists, Invalid, Quota};

use super::{Line, line};

const RULE: &str = "https://docs.aws.amazon.com/xray/latest/api/API_CreateSamplingRule.html";
const POLICY: &str = "https://docs.aws.amazon.com/xray/latest/api/API_PutResourcePolicy.html";
const REQUEST: &[&str] = &["InvalidRequestException"];

pub(super) const LINES: &[Line] = &[
    line(REQUEST, Exists, RULE).says(&["already exist", "already in use", "duplicate"]),
    line(REQUEST, Absent, RULE).says(&["not found", "does not exist", "doesn't exist", "not exist"]),
    line(&["RuleLimitExceededException"], Quota, RULE),
    line(&["PolicyCountLimitExceededException", "PolicySizeLimitExceededException"], Quota, POLICY),
    line(&["InvalidPolicyRevisionIdException", "LockoutPreventionException"], Invalid, POLICY),
];
