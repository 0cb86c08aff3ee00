//! Runs the engine's machines on tokio: carries their requests to a cloud and their records to a store.

pub mod clock;
pub mod cloud;
pub mod run;
pub mod store;
