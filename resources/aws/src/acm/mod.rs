//! ACM.

mod certificate;
mod certificate_validation;
mod common;

pub use certificate::Certificate;
pub use certificate_validation::CertificateValidation;
