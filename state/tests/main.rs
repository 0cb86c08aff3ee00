//! The store against everything that can happen to its files.

// The children that are killed tell their parent on stdout how far they came, and learn
// from the environment where.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

mod damage;
mod documents;
mod faults;
mod fixture;
mod formats;
mod hands;
mod locking;
mod noop;
mod secrets;
mod torn;
