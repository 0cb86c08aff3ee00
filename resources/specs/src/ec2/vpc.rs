//! `aws:ec2:Vpc`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{RouteTableId, SecurityGroupId, VpcId};

resource! {
    /// A virtual network.
    Vpc: "aws:ec2:Vpc", id VpcId, outputs VpcOutputs {
        required {
            /// The IPv4 range, /16 to /28.
            cidr_block: String { replace(), equality(Equality::Cidr), lets_go(LetsGo::Free) },
        }
        optional {
            /// Whether Amazon's DNS server answers in it.
            enable_dns_support: bool { default(true) },
            /// Whether instances with public addresses get DNS names.
            enable_dns_hostnames: bool { default(false) },
            /// `default` or `dedicated`; back to `default` it changes in place.
            instance_tenancy: String { replace(), eased("default"), default("default"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// The security group that comes with it.
            default_security_group_id: SecurityGroupId,
            /// The route table that comes with it.
            main_route_table_id: RouteTableId,
        }
        spec {
            held: true,
            timing: Timing::new([3, 2, 2], [10, 5, 20]),
            pending: true,
        }
    }
}
