//! `aws:cloudfront:Distribution`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Scope, Timing};
use finsight_engine::value::Value;

use super::{
    CacheBehavior, CustomErrorResponse, DistributionLogging, GeoRestriction, Origins, PathBehavior,
    ViewerCertificate,
};
use crate::declare::resource;
use crate::ids::{Arn, DistributionId};

resource! {
    /// A distribution of CloudFront's edge.
    Distribution: "aws:cloudfront:Distribution", id DistributionId, outputs DistributionOutputs {
        required {
            /// Its origins by id.
            origins: Origins {
                lets_go(LetsGo::Changed), holds(&["aws:cloudfront:OriginAccessControl"]),
            },
            /// What happens to requests that no path behavior covers.
            default_cache_behavior: CacheBehavior { lets_go(LetsGo::Changed) },
        }
        optional {
            /// Whether it serves.
            enabled: bool { default(true) },
            /// The names it serves besides its own; they need a certificate.
            aliases: Vec<String> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What it is for.
            comment: String { default("") },
            /// What a request for `/` gets, without a slash before it.
            default_root_object: String { default(""), lets_go(LetsGo::Free) },
            /// `http1.1`, `http2`, `http3` or `http2and3`.
            http_version: String { default("http2"), lets_go(LetsGo::Free) },
            /// Whether it has IPv6 addresses.
            is_ipv6_enabled: bool { default(false) },
            /// `PriceClass_All`, `PriceClass_200` or `PriceClass_100`: which edges it uses.
            price_class: String { default("PriceClass_All"), lets_go(LetsGo::Free) },
            /// The web ACL with scope `CLOUDFRONT`, by ARN.
            web_acl_id: Arn { absent(), lets_go(LetsGo::Emptied) },
            /// What happens to the paths of patterns; the first that fits counts.
            cache_behaviors: Vec<PathBehavior> { default(Vec::<Value>::new()), lets_go(LetsGo::Changed) },
            /// What viewers get for errors.
            custom_error_responses: Vec<CustomErrorResponse> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// The certificate of its aliases; CloudFront's own where it is not set.
            viewer_certificate: ViewerCertificate {
                absent(), lets_go(LetsGo::Changed), holds(&["aws:acm:Certificate"]),
            },
            /// Access logs.
            logging: DistributionLogging { absent(), lets_go(LetsGo::Free) },
            /// Which countries are served; all where it is not set.
            restrictions: GeoRestriction { absent(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its own name, such as `d111111abcdef8.cloudfront.net`.
            domain_name: String,
            /// The hosted zone of alias records that point to it, the same for every distribution.
            hosted_zone_id: String,
        }
        spec {
            identity: Identity::Minted { token: true },
            exclusive: &[&["aliases"]],
            scopes: &[("aliases", Scope::World)],
            global: true,
            pending: true,
            timing: Timing::new([300, 240, 480], [90, 90, 120]).poll(5_000),
        }
    }
}
