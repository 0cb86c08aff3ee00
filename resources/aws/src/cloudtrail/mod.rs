//! Handlers of CloudTrail.

mod common;
mod selectors;
mod trail;

pub use trail::Trail;
