//! `aws:cloudwatch:CompositeAlarm`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{AlarmName, Arn};

resource! {
    /// An alarm on other alarms.
    CompositeAlarm: "aws:cloudwatch:CompositeAlarm", id AlarmName, outputs CompositeAlarmOutputs {
        required {
            /// When it goes off: an expression such as `ALARM("a") OR ALARM("b")`.
            alarm_rule: String { lets_go(LetsGo::Recreated) },
        }
        optional {
            /// Its name; generated where it is not set.
            alarm_name: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            alarm_description: String { default("") },
            /// Whether its actions are taken.
            actions_enabled: bool { default(true) },
            /// What is done when it goes off, by ARN.
            alarm_actions: Vec<Arn> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What is done when all is well again.
            ok_actions: Vec<Arn> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// What is done when there is too little data.
            insufficient_data_actions: Vec<Arn> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// The alarm that holds its actions back, by name or ARN.
            actions_suppressor: String { absent(), lets_go(LetsGo::Recreated) },
            /// Seconds that it waits for the suppressor to go off.
            actions_suppressor_wait_period: i64 { absent() },
            /// Seconds that it waits after the suppressor went back.
            actions_suppressor_extension_period: i64 { absent() },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "alarm_name" },
            generated_name: Some("alarm_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 10]),
        }
    }
}
