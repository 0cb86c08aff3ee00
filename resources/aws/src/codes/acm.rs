//! What ACM's codes mean.

use finsight_engine::contract::FailureClass::{Blocked, Invalid, Transient};

use super::{Line, line};

const API: &str = "https://docs.aws.amazon.com/acm/latest/APIReference/CommonErrors.html";

pub(super) const LINES: &[Line] = &[
    // Those who used it let go of it late.
    line(
        &["ResourceInUseException"],
        Blocked,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html",
    ),
    line(
        &["RequestInProgressException"],
        Transient,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html",
    ),
    line(
        &["ConflictException"],
        Transient,
        "https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html",
    ),
    line(
        &["InvalidArgsException", "InvalidDomainValidationOptionsException", "InvalidStateException"],
        Invalid,
        API,
    ),
];
