//! Which part of a request a statement looks at.

use finsight_engine::value::{Map, Value};

use crate::part::{map_property, one};

/// A part of a request.
#[derive(Clone)]
pub struct FieldToMatch(pub(super) Map);

map_property!(FieldToMatch);

impl FieldToMatch {
    /// One header; case does not count.
    #[must_use]
    pub fn single_header(name: &str) -> Self {
        Self(one("single_header", one("name", name.to_ascii_lowercase())))
    }

    /// One parameter of the query string; case does not count.
    #[must_use]
    pub fn single_query_argument(name: &str) -> Self {
        Self(one("single_query_argument", one("name", name.to_ascii_lowercase())))
    }

    /// All parameters of the query string.
    #[must_use]
    pub fn all_query_arguments() -> Self {
        Self(one("all_query_arguments", Map::new()))
    }

    /// The path.
    #[must_use]
    pub fn uri_path() -> Self {
        Self(one("uri_path", Map::new()))
    }

    /// The query string.
    #[must_use]
    pub fn query_string() -> Self {
        Self(one("query_string", Map::new()))
    }

    /// The method.
    #[must_use]
    pub fn method() -> Self {
        Self(one("method", Map::new()))
    }

    /// The body; `CONTINUE`, `MATCH` or `NO_MATCH` where it is longer than what is looked at.
    #[must_use]
    pub fn body(oversize_handling: &str) -> Self {
        Self(one("body", one("oversize_handling", oversize_handling)))
    }

    /// The values of the body as JSON, keys too if `match_scope` is `ALL` and not `VALUE`. A body
    /// that is not JSON is an `invalid_fallback`: `MATCH`, `NO_MATCH` or `EVALUATE_AS_STRING`.
    #[must_use]
    pub fn json_body(match_scope: &str, invalid_fallback: &str, oversize_handling: &str) -> Self {
        let members: [(&str, Value); 3] = [
            ("match_scope", match_scope.into()),
            ("invalid_fallback_behavior", invalid_fallback.into()),
            ("oversize_handling", oversize_handling.into()),
        ];
        let members: Map = members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self(one("json_body", members))
    }
}
