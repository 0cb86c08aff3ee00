//! Handlers of KMS.

mod alias;
mod common;
mod grants;
mod key;

pub use alias::Alias;
pub use key::Key;
