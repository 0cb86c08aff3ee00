//! What the codes of Secrets Manager mean. The service is eventually consistent, and so are the keys and roles that it
//! is told of.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Invalid, NotYet};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html";

pub(super) const LINES: &[Line] = &[
    // "Check that the KMS key is available, enabled, and not in an invalid state": a key made a moment ago may not be.
    line(&["EncryptionFailure"], NotYet, API),
    line(&["DecryptionFailure", "PreconditionNotMetException"], Invalid, API),
    line(
        &["PublicPolicyException"],
        Invalid,
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html",
    ),
];
