//! Lambda.

mod alias;
mod event_invoke_config;
mod function;
mod invocation;
mod permission;
mod provisioned_concurrency_config;
mod version;

pub use alias::*;
pub use event_invoke_config::*;
pub use function::*;
pub use invocation::*;
pub use permission::*;
pub use provisioned_concurrency_config::*;
pub use version::*;
