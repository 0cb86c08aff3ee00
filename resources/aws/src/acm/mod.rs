//! ACM.

mod certificate;
mod certificate_validation;
mod common;
mod delegation;

pub use certificate::Certificate;
pub use certificate_validation::CertificateValidation;
