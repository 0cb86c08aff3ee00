//! `aws:apigateway:UsagePlanKey`

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use super::ApiStage;
use crate::declare::resource;
use crate::ids::{ApiKeyId, UsagePlanId, UsagePlanKeyId};

resource! {
    /// Lets an API key in by a usage plan.
    UsagePlanKey: "aws:apigateway:UsagePlanKey", id UsagePlanKeyId, outputs UsagePlanKeyOutputs {
        required {
            /// The plan.
            usage_plan_id: UsagePlanId { replace() },
            /// The key.
            key_id: ApiKeyId { replace() },
        }
        optional {
            /// `API_KEY`: there is no other.
            key_type: String { replace(), default("API_KEY"), lets_go(LetsGo::Free) },
            /// The stages of the plan. AWS lets a key into a stage by one plan alone: where they are said here, a plan
            /// that takes the place of another one waits until the key has left that.
            api_stages: Vec<ApiStage> {
                unordered(), write_only(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["usage_plan_id", "key_id"] },
            exclusive: &[&["key_id", "api_stages"]],
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
