//! Mail, monitoring, operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mail, monitoring and operations of one stack: requirements M1 to M7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringConfig {
    /// Mail.
    pub mail: MailConfig,
    /// Alarms to Slack.
    pub slack: SlackConfig,
    /// Mail addresses that alarms go to besides, such as `ops@finsight.com`: each is asked by mail to confirm it.
    #[serde(default)]
    pub subscribers: Vec<String>,
    /// What asks the API from outside, by its public name; nothing where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeConfig>,
    /// Thresholds.
    pub alarms: AlarmsConfig,
    /// X-Ray.
    pub tracing: TracingConfig,
    /// The budget; none where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetConfig>,
}

/// Mail: requirement M1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The MAIL FROM domain, below the zone, such as `mail.finsight.com`.
    pub mail_from: String,
    /// The DMARC record, such as `v=DMARC1; p=quarantine`.
    pub dmarc: String,
}

/// Alarms to Slack: requirement M4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// Where the notifier's code is; see a function's `code`.
    pub code: String,
}

/// A health check of Route 53: requirement M3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeConfig {
    /// What is asked for, below `/auth`, where no token is wanted: a path that answers 200 once the database has answered it.
    pub path: String,
    /// The regions that ask every 30 seconds, such as `ap-northeast-1`: each brings some 175,000 requests a month.
    pub regions: Vec<String>,
}

/// Thresholds of alarms: requirement M3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmsConfig {
    /// Seconds that a value covers of what always has one (processor, memory, connections), a multiple of 60. Blocks of WAF
    /// are counted in it too.
    pub period_seconds: i64,
    /// Seconds in which calls and what becomes of them are counted, a multiple of 60: so long that some come.
    pub count_seconds: i64,
    /// How many values are looked at.
    pub evaluation_periods: i64,
    /// How many of them raise an alarm.
    pub datapoints_to_alarm: i64,
    /// Failed requests in `count_seconds` from which their share is looked at: one of one would be all of them.
    pub failed_requests: i64,
    /// Errors of a function in `count_seconds`: no more than the calls that are expected of it, or nothing reaches them.
    pub function_errors: i64,
    /// Throttled calls of a function in `count_seconds`.
    pub function_throttles: i64,
    /// Duration of a function that one call in twenty exceeds, in milliseconds.
    pub function_p95_ms: i64,
    /// Concurrent calls of a function, in percent of what is reserved for it, or of the 100 that AWS leaves to all others.
    pub function_concurrency_percent: i64,
    /// Answers 5XX, in percent of those in `count_seconds`.
    pub api_5xx_percent: f64,
    /// Answers 4XX, in percent of those in `count_seconds`.
    pub api_4xx_percent: f64,
    /// Latency that one request in twenty exceeds, in milliseconds.
    pub api_latency_p95_ms: i64,
    /// Use of the database's processor.
    pub database_cpu_percent: i64,
    /// Connections of the database, in percent of `database.max_connections`, or of the proxy's where there is one.
    pub database_connections_percent: i64,
    /// Free storage, in percent of `database.storage_gib`: below the 10 at which RDS makes it larger.
    pub database_free_storage_percent: i64,
    /// Freeable memory, in MiB.
    pub database_freeable_memory_mib: i64,
    /// Connections of the proxy, in percent of `database.proxy.max_connections`.
    pub proxy_connections_percent: i64,
    /// Connections of the proxy that are pinned to one caller, in percent of `database.proxy.max_connections`.
    pub proxy_pinned_percent: i64,
    /// Milliseconds that callers wait for a connection of the proxy, on average.
    pub proxy_borrow_ms: i64,
    /// Of the time, in percent, in which the database answers the proxy.
    pub proxy_availability_percent: i64,
    /// Answers 5XX of CloudFront, in percent of those in `count_seconds`.
    pub cdn_5xx_percent: f64,
    /// Requests that WAF blocks in `period_seconds`.
    pub waf_blocks: i64,
    /// Bounces, in percent; AWS reviews accounts from 5.
    pub mail_bounce_percent: f64,
    /// Complaints, in percent; AWS reviews accounts from 0.1.
    pub mail_complaint_percent: f64,
}

/// X-Ray: requirement M6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracingConfig {
    /// Requests a second that are always traced.
    pub requests_per_second: i64,
    /// Of the others, in percent.
    pub percent: f64,
}

/// The budget: requirement M7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// US dollars a month.
    pub monthly_usd: f64,
    /// Alerts at these percentages, at most five.
    pub alert_percents: Vec<f64>,
}
