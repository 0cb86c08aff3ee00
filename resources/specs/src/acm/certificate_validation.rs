//! `aws:acm:CertificateValidation`

use finsight_engine::schema::{Identity, Timing};

use crate::declare::resource;
use crate::ids::Arn;

resource! {
    /// The wait until a certificate is issued: what uses the certificate takes its ARN from here.
    CertificateValidation: "aws:acm:CertificateValidation", id Arn, outputs CertificateValidationOutputs {
        required {
            /// The certificate.
            certificate_arn: Arn { replace() },
        }
        optional {}
        outputs {
            /// The ARN of the issued certificate.
            certificate_arn: Arn,
        }
        spec {
            identity: Identity::Adopted { key: &["certificate_arn"] },
            timing: Timing::new([120, 2, 1], [75, 5, 2]).poll(5_000),
            pending: true,
        }
    }
}
