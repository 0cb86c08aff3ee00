//! Exit codes, messages and the smaller commands.

mod accounts;
mod approvals;
mod configs;
mod connections;
mod costs;
mod looks;
mod plans;
mod signals;
mod states;
mod usage;
mod waits;
