//! `aws:sns:Subscription`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::Arn;

resource! {
    /// A subscription of a topic; its id is its ARN. One by mail or HTTP counts as made before its receiver confirms it.
    Subscription: "aws:sns:Subscription", id Arn, outputs SubscriptionOutputs {
        required {
            /// The topic.
            topic_arn: Arn { replace() },
            /// `lambda`, `sqs`, `email`, `email-json`, `https`, `http`, `sms`, `firehose` or `application`.
            protocol: String { replace(), lets_go(LetsGo::Free) },
            /// Where messages go: an ARN, an address, a URL.
            endpoint: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Which messages it gets.
            filter_policy: Value { equality(Equality::Json), absent(), lets_go(LetsGo::Free) },
            /// `MessageAttributes` or `MessageBody`: what the filter looks at.
            filter_policy_scope: String { default("MessageAttributes"), lets_go(LetsGo::Free) },
            /// Whether messages go out without SNS's envelope.
            raw_message_delivery: bool { default(false) },
            /// The queue of messages that could not be delivered: `{"deadLetterTargetArn": …}`.
            redrive_policy: Value { equality(Equality::Json), absent(), lets_go(LetsGo::Free) },
            /// How deliveries over HTTP are tried again.
            delivery_policy: Value { equality(Equality::Json), absent(), lets_go(LetsGo::Free) },
        }
        outputs {
            /// Whether its receiver has not confirmed it yet.
            pending_confirmation: bool { volatile },
            /// `confirmed`, `pending`, or `lapsed` where nobody confirmed it within two days: it stays on record
            /// then, and `--replace` sends its receiver another question.
            confirmation: String { volatile },
        }
        spec {
            identity: Identity::Child { key: &["topic_arn", "protocol", "endpoint"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
