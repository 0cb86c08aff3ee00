//! The real binary, end to end: against the embedded AWS in its own directory, against the same
//! behind a port of this process, and against an emulator that others wrote.
#![allow(clippy::print_stderr, clippy::print_stdout)]

mod auditors;
mod bad_input;
mod builds;
mod cli;
mod doctor;
mod first_deployment;
mod kill;
mod load;
mod local;
mod models;
mod moto;
mod new_account;
mod odd_configs;
mod operations;
mod outsider;
mod pace;
mod permissions;
mod rehearse;
mod requirements;
mod restore;
mod rollback;

mod storms;
mod support;
mod walk;
mod whole;
mod wire;
mod wire_helper;
