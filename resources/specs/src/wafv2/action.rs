//! What happens to a request.

use finsight_engine::value::{Map, Value};

use crate::part::{map_property, one};

/// What happens to a request that a rule fits, or that no rule fits.
#[derive(Clone)]
pub struct Action(pub(super) Map);

map_property!(Action);

impl Action {
    /// It goes through.
    #[must_use]
    pub fn allow() -> Self {
        Self(one("allow", Map::new()))
    }

    /// It is refused with 403.
    #[must_use]
    pub fn block() -> Self {
        Self(one("block", Map::new()))
    }

    /// It is refused with an answer of our own.
    #[must_use]
    pub fn block_with(response: CustomResponse) -> Self {
        Self(one("block", one("custom_response", response.0)))
    }

    /// It is counted, and the next rules look at it.
    #[must_use]
    pub fn count() -> Self {
        Self(one("count", Map::new()))
    }

    /// The viewer must solve a puzzle.
    #[must_use]
    pub fn captcha() -> Self {
        Self(one("captcha", Map::new()))
    }

    /// The viewer's browser must solve a silent challenge.
    #[must_use]
    pub fn challenge() -> Self {
        Self(one("challenge", Map::new()))
    }

    /// Adds a header, `x-amzn-waf-` before its name, to a request that is allowed or counted.
    #[must_use]
    pub fn insert_header(mut self, name: &str, value: &str) -> Self {
        for inner in self.0.values_mut() {
            let Value::Map(inner) = inner else { continue };
            let handling =
                inner.entry("custom_request_handling".to_owned()).or_insert_with(|| Value::Map(Map::new()));
            let Value::Map(handling) = handling else { continue };
            let headers =
                handling.entry("insert_headers".to_owned()).or_insert_with(|| Value::Map(Map::new()));
            if let Value::Map(headers) = headers {
                headers.insert(name.to_owned(), value.into());
            }
        }
        self
    }
}

/// The answer to a request that is blocked.
#[derive(Clone)]
pub struct CustomResponse(Map);

impl CustomResponse {
    /// An answer with this status: 200 to 599.
    #[must_use]
    pub fn new(response_code: i64) -> Self {
        Self(one("response_code", response_code))
    }

    /// Its body, by its key in the web ACL's `custom_response_bodies`.
    #[must_use]
    pub fn body(mut self, key: &str) -> Self {
        self.0.insert("custom_response_body_key".to_owned(), key.into());
        self
    }

    /// A header of it.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let headers = self.0.entry("response_headers".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(headers) = headers {
            headers.insert(name.to_owned(), value.into());
        }
        self
    }
}

map_property!(CustomResponse);
