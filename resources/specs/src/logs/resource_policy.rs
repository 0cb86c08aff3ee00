//! `aws:logs:ResourcePolicy`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::LogsResourcePolicyName;

resource! {
    /// Lets AWS services write to log groups of the region; ten in a region.
    ResourcePolicy: "aws:logs:ResourcePolicy", id LogsResourcePolicyName, outputs ResourcePolicyOutputs {
        required {
            /// Who may do what with which log groups.
            policy_document: Value { equality(Equality::Policy), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            policy_name: String { replace(), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["policy_name"] },
            generated_name: Some("policy_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
