//! The engine of finsight-deploy: values, graph, diff, plan, executor, recovery.
//!
//! It does no I/O: it knows neither AWS nor disk, terminal, clock, random
//! numbers or an async runtime. A driver carries its [`contract`] requests to
//! a cloud and its [`state::Entry`] records to a store; the simulator does the
//! same without either.

pub mod accept;
pub mod approval;
pub mod context;
pub mod contract;
pub mod cost;
pub mod diff;
pub mod exec;
pub mod expr;
pub mod graph;
pub mod limits;
pub mod normal;
pub mod parts;
pub mod plan;
pub mod policy;
pub mod program;
mod redact;
pub mod refresh;
pub mod schema;
pub mod secret;
#[cfg(test)]
mod shapes;
pub mod state;
pub mod tags;
pub mod undo;
pub mod urn;
pub mod value;
