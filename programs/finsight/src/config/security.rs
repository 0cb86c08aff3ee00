//! Security.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Security of one stack: requirements S1 to S6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityConfig {
    /// Days between the deletion of a key and its end, 7 to 30.
    pub key_deletion_days: i64,
    /// Days that a deleted secret can be restored, 7 to 30; 0 deletes at once.
    pub secret_recovery_days: i64,
    /// Secrets besides those that every stack has, by name. Values are filled in by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretConfig>,
    /// WAF.
    pub firewall: FirewallConfig,
    /// What exists once in an account: one stack of it sets this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountConfig>,
    /// Findings of the policy pack that are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// A secret: requirement S2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretConfig {
    /// What it is.
    pub description: String,
}

/// WAF: requirement S1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirewallConfig {
    /// Requests of one address in five minutes, from 10.
    pub requests_per_5_minutes: i64,
    /// Paths below which a body may be longer than the 8 kB of which the firewall is sure, such as `/transactions`: files go
    /// there. Elsewhere such a body is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upload_paths: Vec<String>,
    /// Requests of one address below `/auth` in five minutes, from 10: whoever guesses passwords is slower than who uses the site.
    pub log_ins_per_5_minutes: i64,
    /// Whether AWS's rule groups stand before the API too, where only who has passed those of CloudFront comes: each costs.
    #[serde(default = "yes")]
    pub regional_groups: bool,
    /// Days that its log is kept.
    pub log_retention_days: i64,
}

pub(super) fn yes() -> bool {
    true
}

/// What exists once in an account: requirements S4 and S5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// Days that CloudTrail's files are kept.
    pub trail_retention_days: i64,
    /// Days that AWS Config's files are kept.
    pub config_retention_days: i64,
    /// Whether a `destroy` takes the records with it: the buckets of both are emptied then. Otherwise it is refused
    /// while they hold anything, and so is an `up` without `security.account`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delete_records: bool,
}

/// A finding of the policy pack that is accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// The resources, as a pattern of URNs.
    pub urn: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, such as `2027-03-31`.
    pub until: String,
}
