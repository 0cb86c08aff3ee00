//! The network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
