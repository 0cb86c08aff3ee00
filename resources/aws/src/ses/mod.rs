//! Handlers of SES.

mod account;
mod common;
mod configuration_set;
mod email_identity;
mod event_destination;

pub use account::{Sending, sending};
pub use configuration_set::ConfigurationSet;
pub use email_identity::EmailIdentity;
