//! What SES's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::NotYet;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // A topic's policy or key made a moment ago: SES tries to publish at once. Not documented, but that the topic must
    // let it; the text is as it was met.
    line(&["BadRequestException"], NotYet, "https://github.com/HicResearch/TREEHOOSE/issues/73")
        .says(&["ould not publish"]),
];
