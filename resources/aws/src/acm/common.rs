//! What the ACM handlers share: the description of a certificate, and what its errors mean.

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, FailureReason};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, absent_as_none, failure, unexpected};
use crate::session::Region;

/// Certificates are described one by one, this many at a time.
pub const AT_ONCE: usize = 5;

/// The failure of a call that makes, changes or deletes something.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    failure.class = match failure.code.as_str() {
        // Those who used it let go of it late.
        "ResourceInUseException" => FailureClass::Blocked,
        "RequestInProgressException" | "ConflictException" => FailureClass::Transient,
        "ServiceQuotaExceededException" => FailureClass::Quota,
        _ => failure.class,
    };
    failure
}

/// A certificate; `None` where there is none.
pub async fn described(aws: &Region, arn: &str) -> Result<Option<CertificateDetail>, Failure> {
    let answer = aws.acm().describe_certificate().certificate_arn(arn).send().await;
    let answer =
        absent_as_none(answer.map_err(|error| failure("acm:DescribeCertificate", Effect::None, &error)))?;
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
