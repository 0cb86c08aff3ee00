//! Cases in which deployment engines have gone wrong before, one test each.
//!
//! All go through [`check::check`]: what stood before, the program, what goes
//! wrong, and what must be seen: plan, calls in order, errors, end and record.

mod accept;
mod along;
mod approval;
mod begun;
mod blocked;
mod check;
mod data;
mod dead_ends;
mod decided;
mod declare;
mod drift;
mod failure;
mod fix;
mod holding;
mod imports;
mod imports_taken;
mod interrupt;
mod letting_go;
mod lettings;
mod names;
mod operators;
mod ours;
mod outages;
mod outcomes;
mod parts;
mod plans;
mod programs;
mod promises;
mod remnants;
mod replacement;
mod replacement_first;
mod restoring;
mod saving;
mod secrets;
mod selection;
mod selection_moves;
mod serial;
mod shown;
mod standing;
mod swaps;
mod tags;
mod taken;
mod tape;
mod turns;
mod unseen;
mod versions;
mod wish;
