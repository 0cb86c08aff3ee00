//! `aws:xray:Group`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, TraceGroupName};

resource! {
    /// A group of traces that match a filter.
    Group: "aws:xray:Group", id TraceGroupName, outputs GroupOutputs {
        required {
            /// Its name, at most 32 characters.
            group_name: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Which traces are in it.
            filter_expression: String { default(""), lets_go(LetsGo::Free) },
            /// Whether X-Ray looks for anomalies in it.
            insights_enabled: bool { default(false) },
            /// Whether EventBridge is told of anomalies.
            notifications_enabled: bool { default(false) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "group_name" },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
