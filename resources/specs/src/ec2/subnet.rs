//! `aws:ec2:Subnet`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{SubnetId, VpcId};

resource! {
    /// A range of a VPC's addresses in one availability zone.
    Subnet: "aws:ec2:Subnet", id SubnetId, outputs SubnetOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
            /// The IPv4 range, within the VPC's.
            cidr_block: String { replace(), equality(Equality::Cidr), lets_go(LetsGo::Free) },
        }
        optional {
            /// The zone, such as `ap-northeast-1a`; AWS chooses where it is not set.
            availability_zone: String { replace(), lets_go(LetsGo::Free) },
            /// Whether instances get public addresses.
            map_public_ip_on_launch: bool { default(false) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// The zone's id, such as `apne1-az4`.
            availability_zone_id: String,
        }
        spec {
            exclusive: &[&["vpc_id", "cidr_block"]],
            held: true,
            timing: Timing::new([3, 2, 3], [10, 5, 75]),
            pending: true,
        }
    }
}
