//! `aws:ec2:NatGateway`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{AllocationId, NatGatewayId, SubnetId, VpcGatewayAttachmentId};

resource! {
    /// A private subnet's way out to the internet.
    NatGateway: "aws:ec2:NatGateway", id NatGatewayId, outputs NatGatewayOutputs {
        required {
            /// The subnet that it stands in.
            subnet_id: SubnetId { replace() },
        }
        optional {
            /// The Elastic IP of a public gateway.
            allocation_id: AllocationId { replace() },
            /// `public` or `private`.
            connectivity_type: String { replace(), default("public"), lets_go(LetsGo::Free) },
            /// Its private address; AWS chooses where it is not set.
            private_ip_address: String { replace(), lets_go(LetsGo::Free) },
            /// The attachment of the VPC's internet gateway, which AWS does not undo while a public NAT gateway stands.
            vpc_gateway_attachment: VpcGatewayAttachmentId { write_only(), lets_go(LetsGo::Recreated) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its public address.
            public_ip: String,
            /// Its network interface.
            network_interface_id: String,
        }
        spec {
            identity: Identity::Minted { token: true },
            exclusive: &[&["allocation_id"], &["subnet_id", "private_ip_address"]],
            timing: Timing::new([105, 2, 60], [10, 10, 30]).poll(5_000),
            pending: true,
        }
    }
}
