//! `aws:wafv2:WebACLAssociation`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, WebAclAssociationId};

resource! {
    /// A web ACL before a resource of the region, such as an API's stage. A distribution names its web ACL itself.
    WebAclAssociation: "aws:wafv2:WebACLAssociation", id WebAclAssociationId, outputs WebAclAssociationOutputs {
        required {
            /// The resource, by ARN.
            resource_arn: Arn { replace() },
            /// The web ACL, by ARN.
            web_acl_arn: Arn { lets_go(LetsGo::Recreated) },
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Child { key: &["resource_arn"] },
            timing: Timing::new([10, 10, 5], [15, 15, 10]),
        }
    }
}
