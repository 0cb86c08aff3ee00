//! `aws:cloudtrail:Trail`

use std::collections::BTreeMap;

use finsight_engine::program::Property;
use finsight_engine::schema::{Identity, LetsGo, Scope, Timing};
use finsight_engine::value::Value;

use super::{AdvancedEventSelector, EventSelector, InsightSelector};
use crate::declare::resource;
use crate::ids::{Arn, TrailName};

resource! {
    /// A record of API calls, kept in a bucket whose policy must let CloudTrail write.
    Trail: "aws:cloudtrail:Trail", id TrailName, outputs TrailOutputs {
        required {
            /// The bucket.
            s3_bucket_name: String { names(&["aws:s3:Bucket"]), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// What the names of its objects begin with.
            s3_key_prefix: String { absent(), lets_go(LetsGo::Free) },
            /// The topic that is told of new objects, by ARN.
            sns_topic_name: Arn { absent(), lets_go(LetsGo::Free) },
            /// Whether events of global services such as IAM are recorded.
            include_global_service_events: bool { default(true) },
            /// Whether it records all regions.
            is_multi_region_trail: bool { default(false) },
            /// Whether digests let one prove that the record is whole.
            enable_log_file_validation: bool { default(false) },
            /// The log group that also gets the events, by ARN without `:*`.
            cloud_watch_logs_log_group_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// The role that may write to the log group, by ARN.
            cloud_watch_logs_role_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// The KMS key that encrypts the objects, by ARN.
            kms_key_id: Arn { absent(), lets_go(LetsGo::Changed) },
            /// Whether it records.
            is_logging: bool { default(true) },
            /// Which events it records; all management events where neither kind of selector is set.
            event_selectors: Vec<EventSelector> {
                unordered(), default(vec![EventSelector::new("All").to_value()]), lets_go(LetsGo::Free),
            },
            /// The same, in the advanced form, which then holds alone.
            advanced_event_selectors: Vec<AdvancedEventSelector> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Which unusual activity is looked for.
            insight_selectors: Vec<InsightSelector> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Not to be set: whether its files, their digests, its events and its notices arrive. It can record and deliver
            /// nothing; AWS's words stand here then. AWS tries again by itself.
            delivery: String { told(), default("SUCCESS"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The region that it belongs to.
            home_region: String,
        }
        spec {
            identity: Identity::Named { property: "name" },
            // A trail of all regions has its name in all of them.
            exclusive: &[&["name"], &["name", "is_multi_region_trail"]],
            scopes: &[("is_multi_region_trail", Scope::Account)],
            generated_name: Some("name"),
            witness: true,
            timing: Timing::new([4, 3, 2], [10, 10, 5]),
        }
    }
}
