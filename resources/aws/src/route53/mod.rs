//! Route 53.

mod health_check;
mod hosted_zone;
mod record_set;
mod record_set_values;
mod tags;

pub use health_check::HealthCheck;
pub use hosted_zone::HostedZone;
pub use record_set::RecordSet;
pub(crate) use record_set::{all, change_all};
