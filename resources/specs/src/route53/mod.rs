//! Route 53.

mod hosted_zone;
mod record_set;

pub use hosted_zone::*;
pub use record_set::*;
