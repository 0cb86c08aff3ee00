//! `aws:scheduler:ScheduleGroup`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, Timing};

use crate::declare::resource;
use crate::ids::{Arn, ScheduleGroupName};

resource! {
    /// A group of schedules: its deletion deletes them.
    ScheduleGroup: "aws:scheduler:ScheduleGroup", id ScheduleGroupName, outputs ScheduleGroupOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            name: String { replace() },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "name" },
            exclusive: &[&["name"]],
            generated_name: Some("name"),
            timing: Timing::new([2, 2, 30], [5, 5, 10]),
            pending: true,
        }
    }
}
