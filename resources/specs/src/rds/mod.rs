//! RDS.

mod db_instance;
mod db_parameter_group;
mod db_proxy;
mod db_proxy_target;
mod db_proxy_target_group;
mod db_snapshot;
mod db_subnet_group;
mod event_subscription;
pub mod postgres;

pub use db_instance::*;
pub use db_parameter_group::*;
pub use db_proxy::*;
pub use db_proxy_target::*;
pub use db_proxy_target_group::*;
pub use db_snapshot::*;
pub use db_subnet_group::*;
pub use event_subscription::*;
