//! Route 53.

mod health_check;
mod hosted_zone;
mod record_set;

pub use health_check::*;
pub use hosted_zone::*;
pub use record_set::*;
