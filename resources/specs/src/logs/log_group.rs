//! `aws:logs:LogGroup`

use std::collections::BTreeMap;

use finsight_engine::schema::{Data, Days, Identity, LetsGo, Period, Timing};

use crate::declare::resource;
use crate::ids::{Arn, LogGroupName};

resource! {
    /// A group of log streams with one retention.
    LogGroup: "aws:logs:LogGroup", id LogGroupName, outputs LogGroupOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            log_group_name: String { replace(), lets_go(LetsGo::Free) },
            /// Days that events are kept; for ever where it is not set. A retention policy of the account stands in for
            /// it, as `retention_policy_name` says.
            retention_in_days: i64 { absent() },
            /// The KMS key that encrypts it, by ARN.
            kms_key_id: Arn { absent(), lets_go(LetsGo::Changed) },
            /// `STANDARD` or `INFREQUENT_ACCESS`.
            log_group_class: String { replace(), default("STANDARD"), lets_go(LetsGo::Free) },
            /// Whether AWS refuses to delete it; it has to be off before it goes.
            deletion_protection_enabled: bool { default(false), guards() },
            /// Not to be set: filters that send its events elsewhere and that nothing declares show here; the next update
            /// takes them away.
            subscription_filters: Vec<String> { parts("aws:logs:SubscriptionFilter") },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, without `:*`.
            arn: Arn,
            /// The account's policy whose retention counts in place of its own, where there is one.
            retention_policy_name: String { volatile },
        }
        spec {
            identity: Identity::Named { property: "log_group_name" },
            generated_name: Some("log_group_name"),
            data: Some(Data {
                // Events keep the key with which they came ("Encrypt log data in CloudWatch Logs").
                sealed_by: &["kms_key_id"],
                periods: &[Period {
                    what: "log events",
                    property: "retention_in_days",
                    days: Days::OrForEver,
                }],
                ..Data::new("the events of a log")
            }),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
