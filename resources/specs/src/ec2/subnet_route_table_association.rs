//! `aws:ec2:SubnetRouteTableAssociation`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{RouteTableId, SubnetId, SubnetRouteTableAssociationId};

resource! {
    /// The explicit association of a subnet with a route table.
    ///
    /// A subnet has at most one, so the subnet's id is its physical id; the
    /// association id changes when the table does, and is an output.
    SubnetRouteTableAssociation: "aws:ec2:SubnetRouteTableAssociation", id SubnetRouteTableAssociationId, outputs SubnetRouteTableAssociationOutputs {
        required {
            /// The subnet.
            subnet_id: SubnetId { replace() },
            /// The route table.
            route_table_id: RouteTableId { lets_go(LetsGo::Recreated) },
        }
        optional {}
        outputs {
            /// `rtbassoc-…`
            association_id: String { volatile },
        }
        spec {
            identity: Identity::Child { key: &["subnet_id"] },
            timing: Timing::new([2, 2, 2], [5, 2, 5]),
            pending: true,
        }
    }
}
