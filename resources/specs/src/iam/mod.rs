//! IAM.

mod managed_policy;
mod role;

pub use managed_policy::*;
pub use role::*;
