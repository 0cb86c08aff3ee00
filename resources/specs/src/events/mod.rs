//! EventBridge.

mod rule;

pub use rule::*;
