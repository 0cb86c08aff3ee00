//! `aws:applicationautoscaling:ScalableTarget`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, ScalableTargetId};

resource! {
    /// Something that is scaled between two bounds.
    ScalableTarget: "aws:applicationautoscaling:ScalableTarget", id ScalableTargetId, outputs ScalableTargetOutputs {
        required {
            /// The service, such as `lambda`.
            service_namespace: String { replace(), lets_go(LetsGo::Free) },
            /// What is scaled, such as `function:<name>:<alias>`.
            resource_id: String { replace() },
            /// What of it is scaled, such as `lambda:function:ProvisionedConcurrency`.
            scalable_dimension: String { replace(), lets_go(LetsGo::Free) },
            /// The least.
            min_capacity: i64,
            /// The most.
            max_capacity: i64,
        }
        optional {
            /// Whether policies may not scale in.
            dynamic_scaling_in_suspended: bool { default(false) },
            /// Whether policies may not scale out.
            dynamic_scaling_out_suspended: bool { default(false) },
            /// Whether scheduled actions do nothing.
            scheduled_scaling_suspended: bool { default(false) },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// What is scaled: with it a policy stands on the target.
            scaled_resource_id: String,
        }
        spec {
            identity: Identity::Child { key: &["service_namespace", "resource_id", "scalable_dimension"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
