//! `aws:config:DeliveryChannel`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, ConfigurationRecorderName, DeliveryChannelName};

resource! {
    /// Where the recorder's record goes: one in a region.
    ///
    /// One that stands already is not taken over unasked: import it.
    DeliveryChannel: "aws:config:DeliveryChannel", id DeliveryChannelName, outputs DeliveryChannelOutputs {
        required {
            /// The bucket, whose policy must let AWS Config write.
            s3_bucket_name: String { names(&["aws:s3:Bucket"]), lets_go(LetsGo::Free) },
            /// The recorder, without which there can be no channel.
            configuration_recorder_name: ConfigurationRecorderName { write_only(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name.
            name: String { replace(), default("default"), lets_go(LetsGo::Free) },
            /// What the names of its objects begin with.
            s3_key_prefix: String { absent(), lets_go(LetsGo::Free) },
            /// The KMS key that encrypts the objects, by ARN.
            s3_kms_key_arn: Arn { absent(), lets_go(LetsGo::Changed) },
            /// The topic that is told of changes, by ARN.
            sns_topic_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// How often a snapshot of everything is delivered, such as `TwentyFour_Hours`.
            delivery_frequency: String { absent(), lets_go(LetsGo::Free) },
            /// Not to be set: whether what is recorded arrives. Where it does not, AWS's words stand here. AWS tries again by
            /// itself, every six hours.
            delivery: String { told(), default("SUCCESS"), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["name"] },
            exclusive: &[&[]],
            timing: Timing::new([2, 2, 2], [10, 5, 10]),
        }
    }
}
