//! `aws:scheduler:ScheduleGroup`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, ScheduleGroupName};

resource! {
    /// A group of schedules: its deletion deletes them.
    ScheduleGroup: "aws:scheduler:ScheduleGroup", id ScheduleGroupName, outputs ScheduleGroupOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "name" },
            generated_name: Some("name"),
            held: true,
            timing: Timing::new([2, 2, 30], [5, 5, 10]),
            pending: true,
        }
    }
}
