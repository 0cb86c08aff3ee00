//! CloudWatch Logs.

mod log_group;
mod metric_filter;
mod query_definition;
mod resource_policy;
mod subscription_filter;

pub use log_group::*;
pub use metric_filter::*;
pub use query_definition::*;
pub use resource_policy::*;
pub use subscription_filter::*;
