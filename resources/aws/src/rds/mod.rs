//! Handlers of RDS.

pub(crate) mod common;
pub(crate) mod db_instance;
mod db_instance_changes;
mod db_instance_delete;
pub(crate) mod db_instance_values;
mod db_parameter_group;
mod db_proxy;
mod db_proxy_target;
mod db_proxy_target_group;
mod db_proxy_values;
mod db_snapshot;
mod db_subnet_group;
mod event_subscription;
mod parameters;

pub use db_instance::DbInstance;
pub use db_parameter_group::DbParameterGroup;
pub use db_proxy::DbProxy;
pub use db_proxy_target::DbProxyTarget;
pub use db_proxy_target_group::DbProxyTargetGroup;
pub use db_snapshot::DbSnapshot;
pub use db_subnet_group::DbSubnetGroup;
pub use event_subscription::EventSubscription;
