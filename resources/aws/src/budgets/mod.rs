//! Handlers of Budgets.

mod budget;
mod budget_values;
mod notification;

pub use budget::Budget;
