//! What the codes of X-Ray mean: it has one for nearly all, so the text tells.

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
