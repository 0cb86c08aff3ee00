//! Parts of a distribution besides origins and behaviors.

use crate::ids::Arn;
use crate::part::{part, set_of};

part! {
    /// What viewers get for an error of the origin.
    CustomErrorResponse {
        required { error_code: i64 }
        optional {
            /// The page that is sent, by path; only with `response_code`.
            response_page_path: String = "",
            /// The status that is sent with it; empty for the origin's own.
            response_code: String = "",
            /// Seconds that the error is cached.
            error_caching_min_ttl: i64 = 10i64,
        }
    }
}

part! {
    /// The certificate of a distribution's own names; it stands in us-east-1.
    ViewerCertificate {
        required { acm_certificate_arn: Arn }
        optional {
            /// The oldest TLS that viewers may speak.
            minimum_protocol_version: String = "TLSv1.2_2021",
            /// `sni-only`, or `vip` for an address of its own.
            ssl_support_method: String = "sni-only",
        }
    }
}

part! {
    /// Access logs in an S3 bucket, by the bucket's domain name.
    DistributionLogging {
        required { bucket: String }
        optional {
            /// What the objects' names begin with.
            prefix: String = "",
            /// Whether cookies are logged.
            include_cookies: bool = false,
        }
    }
}

part! {
    /// Which countries are served: `whitelist` or `blacklist`.
    GeoRestriction {
        required { restriction_type: String }
        optional {}
    }
}

impl GeoRestriction {
    /// The countries, by ISO 3166-1 code.
    #[must_use]
    pub fn locations(mut self, countries: &[&str]) -> Self {
        self.0.insert("locations".to_owned(), set_of(countries));
        self
    }
}
