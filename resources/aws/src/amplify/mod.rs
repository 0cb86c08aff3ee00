//! Amplify.

mod app;
mod app_values;
mod branch;
pub(crate) mod common;
mod domain_association;
mod domain_records;
mod webhook;

pub use app::App;
pub use branch::Branch;
pub(crate) use branch::all as branches;
pub use domain_association::DomainAssociation;
pub use webhook::Webhook;
