//! RDS.

mod db_instance;

pub use db_instance::*;
