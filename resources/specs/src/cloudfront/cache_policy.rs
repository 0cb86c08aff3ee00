//! `aws:cloudfront:CachePolicy`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};

use super::{CookiesConfig, HeadersConfig, QueryStringsConfig};
use crate::declare::resource;
use crate::ids::CachePolicyId;

resource! {
    /// What makes two requests the same for the cache, and for how long answers are kept.
    CachePolicy: "aws:cloudfront:CachePolicy", id CachePolicyId, outputs CachePolicyOutputs {
        required {}
        optional {
            /// Its name, unique in the account; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// What it is for.
            comment: String { default("") },
            /// Seconds that answers are kept at least.
            min_ttl: i64 { default(0) },
            /// Seconds that answers without cache headers are kept.
            default_ttl: i64 { default(86_400) },
            /// Seconds that answers are kept at most.
            max_ttl: i64 { default(31_536_000) },
            /// Whether gzip is part of the cache key.
            enable_accept_encoding_gzip: bool { default(false) },
            /// Whether Brotli is part of the cache key.
            enable_accept_encoding_brotli: bool { default(false) },
            /// The headers of the cache key.
            headers_config: HeadersConfig {
                equality(Equality::CaseInsensitive), default(HeadersConfig::default_value()), lets_go(LetsGo::Free),
            },
            /// The cookies of the cache key.
            cookies_config: CookiesConfig {
                unordered(), default(CookiesConfig::default_value()), lets_go(LetsGo::Free),
            },
            /// The query strings of the cache key.
            query_strings_config: QueryStringsConfig {
                unordered(), default(QueryStringsConfig::default_value()), lets_go(LetsGo::Free),
            },
        }
        outputs {}
        spec {
            identity: Identity::Named { property: "name" },
            generated_name: Some("name"),
            global: true,
            timing: Timing::new([3, 3, 3], [10, 10, 30]),
        }
    }
}
