//! Handlers of Lambda.

mod alias;
mod attached;
mod common;
mod concurrency;
mod event_invoke_config;
mod function;
mod function_update;
mod function_url;
mod function_values;
mod grant;
mod invocation;
pub(crate) mod live_alias;
pub(crate) mod network;
mod permission;
mod provisioned_concurrency_config;
mod version;
pub(crate) mod versions;

pub use alias::Alias;
pub use event_invoke_config::EventInvokeConfig;
pub use function::Function;
pub use invocation::Invocation;
pub use permission::Permission;
pub use provisioned_concurrency_config::ProvisionedConcurrencyConfig;
pub use version::Version;
