//! ACM.

mod certificate;
mod certificate_validation;

pub use certificate::*;
pub use certificate_validation::*;
