//! `aws:ec2:VpcGatewayAttachment`

use finsight_engine::schema::{Identity, Timing};

use crate::declare::resource;
use crate::ids::{InternetGatewayId, VpcGatewayAttachmentId, VpcId};

resource! {
    /// The attachment of an internet gateway to a VPC.
    VpcGatewayAttachment: "aws:ec2:VpcGatewayAttachment", id VpcGatewayAttachmentId, outputs VpcGatewayAttachmentOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
            /// The gateway.
            internet_gateway_id: InternetGatewayId { replace() },
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Child { key: &["internet_gateway_id", "vpc_id"] },
            exclusive: &[&["vpc_id"], &["internet_gateway_id"]],
            timing: Timing::new([2, 2, 5], [20, 20, 20]),
        }
    }
}
