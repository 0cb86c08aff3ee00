//! The origins of a distribution.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use crate::ids::OriginAccessControlId;
use crate::part::{map_property, one, part, set_of};

/// The origins of a distribution by their ids.
#[derive(Clone, Default)]
pub struct Origins(Map);

impl Origins {
    /// No origins yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an origin under the id that behaviors name it by.
    #[must_use]
    pub fn origin(mut self, id: &str, origin: Origin) -> Self {
        self.0.insert(id.to_owned(), Value::Map(origin.0));
        self
    }
}

map_property!(Origins);

part! {
    /// Where CloudFront fetches what it does not have.
    Origin {
        required { domain_name: String }
        optional {
            /// A path put before that of every request: empty, or `/…` without a slash at its end.
            origin_path: String = "",
            /// The access control that signs the requests to S3 or Lambda.
            origin_access_control_id: OriginAccessControlId = "",
            /// How often a connection is tried: 1 to 3.
            connection_attempts: i64 = 3i64,
            /// Seconds that a connection may take: 1 to 10.
            connection_timeout: i64 = 10i64,
            /// How an origin that is not an S3 bucket is reached.
            custom_origin_config: CustomOriginConfig,
        }
    }
}

impl Origin {
    /// A header that every request to the origin carries. Its value may be a secret, and is never shown.
    #[must_use]
    pub fn custom_header(mut self, name: &str, value: impl Into<Input<String>>) -> Self {
        let value = value.into().into_value();
        let headers = self.0.entry("custom_headers".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(headers) = headers {
            headers.insert(name.to_owned(), value);
        }
        self
    }

    /// One region's cache stands between all others and the origin.
    #[must_use]
    pub fn origin_shield(mut self, region: &str) -> Self {
        self.0.insert("origin_shield".to_owned(), Value::Map(one("origin_shield_region", region)));
        self
    }

    /// An S3 bucket, by its regional domain name, whose requests are signed by an access control.
    #[must_use]
    pub fn s3(
        domain_name: impl Into<Input<String>>,
        access: impl Into<Input<OriginAccessControlId>>,
    ) -> Self {
        Self::new(domain_name).origin_access_control_id(access)
    }

    /// A host reached over TLS 1.2 alone.
    #[must_use]
    pub fn https(domain_name: impl Into<Input<String>>) -> Self {
        Self::new(domain_name).custom_origin_config(CustomOriginConfig::new("https-only"))
    }
}

part! {
    /// How an origin is reached: `http-only`, `https-only` or `match-viewer`.
    CustomOriginConfig {
        required { origin_protocol_policy: String }
        optional {
            /// The port of plain HTTP.
            http_port: i64 = 80i64,
            /// The port of HTTPS.
            https_port: i64 = 443i64,
            /// Seconds to wait for an answer: 1 to 120.
            origin_read_timeout: i64 = 30i64,
            /// Seconds that an idle connection is kept: 1 to 120.
            origin_keepalive_timeout: i64 = 5i64,
        }
        preset { origin_ssl_protocols = set_of(&["TLSv1.2"]) }
    }
}

impl CustomOriginConfig {
    /// The versions of TLS that may be spoken; `TLSv1.2` where it is not called.
    #[must_use]
    pub fn origin_ssl_protocols(mut self, versions: &[&str]) -> Self {
        self.0.insert("origin_ssl_protocols".to_owned(), set_of(versions));
        self
    }
}
