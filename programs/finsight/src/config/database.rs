//! The database.

use super::security::yes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The database of one stack: requirements D1 to D8.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// PostgreSQL's version: `15` follows minor upgrades, `15.8` is that one.
    pub engine_version: String,
    /// Whether `engine_version` may go to another major version, which no change takes back.
    #[serde(default)]
    pub allow_major_version_upgrade: bool,
    /// The class, such as `db.t3.micro`.
    pub instance_class: String,
    /// Whether a standby runs in another zone.
    pub multi_az: bool,
    /// GiB of storage at the start, from 20.
    pub storage_gib: i64,
    /// GiB up to which the storage grows by itself.
    pub max_storage_gib: i64,
    /// Days that automated backups are kept, 1 to 35.
    pub backup_retention_days: i64,
    /// When backups are made, in UTC, such as `17:00-17:30`.
    pub backup_window: String,
    /// When maintenance may be done, in UTC, such as `sun:18:00-sun:18:30`.
    pub maintenance_window: String,
    /// Whether AWS and the program refuse to delete it. The program then keeps the stack's keys, secrets, records, zone and
    /// mail identity too.
    pub protection: bool,
    /// Whether its delete leaves a snapshot.
    #[serde(default = "yes")]
    pub final_snapshot: bool,
    /// The database that is made with the instance.
    pub name: String,
    /// The master user; RDS keeps its password in Secrets Manager.
    pub master_username: String,
    /// The user that the functions log in as, with IAM credentials.
    pub application_username: String,
    /// Where the code is of the function that makes that user; see a function's `code`.
    pub user_code: String,
    /// PostgreSQL's `max_connections`: the proxy's percentage is computed from it.
    pub max_connections: i64,
    /// Days that its log is kept: one of CloudWatch Logs' own values.
    pub log_retention_days: i64,
    /// The proxy, where `network.database_proxy` is on.
    pub proxy: ProxyConfig,
    /// When the manual snapshot is taken each month; never where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_snapshot: Option<ScheduleConfig>,
    /// When the instance runs; always where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<WorkingHours>,
}

/// RDS Proxy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// Connections to the database at most.
    pub max_connections: i64,
    /// Seconds until an idle client is let go, 1 to 28,800.
    pub idle_client_timeout_seconds: i64,
    /// Seconds that a client waits for a connection; below the 29 of API Gateway.
    pub borrow_timeout_seconds: i64,
}

/// A time that comes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// An expression of EventBridge Scheduler, such as `cron(0 3 1 * ? *)`.
    pub schedule: String,
    /// Its time zone, such as `Asia/Tokyo`.
    pub time_zone: String,
}

/// When the instance runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// When it starts, such as `cron(0 8 ? * MON-FRI *)`.
    pub start: String,
    /// When it stops, such as `cron(0 22 ? * MON-FRI *)`: on days on which it is started.
    pub stop: String,
    /// The time zone of both.
    pub time_zone: String,
}
