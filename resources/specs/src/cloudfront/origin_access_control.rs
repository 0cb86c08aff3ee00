//! `aws:cloudfront:OriginAccessControl`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::OriginAccessControlId;

resource! {
    /// How CloudFront signs its requests to an origin that lets in nobody else.
    OriginAccessControl: "aws:cloudfront:OriginAccessControl", id OriginAccessControlId, outputs OriginAccessControlOutputs {
        required {
            /// `s3`, `lambda`, `mediastore` or `mediapackagev2`.
            origin_access_control_origin_type: String { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, unique in the account; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// `always`, `never`, or `no-override` where a viewer's own signature counts.
            signing_behavior: String { default("always"), lets_go(LetsGo::Free) },
            /// `sigv4`.
            signing_protocol: String { default("sigv4"), lets_go(LetsGo::Free) },
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
