//! `aws:wafv2:IPSet`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, IpSetId};

resource! {
    /// Addresses that rules of web ACLs name.
    IpSet: "aws:wafv2:IPSet", id IpSetId, outputs IpSetOutputs {
        required {
            /// `REGIONAL`, or `CLOUDFRONT` in us-east-1 alone.
            scope: String { replace(), lets_go(LetsGo::Free) },
            /// `IPV4` or `IPV6`.
            ip_address_version: String { replace(), lets_go(LetsGo::Free) },
            /// The ranges, such as `192.0.2.0/24`, without host bits; one address is a `/32` or `/128`.
            addresses: Vec<String> { equality(Equality::Cidr), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, unique in region and scope; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "name" },
            exclusive: &[&["name", "scope"]],
            generated_name: Some("name"),
            timing: Timing::new([3, 3, 5], [10, 10, 15]),
        }
    }
}
