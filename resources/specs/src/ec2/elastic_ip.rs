//! `aws:ec2:EIP`

use std::collections::BTreeMap;

use finsight_engine::schema::{LetsGo, Timing};

use crate::declare::resource;
use crate::ids::AllocationId;

resource! {
    /// A fixed public IPv4 address.
    ElasticIp: "aws:ec2:EIP", id AllocationId, outputs ElasticIpOutputs {
        required {}
        optional {
            /// Where the address is announced; AWS takes the region where it is not set.
            network_border_group: String { replace(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// The address.
            public_ip: String,
        }
        spec {
            timing: Timing::new([2, 2, 2], [5, 5, 3]),
        }
    }
}
