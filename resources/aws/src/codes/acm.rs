//! What ACM's codes mean.
//!
//! Checked against the texts of AWS's service model (botocore 1.44.8) on 2026-11-30.

use finsight_engine::contract::FailureClass::{Blocked, Invalid, Transient};

use super::{Line, line};

const DELETE: &str = "https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html";

pub(super) const LINES: &[Line] = &[
    // Those who used it let go of it late: "Remove the association and try again."
    line(&["ResourceInUseException"], Blocked, DELETE),
    // Not issued yet; no call that is made is answered so.
    line(
        &["RequestInProgressException"],
        Transient,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html",
    ),
    // "Wait for the previous operation to finish and try again."
    line(&["ConflictException"], Transient, DELETE),
    line(
        &["InvalidArgsException"],
        Invalid,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html",
    ),
    line(
        &["InvalidDomainValidationOptionsException"],
        Invalid,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html",
    ),
    // No call that is made is answered so.
    line(
        &["InvalidStateException"],
        Invalid,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html",
    ),
];
