//! `aws:sns:Topic`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::Arn;

resource! {
    /// A topic with its whole policy; its id is its ARN.
    Topic: "aws:sns:Topic", id Arn, outputs TopicOutputs {
        required {}
        optional {
            /// Its name; generated where it is not set.
            topic_name: String { replace(), lets_go(LetsGo::Free) },
            /// The name that receivers of text messages and mail see.
            display_name: String { default(""), lets_go(LetsGo::Free) },
            /// The KMS key that encrypts it, by ARN.
            kms_master_key_id: Arn { absent(), lets_go(LetsGo::Changed) },
            /// Who may publish and subscribe; without it the account may, as AWS sets up every topic.
            policy: Value { equality(Equality::Policy), absent(), lets_go(LetsGo::Free) },
            /// How deliveries over HTTP are tried again.
            delivery_policy: Value { equality(Equality::Json), absent(), lets_go(LetsGo::Free) },
            /// `Active` or `PassThrough`: whether X-Ray traces it.
            tracing_config: String { default("PassThrough"), lets_go(LetsGo::Free) },
            /// `1` or `2`: the hash of the signatures, SHA1 or SHA256.
            signature_version: String { default("1"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its name.
            name: String,
        }
        spec {
            identity: Identity::Named { property: "topic_name" },
            generated_name: Some("topic_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
