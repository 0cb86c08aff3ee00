//! SES.

mod configuration_set;
mod email_identity;

pub use configuration_set::*;
pub use email_identity::*;
