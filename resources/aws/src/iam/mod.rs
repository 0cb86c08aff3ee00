//! Handlers of IAM.

mod common;
mod managed_policy;
mod role;
mod role_details;

pub use managed_policy::ManagedPolicy;
pub use role::Role;
pub(crate) use role_details::role_named;
