//! Rules that count requests.

use finsight_engine::value::{Map, Value};

use super::Statement;
use crate::part::one;

/// Holds for those who send more than a number of requests within a window.
#[derive(Clone)]
pub struct RateBased(pub(super) Map);

impl RateBased {
    /// More than `limit` (at least 10) requests of one address.
    #[must_use]
    pub fn per_ip(limit: i64) -> Self {
        Self::aggregating("IP", limit)
    }

    /// More than `limit` requests of the first address in a header, such as `X-Forwarded-For`; a
    /// header without a valid address is a `MATCH` or `NO_MATCH`.
    #[must_use]
    pub fn per_forwarded_ip(limit: i64, header_name: &str, fallback_behavior: &str) -> Self {
        let mut forwarded = one("header_name", header_name);
        forwarded.insert("fallback_behavior".to_owned(), fallback_behavior.into());
        let mut made = Self::aggregating("FORWARDED_IP", limit);
        made.0.insert("forwarded_ip_config".to_owned(), forwarded.into());
        made
    }

    /// More than `limit` requests of all together that the statement fits.
    #[must_use]
    pub fn of_all(limit: i64, scope_down: Statement) -> Self {
        Self::aggregating("CONSTANT", limit).scope_down(scope_down)
    }

    fn aggregating(key_type: &str, limit: i64) -> Self {
        Self(Map::from([
            ("aggregate_key_type".to_owned(), key_type.into()),
            ("limit".to_owned(), limit.into()),
            ("evaluation_window_sec".to_owned(), Value::Int(300)),
        ]))
    }

    /// The window: 60, 120, 300 or 600 seconds; 300 where it is not called.
    #[must_use]
    pub fn evaluation_window_sec(mut self, seconds: i64) -> Self {
        self.0.insert("evaluation_window_sec".to_owned(), seconds.into());
        self
    }

    /// Counts only requests that the statement fits.
    #[must_use]
    pub fn scope_down(mut self, statement: impl Into<Statement>) -> Self {
        self.0.insert("scope_down_statement".to_owned(), Value::Map(statement.into().0));
        self
    }
}
