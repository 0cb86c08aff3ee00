//! `aws:acm:CertificateValidation`

use async_trait::async_trait;
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{AT_ONCE, broken, described};
use super::delegation;
use crate::failure::unexpected;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:acm:CertificateValidation`, which changes nothing: it is ready when its certificate is
/// issued.
pub struct CertificateValidation;

#[async_trait]
impl Handler for CertificateValidation {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(described(aws, &target.id));
            }
            for (target, answer) in batch.iter().zip(try_join_all(reads).await?) {
                if let Some(certificate) = answer {
                    found.push(live(aws, &target.id, &certificate).await);
                }
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let arn = inputs.required("certificate_arn")?;
        let found = described(aws, arn).await?;
        Ok(found.map(|_| Candidate { id: arn.to_owned(), ours: true }).into_iter().collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let arn = inputs.required("certificate_arn")?;
        match described(aws, arn).await? {
            Some(_) => Ok(arn.to_owned()),
            None => {
                let mut failure = unexpected("acm:DescribeCertificate", &format!("{arn} does not exist yet"));
                failure.class = FailureClass::Absent;
                Err(failure)
            }
        }
    }

    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn delete(&self, _aws: &Region, _target: &Target) -> Result<Deleted, Failure> {
        Ok(Deleted::Gone)
    }
}

async fn live(aws: &Region, arn: &str, certificate: &CertificateDetail) -> Live {
    let health = match (broken(certificate), certificate.status()) {
        (Some(why), _) => Health::Failed(why),
        (None, Some(CertificateStatus::Issued)) => Health::Ready,
        (None, Some(CertificateStatus::PendingValidation) | None) => {
            Health::Pending(delegation::waited_for(aws, certificate).await)
        }
        (None, Some(status)) => Health::Pending(status.as_str().to_owned()),
    };
    Live {
        id: arn.to_owned(),
        properties: Values::new().set("certificate_arn", arn).build(),
        outputs: Values::new().set("certificate_arn", arn).build(),
        health,
    }
}
