//! `aws:ec2:InternetGateway`

use std::collections::BTreeMap;

use finsight_engine::schema::Timing;

use crate::declare::resource;
use crate::ids::InternetGatewayId;

resource! {
    /// A VPC's way to the internet.
    InternetGateway: "aws:ec2:InternetGateway", id InternetGatewayId, outputs InternetGatewayOutputs {
        required {}
        optional {
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            held: true,
            timing: Timing::new([2, 2, 2], [20, 20, 20]),
        }
    }
}
