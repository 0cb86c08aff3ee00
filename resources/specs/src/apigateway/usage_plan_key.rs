//! `aws:apigateway:UsagePlanKey`

use finsight_engine::schema::{Identity, Timing};

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
            key_type: String { replace(), default("API_KEY") },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["usage_plan_id", "key_id"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
