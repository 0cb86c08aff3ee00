//! `aws:logs:SubscriptionFilter`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, LogGroupName, SubscriptionFilterId};

resource! {
    /// Sends the events of a log group on, to a function or a stream.
    SubscriptionFilter: "aws:logs:SubscriptionFilter", id SubscriptionFilterId, outputs SubscriptionFilterOutputs {
        required {
            /// The log group.
            log_group_name: LogGroupName { replace() },
            /// Which events are sent; all where it is empty.
            filter_pattern: String { lets_go(LetsGo::Free) },
            /// Where they are sent, by ARN.
            destination_arn: Arn { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name within the group; generated where it is not set.
            filter_name: String { replace(), lets_go(LetsGo::Free) },
            /// The role that may write to a stream, by ARN; functions need none.
            role_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// How events spread over the shards of a stream: `ByLogStream` or `Random`.
            distribution: String { default("ByLogStream"), lets_go(LetsGo::Free) },
            /// Whether it sends the events as the group's transformer leaves them.
            apply_on_transformed_logs: bool { default(false) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["log_group_name", "filter_name"] },
            generated_name: Some("filter_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
