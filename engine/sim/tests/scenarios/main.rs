//! Cases in which deployment engines have gone wrong before, one test each.
//!
//! All go through [`check::check`]: what stood before, the program, what goes
//! wrong, and what must be seen: plan, calls in order, errors, end and record.

mod approval;
mod check;
mod data;
mod declare;
mod drift;
mod failure;
mod imports;
mod interrupt;
mod operators;
mod outcomes;
mod plans;
mod programs;
mod promises;
mod replacement;
mod replacement_first;
mod saving;
mod secrets;
mod selection;
mod tape;
mod turns;
mod wish;
