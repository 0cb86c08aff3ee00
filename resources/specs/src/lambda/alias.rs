//! `aws:lambda:Alias`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use crate::declare::resource;
use crate::fraction::Fraction;
use crate::ids::{Arn, FunctionAliasId, FunctionName};

resource! {
    /// A name for a version of a function, which can be moved to another one.
    Alias: "aws:lambda:Alias", id FunctionAliasId, outputs AliasOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
            /// Its name.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// The number of the version that it stands for, or `$LATEST`.
            function_version: String { lets_go(LetsGo::Changed) },
        }
        optional {
            /// What it is for.
            description: String { default("") },
            /// Other versions that get a share of the calls, each with its share between 0 and 1.
            additional_version_weights: BTreeMap<String, Fraction> {
                default(Map::new()), lets_go(LetsGo::Emptied),
            },
            /// Not to be set: while its provisioned concurrency moves to another version, Lambda itself shares the calls out;
            /// where that version does not get warm, why stands here.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// Its name, for what stands on it by qualifier.
            qualifier: String,
            /// What Application Auto Scaling calls it: `function:<function>:<alias>`.
            scalable_resource_id: String,
            /// The URI by which API Gateway calls it.
            invoke_arn: String,
        }
        spec {
            identity: Identity::Child { key: &["function_name", "name"] },
            timing: Timing::new([2, 2, 2], [5, 15, 5]).poll(1_000),
            pending: true,
        }
    }
}
