//! Handlers of Application Auto Scaling.

mod common;
mod scalable_target;
mod scaling_policy;

pub use scalable_target::ScalableTarget;
pub use scaling_policy::ScalingPolicy;
