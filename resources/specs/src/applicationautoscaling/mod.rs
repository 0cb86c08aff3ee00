//! Application Auto Scaling.

mod scalable_target;
mod scaling_policy;

pub use scalable_target::*;
pub use scaling_policy::*;
