//! Config: one JSON file a stack, checked before anything else happens.

mod api;
mod changes;
mod check;
mod database;
mod frontend;
mod load;
mod monitoring;
mod network;
mod security;
mod trace;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::*;
pub use database::*;
pub use frontend::*;
pub use load::{ConfigError, Problem, Source, built_in, load, parse};
pub use monitoring::*;
pub use network::*;
pub use security::*;
pub use trace::Declare;

/// The config of one stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The JSON Schema of this file, for editors; not read.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The stack's region, such as `ap-northeast-1`.
    pub region: String,
    /// The account, 12 digits: a run with credentials of another one is refused. Any where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// When `up` asks before it changes anything.
    pub require_approval: Approval,
    /// The network.
    pub network: NetworkConfig,
    /// The names in DNS.
    pub domain: DomainConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// The API.
    pub api: ApiConfig,
    /// The frontend.
    pub frontend: FrontendConfig,
    /// Mail, monitoring, operations.
    pub monitoring: MonitoringConfig,
    /// Security.
    pub security: SecurityConfig,
}

/// The stack's names in DNS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainConfig {
    /// The zone that all of the stack's names are in, such as `finsight.com`.
    pub zone: String,
    /// The id of the zone where it exists already; the stack makes it where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_zone_id: Option<String>,
    /// Zones below that are delegated: the name servers by name, such as of `dev.finsight.com`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub delegations: BTreeMap<String, Vec<String>>,
}

/// When `up` asks before it changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// It does not ask.
    Never,
    /// It asks before any change.
    AnyChange,
    /// It asks before IAM permissions or network openings get wider.
    Broadening,
}
