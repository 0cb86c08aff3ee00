//! `aws:cloudfront:OriginRequestPolicy`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};

use super::{CookiesConfig, HeadersConfig, QueryStringsConfig};
use crate::declare::resource;
use crate::ids::OriginRequestPolicyId;

resource! {
    /// What of a viewer's request is sent to the origin besides the cache key.
    OriginRequestPolicy: "aws:cloudfront:OriginRequestPolicy", id OriginRequestPolicyId, outputs OriginRequestPolicyOutputs {
        required {}
        optional {
            /// Its name, unique in the account; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// What it is for.
            comment: String { default("") },
            /// The headers that are sent.
            headers_config: HeadersConfig {
                equality(Equality::CaseInsensitive), default(HeadersConfig::default_value()), lets_go(LetsGo::Free),
            },
            /// The cookies that are sent.
            cookies_config: CookiesConfig {
                unordered(), default(CookiesConfig::default_value()), lets_go(LetsGo::Free),
            },
            /// The query strings that are sent.
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
