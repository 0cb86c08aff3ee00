//! Handlers of KMS.

mod alias;
pub(crate) mod common;
mod grants;
mod key;

pub use alias::Alias;
pub use key::Key;
