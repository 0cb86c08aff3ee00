//! IAM.

mod managed_policy;
mod policy;
mod role;

pub use managed_policy::*;
pub use policy::*;
pub use role::*;
