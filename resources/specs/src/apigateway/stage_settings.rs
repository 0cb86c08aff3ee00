//! Settings of a stage: access logs, and what holds for its methods.

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::Kind;
use finsight_engine::value::{Map, Value};

use crate::declare::Shape;
use crate::ids::Arn;

/// A number in its one form: whole numbers are whole, as AWS's answers are read.
#[must_use]
pub fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        return Value::Int(value as i64);
    }
    Value::Number(value)
}

/// Where a stage writes a line for each call.
#[derive(Clone)]
pub struct AccessLog(Map);

/// Fields of [`AccessLog::json`], each with API Gateway's variable.
const FIELDS: &[(&str, &str)] = &[
    ("requestId", "requestId"),
    ("time", "requestTimeEpoch"),
    ("ip", "identity.sourceIp"),
    ("method", "httpMethod"),
    ("path", "path"),
    ("resource", "resourcePath"),
    ("status", "status"),
    ("protocol", "protocol"),
    ("responseLength", "responseLength"),
    ("latency", "responseLatency"),
    ("integrationLatency", "integrationLatency"),
    ("integrationStatus", "integration.status"),
    ("integrationError", "integrationErrorMessage"),
    ("authorizerLatency", "authorizer.latency"),
    ("authorizerError", "authorizer.error"),
    ("error", "error.message"),
    ("errorType", "error.responseType"),
    ("waf", "wafResponseCode"),
    ("trace", "xrayTraceId"),
    ("userAgent", "identity.userAgent"),
];

impl AccessLog {
    /// A log group by its ARN without `:*`, and the line to write; AWS wants `$context.requestId` in it.
    #[must_use]
    pub fn new(destination_arn: impl Into<Input<Arn>>, format: &str) -> Self {
        Self(Map::from([
            ("destination_arn".to_owned(), destination_arn.into().into_value()),
            ("format".to_owned(), format.into()),
        ]))
    }

    /// A log group by its ARN without `:*`, in which each line is a JSON object.
    #[must_use]
    pub fn json(destination_arn: impl Into<Input<Arn>>) -> Self {
        let fields: Vec<String> =
            FIELDS.iter().map(|(name, variable)| format!("\"{name}\":\"$context.{variable}\"")).collect();
        Self::new(destination_arn, &format!("{{{}}}", fields.join(",")))
    }
}

/// What holds for the calls of methods. All of it is always said, so that a setting that
/// someone else made is seen.
#[derive(Clone)]
pub struct MethodSetting(Map);

/// What AWS shows for a method whose rate was never set: the account's own limits.
const RATE_OF_ACCOUNT: (f64, i64) = (10_000.0, 5_000);

impl Default for MethodSetting {
    fn default() -> Self {
        Self::new()
    }
}

impl MethodSetting {
    /// As AWS has it without a setting: no logs, no metrics, no cache, the account's rate.
    #[must_use]
    pub fn new() -> Self {
        Self(Map::from([
            ("logging_level".to_owned(), "OFF".into()),
            ("data_trace_enabled".to_owned(), false.into()),
            ("metrics_enabled".to_owned(), false.into()),
            ("caching_enabled".to_owned(), false.into()),
            ("cache_ttl_in_seconds".to_owned(), Value::Int(300)),
            ("cache_data_encrypted".to_owned(), false.into()),
            ("require_authorization_for_cache_control".to_owned(), true.into()),
            ("unauthorized_cache_control_header_strategy".to_owned(), "SUCCEED_WITH_RESPONSE_HEADER".into()),
        ]))
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Requests a second in the long run, and at once after a pause. 10,000 and 5,000 are the
    /// account's own and as good as not set.
    #[must_use]
    pub fn throttling(mut self, rate_limit: f64, burst_limit: i64) -> Self {
        if (rate_limit, burst_limit) == RATE_OF_ACCOUNT {
            self.0.remove("throttling_rate_limit");
            self.0.remove("throttling_burst_limit");
            return self;
        }
        self.with("throttling_rate_limit", number(rate_limit)).with("throttling_burst_limit", burst_limit)
    }

    /// `OFF`, `ERROR` or `INFO`: what goes into the execution log. It needs the account's role
    /// ([`Account`](super::Account)).
    #[must_use]
    pub fn logging_level(self, level: &str) -> Self {
        self.with("logging_level", level)
    }

    /// Whether requests and answers go into the execution log in full: never where they hold secrets.
    #[must_use]
    pub fn data_trace_enabled(self, enabled: bool) -> Self {
        self.with("data_trace_enabled", enabled)
    }

    /// Whether each method has CloudWatch metrics of its own.
    #[must_use]
    pub fn metrics_enabled(self, enabled: bool) -> Self {
        self.with("metrics_enabled", enabled)
    }

    /// Whether answers are kept in the stage's cache, and for how many seconds.
    #[must_use]
    pub fn caching(self, enabled: bool, ttl_in_seconds: i64) -> Self {
        self.with("caching_enabled", enabled).with("cache_ttl_in_seconds", ttl_in_seconds)
    }

    /// Whether the cache is encrypted.
    #[must_use]
    pub fn cache_data_encrypted(self, encrypted: bool) -> Self {
        self.with("cache_data_encrypted", encrypted)
    }

    /// Whether a caller needs permission to skip the cache, and what one without it gets:
    /// `FAIL_WITH_403`, `SUCCEED_WITH_RESPONSE_HEADER` or `SUCCEED_WITHOUT_RESPONSE_HEADER`.
    #[must_use]
    pub fn cache_control(self, require_authorization: bool, otherwise: &str) -> Self {
        self.with("require_authorization_for_cache_control", require_authorization)
            .with("unauthorized_cache_control_header_strategy", otherwise)
    }
}

impl Property for AccessLog {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for AccessLog {
    const KIND: Kind = Kind::Map;
}

impl Property for MethodSetting {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for MethodSetting {
    const KIND: Kind = Kind::Map;
}
