//! What the ACM handlers share: the description of a certificate, and what its errors mean.

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, FailureReason};
use finsight_engine::contract::Failure;

use crate::failure::{absent_as_none, unexpected, unread};
use crate::session::Region;

/// Certificates are described one by one, this many at a time.
pub const AT_ONCE: usize = 5;

/// A certificate; `None` where there is none.
pub async fn described(aws: &Region, arn: &str) -> Result<Option<CertificateDetail>, Failure> {
    let answer = aws.acm().describe_certificate().certificate_arn(arn).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("acm:DescribeCertificate", &error)))?;
    answer
        .map(|answer| {
            answer
                .certificate
                .ok_or_else(|| unexpected("acm:DescribeCertificate", "the answer has no certificate"))
        })
        .transpose()
}

/// AWS's word and reason where a certificate is of no use, now and later.
pub fn broken(certificate: &CertificateDetail) -> Option<String> {
    let reason = certificate.failure_reason().map_or("no reason given", FailureReason::as_str);
    let why = match certificate.status()? {
        CertificateStatus::Failed => reason,
        CertificateStatus::ValidationTimedOut => "its DNS records were not found within 72 hours",
        CertificateStatus::Expired => "its time is over",
        CertificateStatus::Revoked => "it was revoked",
        CertificateStatus::Inactive => "it is not in use any more",
        _ => return None,
    };
    Some(format!("{}: {why}", certificate.status()?.as_str()))
}
