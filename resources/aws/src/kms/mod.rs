//! Handlers of KMS.

mod alias;
mod common;
mod key;

pub use alias::Alias;
pub use key::Key;
