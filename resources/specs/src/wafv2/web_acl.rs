//! `aws:wafv2:WebACL`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use super::{Action, AssociationConfig, CustomResponseBody, Rules, VisibilityConfig};
use crate::declare::resource;
use crate::ids::{Arn, WebAclId};

resource! {
    /// A web ACL with all its rules: a rule that someone else added is drift.
    WebAcl: "aws:wafv2:WebACL", id WebAclId, outputs WebAclOutputs {
        required {
            /// `REGIONAL`, or `CLOUDFRONT` in us-east-1 alone.
            scope: String { replace(), lets_go(LetsGo::Free) },
            /// What happens to requests that no rule decides on: they are allowed or blocked.
            default_action: Action { lets_go(LetsGo::Free) },
            /// The metric of those requests, and samples.
            visibility_config: VisibilityConfig { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, unique in region and scope; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Its rules by name.
            rules: Rules { default(Map::new()), lets_go(LetsGo::Emptied), holds(&["aws:wafv2:IPSet"]) },
            /// How much of requests is looked at.
            association_config: AssociationConfig { absent(), lets_go(LetsGo::Free) },
            /// Bodies for the answers of blocking rules, by key.
            custom_response_bodies: BTreeMap<String, CustomResponseBody> {
                default(Map::new()), lets_go(LetsGo::Free),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its price in web ACL capacity units.
            capacity: i64 { volatile },
        }
        spec {
            identity: Identity::Named { property: "name" },
            exclusive: &[&["name", "scope"]],
            generated_name: Some("name"),
            held: true,
            timing: Timing::new([5, 5, 10], [10, 10, 15]),
        }
    }
}
