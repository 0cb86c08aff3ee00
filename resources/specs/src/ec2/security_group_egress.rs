//! `aws:ec2:SecurityGroupEgress`

use finsight_engine::schema::{Grants, Identity, LetsGo, Timing};

use super::Rule;
use crate::declare::resource;
use crate::ids::SecurityGroupId;

resource! {
    /// All egress rules of a security group, owned apart from it.
    ///
    /// For groups whose rules refer to each other in a circle: the group itself
    /// is declared with `ignore_changes: egress`, and this owns them whole. What
    /// it removes when it goes are the rules, not the group.
    SecurityGroupEgress: "aws:ec2:SecurityGroupEgress", id SecurityGroupId, outputs SecurityGroupEgressOutputs {
        required {
            /// The group.
            group_id: SecurityGroupId { replace() },
            /// What may go out.
            egress: Vec<Rule> { unordered(), opens(Grants::Network), lets_go(LetsGo::Emptied) },
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Adopted { key: &["group_id"] },
            timing: Timing::new([2, 2, 2], [10, 10, 10]),
        }
    }
}
