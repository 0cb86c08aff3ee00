//! X-Ray.

mod group;
mod sampling_rule;

pub use group::*;
pub use sampling_rule::*;
