//! `aws:ec2:FlowLog`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, FlowLogId, VpcId};

resource! {
    /// The record of a VPC's traffic, in a log group.
    FlowLog: "aws:ec2:FlowLog", id FlowLogId, outputs FlowLogOutputs {
        required {
            /// The VPC that is recorded.
            resource_id: VpcId { replace() },
            /// The log group's ARN, without `:*`.
            log_destination: Arn { replace(), lets_go(LetsGo::Free) },
            /// The role that may write there.
            deliver_logs_permission_arn: Arn { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// `ALL`, `ACCEPT` or `REJECT`.
            traffic_type: String { replace(), default("ALL"), lets_go(LetsGo::Free) },
            /// Seconds in one record: 60 or 600.
            max_aggregation_interval: i64 { replace(), default(600) },
            /// The fields of a record; AWS's default where it is not set.
            log_format: String { replace(), lets_go(LetsGo::Free) },
            /// Not to be set: whether its records arrive. It can be active and deliver nothing; why stands here then.
            delivery: String { follows(), default("SUCCESS"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            identity: Identity::Minted { token: true },
            exclusive: &[&["resource_id", "log_destination"]],
            timing: Timing::new([2, 2, 2], [10, 5, 5]),
        }
    }
}
