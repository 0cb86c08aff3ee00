//! Exit codes, messages and the smaller commands.

mod accounts;
mod approvals;
mod configs;
mod connections;
mod costs;
mod destroys;
mod looks;
mod plans;
mod saved_plans;
mod signals;
mod states;
mod stops;
mod usage;
mod waits;
