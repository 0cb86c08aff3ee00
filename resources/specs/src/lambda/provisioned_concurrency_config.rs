//! `aws:lambda:ProvisionedConcurrencyConfig`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{FunctionName, ProvisionedConcurrencyConfigId};

resource! {
    /// Environments of a version or an alias that are kept warm.
    ///
    /// Where Application Auto Scaling sets the number, `provisioned_concurrent_executions` belongs among
    /// the ignored changes.
    ProvisionedConcurrencyConfig: "aws:lambda:ProvisionedConcurrencyConfig", id ProvisionedConcurrencyConfigId, outputs ProvisionedConcurrencyConfigOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
            /// The alias, or the number of the version.
            qualifier: String { replace() },
            /// How many.
            provisioned_concurrent_executions: i64,
        }
        optional {
            /// Not to be set: `fit`, or why the environments did not get warm. Then they are asked for again.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["function_name", "qualifier"] },
            timing: Timing::new([120, 120, 5], [15, 15, 15]).poll(5_000),
            pending: true,
        }
    }
}
