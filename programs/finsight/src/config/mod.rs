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
mod tags;
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
pub use tags::*;
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
    /// Tags.
    #[serde(default, skip_serializing_if = "TagsConfig::is_empty")]
    pub tags: TagsConfig,
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
    /// What else the domain has, such as the mail servers of the company: whoever lets the domain lead to the stack's zone
    /// takes the old one's records away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordConfig>,
}

/// Records of one name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConfig {
    /// The whole name: the zone's own, or one in it.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: RecordKind,
    /// The values; a text of `TXT` stands without quotes.
    pub values: Vec<String>,
    /// Seconds that an answer may be kept.
    #[serde(default = "five_minutes")]
    pub ttl_seconds: i64,
}

fn five_minutes() -> i64 {
    300
}

/// A type of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Who may issue certificates.
    Caa,
    /// Another name.
    Cname,
    /// Who takes mail.
    Mx,
    /// A service's host and port.
    Srv,
    /// A text.
    Txt,
}

impl RecordKind {
    /// DNS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
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
