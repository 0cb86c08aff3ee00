//! Handlers of EventBridge.

mod common;
mod rule;

pub use rule::Rule;
