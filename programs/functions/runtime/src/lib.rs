//! What the shipped Lambda functions share: the Runtime API's loop, an HTTPS client, logs in JSON, secrets.
//!
//! The functions are small and few, so this speaks the Runtime API itself; `docs/dependencies.md` says why.

pub mod http;
pub mod log;
pub mod runtime;
#[cfg(feature = "secrets")]
pub mod secret;
