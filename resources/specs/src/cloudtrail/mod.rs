//! CloudTrail.

mod selector;
mod trail;

pub use selector::*;
pub use trail::*;
