//! Handlers of RDS.

mod common;
mod db_instance;
mod db_instance_changes;
mod db_instance_delete;
mod db_instance_values;

pub use db_instance::DbInstance;
