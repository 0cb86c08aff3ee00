//! Handlers of Lambda.

mod common;
mod function;
mod function_update;
mod function_values;

pub use function::Function;
