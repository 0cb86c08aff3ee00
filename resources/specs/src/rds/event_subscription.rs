//! `aws:rds:EventSubscription`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, EventSubscriptionName};

resource! {
    /// RDS tells a topic of what happens to instances, proxies and the like.
    ///
    /// The topic's policy, and that of its key, let `events.rds.amazonaws.com` in.
    EventSubscription: "aws:rds:EventSubscription", id EventSubscriptionName, outputs EventSubscriptionOutputs {
        required {
            /// The topic.
            sns_topic_arn: Arn { lets_go(LetsGo::Free) },
            /// What its sources are, such as `db-instance` or `db-proxy`.
            source_type: String { replace(), lets_go(LetsGo::Free) },
            /// The names of its sources.
            source_ids: Vec<String> {
                unordered(), names(&["aws:rds:DBInstance", "aws:rds:DBProxy"]), lets_go(LetsGo::Free),
            },
            /// What is told, such as `failover`.
            event_categories: Vec<String> { unordered(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, which RDS keeps in lower case; generated where it is not set.
            subscription_name: String {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// Whether anything is told.
            enabled: bool { default(true) },
            /// Not to be set: `active`, or AWS's word for why its topic hears nothing, such as `no-permission`.
            condition: String { follows(), default("active"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "subscription_name" },
            generated_name: Some("subscription_name"),
            pending: true,
            timing: Timing::new([15, 15, 15], [40, 40, 40]),
        }
    }
}
