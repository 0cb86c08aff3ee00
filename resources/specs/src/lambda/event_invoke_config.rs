//! `aws:lambda:EventInvokeConfig`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, EventInvokeConfigId, FunctionName};

resource! {
    /// How Lambda treats asynchronous events of a function, a version or an alias.
    EventInvokeConfig: "aws:lambda:EventInvokeConfig", id EventInvokeConfigId, outputs EventInvokeConfigOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
        }
        optional {
            /// The version or alias.
            qualifier: String { replace(), default("$LATEST") },
            /// How often a failed call is made again, 0 to 2.
            maximum_retry_attempts: i64 { default(2) },
            /// For how many seconds an event waits to be handled, 60 to 21600.
            maximum_event_age_in_seconds: i64 { default(21_600) },
            /// Where results go, by ARN.
            on_success_destination: Arn { absent(), lets_go(LetsGo::Free) },
            /// Where events go that failed, by ARN.
            on_failure_destination: Arn { absent(), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["function_name", "qualifier"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]).poll(1_000),
        }
    }
}
