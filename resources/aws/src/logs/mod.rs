//! Handlers of CloudWatch Logs.

mod filters;
mod log_group;
mod metric_filter;
mod query_definition;
mod resource_policy;
mod subscription_filter;

pub use log_group::LogGroup;
pub use metric_filter::MetricFilter;
pub use query_definition::QueryDefinition;
pub use resource_policy::ResourcePolicy;
pub use subscription_filter::SubscriptionFilter;
