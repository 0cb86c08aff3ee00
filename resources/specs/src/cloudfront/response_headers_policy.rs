//! `aws:cloudfront:ResponseHeadersPolicy`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use super::{CorsConfig, ResponseHeader, SecurityHeadersConfig};
use crate::declare::resource;
use crate::ids::ResponseHeadersPolicyId;

resource! {
    /// Headers that CloudFront adds to answers and takes from them.
    ResponseHeadersPolicy: "aws:cloudfront:ResponseHeadersPolicy", id ResponseHeadersPolicyId, outputs ResponseHeadersPolicyOutputs {
        required {}
        optional {
            /// Its name, unique in the account; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// What it is for.
            comment: String { default("") },
            /// For browsers that ask from another origin.
            cors_config: CorsConfig { equality(Equality::CaseInsensitive), absent(), lets_go(LetsGo::Free) },
            /// For the protection of those who look at a page.
            security_headers_config: SecurityHeadersConfig { absent(), lets_go(LetsGo::Free) },
            /// Other headers that are added.
            custom_headers: Vec<ResponseHeader> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Headers of the origin that are taken away.
            remove_headers: Vec<String> {
                equality(Equality::CaseInsensitive), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
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
