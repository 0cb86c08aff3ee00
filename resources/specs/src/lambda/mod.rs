//! Lambda.

mod function;

pub use function::*;
