//! Handlers of Secrets Manager.

pub(crate) mod common;
pub(crate) mod generate;
mod secret;
mod secret_version;

pub use secret::Secret;
pub use secret_version::SecretVersion;
