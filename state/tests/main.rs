//! The store against everything that can happen to its files.

mod damage;
mod documents;
mod faults;
mod fixture;
mod locking;
mod noop;
mod secrets;
mod torn;
