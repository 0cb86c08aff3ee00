//! `aws:applicationautoscaling:ScalingPolicy`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::fraction::Fraction;
use crate::ids::{Arn, ScalingPolicyId};

resource! {
    /// Keeps a metric of a scalable target near a value (target tracking).
    ScalingPolicy: "aws:applicationautoscaling:ScalingPolicy", id ScalingPolicyId, outputs ScalingPolicyOutputs {
        required {
            /// Its name.
            policy_name: String { replace(), lets_go(LetsGo::Free) },
            /// The target's service.
            service_namespace: String { replace(), lets_go(LetsGo::Free) },
            /// What is scaled: the target's output `scaled_resource_id`.
            resource_id: String { replace() },
            /// What of it is scaled.
            scalable_dimension: String { replace(), lets_go(LetsGo::Free) },
            /// The metric, such as `LambdaProvisionedConcurrencyUtilization`.
            predefined_metric_type: String { lets_go(LetsGo::Free) },
            /// The value that the metric is kept near.
            target_value: Fraction,
        }
        optional {
            /// The resource that the metric is of, where its type does not say it.
            resource_label: String { absent(), lets_go(LetsGo::Free) },
            /// Seconds between two steps in; AWS chooses where it is not set.
            scale_in_cooldown: i64,
            /// Seconds between two steps out; AWS chooses where it is not set.
            scale_out_cooldown: i64,
            /// Whether it never scales in.
            disable_scale_in: bool { default(false) },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Child {
                key: &["policy_name", "service_namespace", "resource_id", "scalable_dimension"],
            },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
