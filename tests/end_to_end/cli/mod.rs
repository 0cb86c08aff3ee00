//! Exit codes, messages and the smaller commands.

mod accounts;
mod addresses;
mod approvals;
mod configs;
mod connections;
mod costs;
mod destroys;
mod disks;
mod hands;
mod kept;
mod looks;
mod plans;
mod retained;
mod saved_plans;
mod signals;
mod states;
mod stops;
mod usage;
mod waits;
