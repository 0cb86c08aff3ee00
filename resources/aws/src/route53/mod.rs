//! Route 53.

mod hosted_zone;
mod record_set;
mod record_set_values;

pub use hosted_zone::HostedZone;
pub use record_set::RecordSet;
pub(crate) use record_set::{all, change_all};
