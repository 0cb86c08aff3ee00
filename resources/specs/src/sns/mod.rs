//! SNS.

mod subscription;
mod topic;

pub use subscription::*;
pub use topic::*;
