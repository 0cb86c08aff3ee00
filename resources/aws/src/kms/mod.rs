//! Handlers of KMS.

mod alias;
pub(crate) mod common;
mod grants;
mod key;
mod sealed;

pub use alias::Alias;
pub use key::Key;
