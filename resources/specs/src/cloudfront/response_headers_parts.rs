//! Parts of a policy for the headers of answers.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use crate::part::{map_property, part, set_of};

part! {
    /// Headers for browsers that ask from another origin.
    CorsConfig {
        required {}
        optional {
            /// Whether requests may carry credentials.
            access_control_allow_credentials: bool = false,
            /// Seconds that a browser may keep the answer to a preflight.
            access_control_max_age_sec: i64,
            /// Whether these headers win over the origin's.
            origin_override: bool = true,
        }
    }
}

impl CorsConfig {
    /// The origins that may ask, such as `https://example.com`.
    #[must_use]
    pub fn access_control_allow_origins(self, origins: &[&str]) -> Self {
        self.with("access_control_allow_origins", origins)
    }

    /// All origins below a domain besides, which is known later: those of the previews of a site. To be called after
    /// [`access_control_allow_origins`](Self::access_control_allow_origins).
    #[must_use]
    pub fn and_origins_below(mut self, domain: impl Into<Input<String>>) -> Self {
        const BELOW: &str = "https://*.";
        let origin: Input<String> =
            finsight_engine::program::concat([Input::from(BELOW), domain.into()]).into();
        let origins = self
            .0
            .entry("access_control_allow_origins".to_owned())
            .or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(origins) = origins {
            // A set has its items in their order, and a star comes before whatever a name begins with.
            let at = origins.iter().take_while(|one| one.as_text().is_some_and(|text| text < BELOW)).count();
            origins.insert(at, origin.into_value());
        }
        self
    }

    /// The methods that they may use; `ALL` for every one.
    #[must_use]
    pub fn access_control_allow_methods(self, methods: &[&str]) -> Self {
        self.with("access_control_allow_methods", methods)
    }

    /// The headers that they may send.
    #[must_use]
    pub fn access_control_allow_headers(self, headers: &[&str]) -> Self {
        self.with("access_control_allow_headers", headers)
    }

    /// The headers that they may read.
    #[must_use]
    pub fn access_control_expose_headers(self, headers: &[&str]) -> Self {
        self.with("access_control_expose_headers", headers)
    }

    fn with(mut self, key: &str, items: &[&str]) -> Self {
        self.0.insert(key.to_owned(), set_of(items));
        self
    }
}

/// Headers that protect those who look at a page. Each wins over the origin's if `override` is true.
#[derive(Clone, Default)]
pub struct SecurityHeadersConfig(Map);

map_property!(SecurityHeadersConfig);

impl SecurityHeadersConfig {
    /// None of them yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `Strict-Transport-Security`.
    #[must_use]
    pub fn strict_transport_security(
        self,
        max_age_sec: i64,
        include_subdomains: bool,
        preload: bool,
        r#override: bool,
    ) -> Self {
        let members = [
            ("access_control_max_age_sec", Value::Int(max_age_sec)),
            ("include_subdomains", include_subdomains.into()),
            ("preload", preload.into()),
        ];
        self.with("strict_transport_security", r#override, members)
    }

    /// `X-Content-Type-Options: nosniff`.
    #[must_use]
    pub fn content_type_options(self, r#override: bool) -> Self {
        self.with("content_type_options", r#override, [])
    }

    /// `X-Frame-Options`: `DENY` or `SAMEORIGIN`.
    #[must_use]
    pub fn frame_options(self, frame_option: &str, r#override: bool) -> Self {
        self.with("frame_options", r#override, [("frame_option", frame_option.into())])
    }

    /// `Referrer-Policy`, such as `strict-origin-when-cross-origin`.
    #[must_use]
    pub fn referrer_policy(self, referrer_policy: &str, r#override: bool) -> Self {
        self.with("referrer_policy", r#override, [("referrer_policy", referrer_policy.into())])
    }

    /// `Content-Security-Policy`.
    #[must_use]
    pub fn content_security_policy(self, policy: &str, r#override: bool) -> Self {
        self.with("content_security_policy", r#override, [("content_security_policy", policy.into())])
    }

    /// `X-XSS-Protection`, which modern browsers ignore.
    #[must_use]
    pub fn xss_protection(self, protection: bool, mode_block: bool, r#override: bool) -> Self {
        let members = [("protection", protection.into()), ("mode_block", mode_block.into())];
        self.with("xss_protection", r#override, members)
    }

    fn with<const N: usize>(mut self, key: &str, r#override: bool, members: [(&str, Value); N]) -> Self {
        let mut header: Map = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        header.insert("override".to_owned(), r#override.into());
        self.0.insert(key.to_owned(), Value::Map(header));
        self
    }
}

/// A header of every answer.
#[derive(Clone)]
pub struct ResponseHeader(Map);

map_property!(ResponseHeader);

impl ResponseHeader {
    /// A header with its value; it wins over the origin's.
    #[must_use]
    pub fn new(header: impl Into<Input<String>>, value: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("header".to_owned(), header.into().into_value()),
            ("value".to_owned(), value.into().into_value()),
            // By hand: a raw identifier would be the member's name with `r#`.
            ("override".to_owned(), true.into()),
        ]))
    }

    /// Whether it wins over the origin's.
    #[must_use]
    pub fn r#override(mut self, wins: bool) -> Self {
        self.0.insert("override".to_owned(), wins.into());
        self
    }
}
