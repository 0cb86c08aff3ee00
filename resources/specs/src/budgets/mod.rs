//! Budgets.

mod budget;

pub use budget::*;
