//! The API.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The API of one stack: requirements A1 to A13.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Its public name, such as `api.finsight.com`, in `domain.zone`.
    pub domain: String,
    /// The runtime of all functions, such as `provided.al2023`.
    pub runtime: String,
    /// The instruction set of all functions.
    pub architecture: Architecture,
    /// Seconds that a call may take, 1 to 28: API Gateway gives up after 29.
    pub timeout_seconds: i64,
    /// Concurrent calls that are kept for each API function and the authorizer; none where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_concurrency: Option<i64>,
    /// Concurrent calls that the account has, by its quota.
    pub account_concurrency: i64,
    /// Environment variables of every API function.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The functions, by path group.
    pub functions: Functions,
    /// The authorizer.
    pub authorizer: AuthorizerConfig,
    /// Days that the logs of functions and of the API are kept.
    pub log_retention_days: i64,
    /// Origins that browsers may call from, such as `https://www.finsight.com`.
    pub cors_origins: Vec<String>,
    /// Requests of all callers together.
    pub throttling: Throttling,
    /// Media types of files that functions take and answer, such as `application/pdf`: they pass as bytes, in Base64 on the
    /// side of the function. A body may be 10 MB long for API Gateway, and a file 4.5 MB for Lambda.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binary_media_types: Vec<String>,
    /// Whether each call but a preflight must bring an API key: CloudFront brings `cdn.api_key`.
    pub api_key_required: bool,
    /// Usage plans, by name. That of `cdn.api_key` holds for all callers of the public name together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub usage_plans: BTreeMap<String, UsagePlanConfig>,
    /// API Gateway's own cache, which costs by the hour; none where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<ApiCache>,
    /// CloudFront in front of the API.
    pub cdn: CdnConfig,
}

/// An instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// Lambda's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// The eight functions of the API: requirement A2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Functions {
    /// `/auth/*`
    pub auth: FunctionConfig,
    /// `/users/*`
    pub users: FunctionConfig,
    /// `/transactions/*`
    pub transactions: FunctionConfig,
    /// `/budgets/*`
    pub budgets: FunctionConfig,
    /// `/accounts/*` and `/assets/*`
    pub assets: FunctionConfig,
    /// `/categories/*`
    pub categories: FunctionConfig,
    /// `/reports/*`
    pub reports: FunctionConfig,
    /// `/notifications/*`
    pub notifications: FunctionConfig,
}

impl Functions {
    /// Each function with its name and its paths.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &'static [&'static str], &FunctionConfig); 8] {
        [
            ("auth", &["auth"], &self.auth),
            ("users", &["users"], &self.users),
            ("transactions", &["transactions"], &self.transactions),
            ("budgets", &["budgets"], &self.budgets),
            ("assets", &["accounts", "assets"], &self.assets),
            ("categories", &["categories"], &self.categories),
            ("reports", &["reports"], &self.reports),
            ("notifications", &["notifications"], &self.notifications),
        ]
    }
}

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionConfig {
    /// MiB of memory, 128 to 10,240.
    pub memory_mib: i64,
    /// Where its code is: `placeholder`, or a path to a binary, a directory or a ZIP, from the config's folder.
    pub code: String,
    /// Instances that are kept warm; 0 for none. They cost by the hour.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub provisioned_concurrency: i64,
    /// Environment variables of this function alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Secrets of `security.secrets` that it reads; its environment names them as `<NAME>_SECRET_ARN`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// The Lambda authorizer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorizerConfig {
    /// Where its code is; see a function's `code`.
    pub code: String,
    /// MiB of memory.
    pub memory_mib: i64,
    /// The issuer of tokens, with its slash at the end, such as `https://finsight.auth0.com/`.
    pub issuer: String,
    /// The audience of tokens, such as `https://api.finsight.com`.
    pub audience: String,
    /// Seconds that API Gateway keeps an answer, 0 to 3600.
    pub cache_seconds: i64,
}

/// A rate limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttling {
    /// Requests a second.
    pub rate_per_second: i64,
    /// Requests at once after a pause.
    pub burst: i64,
}

/// A usage plan: requirement A7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsagePlanConfig {
    /// Requests a second of one key.
    pub rate_per_second: i64,
    /// Requests at once after a pause.
    pub burst: i64,
    /// Requests of one key in a period.
    pub quota: i64,
    /// The period.
    pub period: Period,
    /// Names of API keys; their values are made by AWS.
    pub keys: Vec<String>,
}

/// A period of quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// From midnight UTC.
    Day,
    /// From Sunday.
    Week,
    /// From the first.
    Month,
}

impl Period {
    /// API Gateway's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }
}

/// API Gateway's cache: requirement A10.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiCache {
    /// Its size, such as `0.5`.
    pub size_gb: String,
    /// Seconds that an answer is kept.
    pub ttl_seconds: i64,
    /// Groups of paths whose answers to GET are kept, for each caller apart, such as `categories`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Parameters of the query that their functions read: what is not named here does not tell answers apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query_parameters: Vec<String>,
}

/// CloudFront in front of the API: requirement A9.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CdnConfig {
    /// Paths whose answers to GET are kept at the edge, such as `/categories/*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cached_paths: Vec<String>,
    /// Seconds that they are kept.
    pub cache_seconds: i64,
    /// The key of `usage_plans` that CloudFront brings with each call, so that no browser needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// `PriceClass_100`, `PriceClass_200` or `PriceClass_All`.
    pub price_class: String,
    /// Days that access logs are kept.
    pub log_retention_days: i64,
}
