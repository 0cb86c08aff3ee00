//! Config: one JSON file a stack, checked before anything else happens.

mod check;
mod load;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use load::{ConfigError, Problem, built_in, load, parse};

/// The config of one stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// The network of one stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// The VPC's IPv4 range, /16 to /28.
    pub cidr: String,
    /// Availability zones, at least two, each in the stack's region.
    #[schemars(length(min = 2))]
    pub zones: Vec<String>,
    /// One range for each zone, within the VPC's.
    pub public_subnets: Vec<String>,
    /// One range for each zone, within the VPC's.
    pub private_subnets: Vec<String>,
    /// NAT gateways: 0, 1, or one for each zone.
    pub nat_gateways: usize,
    /// Whether functions reach the database through RDS Proxy.
    pub database_proxy: bool,
    /// Services that get an interface endpoint, such as `secretsmanager`; each costs by the hour.
    #[serde(default)]
    pub interface_endpoints: Vec<String>,
    /// Flow logs; none where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_logs: Option<FlowLogsConfig>,
}

/// VPC flow logs of one stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowLogsConfig {
    /// Days that records are kept: one of CloudWatch Logs' own values.
    pub retention_days: i64,
    /// Days between the deletion of the logs' key and its end, 7 to 30.
    pub key_deletion_days: i64,
}
