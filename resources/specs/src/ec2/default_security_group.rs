//! `aws:ec2:DefaultSecurityGroup`

use finsight_engine::schema::{Grants, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use super::Rule;
use crate::declare::resource;
use crate::ids::{SecurityGroupId, VpcId};

resource! {
    /// The security group that AWS makes with a VPC: adopted, not created.
    ///
    /// Without rules nothing that forgets to name a group can talk to anything.
    /// When it is no longer declared it is left without rules; it goes with its VPC.
    DefaultSecurityGroup: "aws:ec2:DefaultSecurityGroup", id SecurityGroupId, outputs DefaultSecurityGroupOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
        }
        optional {
            /// What may come in.
            ingress: Vec<Rule> {
                unordered(), opens(Grants::Network), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
            /// What may go out.
            egress: Vec<Rule> {
                unordered(), opens(Grants::Network), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
        }
        outputs {}
        spec {
            identity: Identity::Adopted { key: &["vpc_id"] },
            timing: Timing::new([2, 2, 1], [10, 10, 15]),
        }
    }
}
