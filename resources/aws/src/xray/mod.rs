//! Handlers of X-Ray.

mod common;
mod group;
mod sampling_rule;

pub use group::Group;
pub use sampling_rule::SamplingRule;
