//! `aws:apigateway:DomainName`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{ApiDomainName, Arn};

resource! {
    /// A regional custom domain name for APIs.
    DomainName: "aws:apigateway:DomainName", id ApiDomainName, outputs DomainNameOutputs {
        required {
            /// The name, such as `api.example.com`.
            domain_name: String { replace(), lets_go(LetsGo::Free) },
            /// The issued certificate, of the same region, by ARN.
            regional_certificate_arn: Arn { lets_go(LetsGo::Changed), holds(&["aws:acm:Certificate"]) },
        }
        optional {
            /// The least TLS: `TLS_1_0`, `TLS_1_2`, or one of `SecurityPolicy_…`.
            security_policy: String { default("TLS_1_2"), lets_go(LetsGo::Free) },
            /// Not to be set: where API Gateway could not make a change, its word stands here, and it is made again.
            status: String { follows(), default("AVAILABLE"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, for tags.
            arn: Arn,
            /// What a DNS alias points at.
            regional_domain_name: String,
            /// The hosted zone of what a DNS alias points at.
            regional_hosted_zone_id: String,
        }
        spec {
            identity: Identity::Named { property: "domain_name" },
            timing: Timing::new([10, 30, 30], [20, 20, 20]).poll(5_000),
            pending: true,
        }
    }
}
