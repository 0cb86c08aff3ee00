//! `aws:rds:DBParameterGroup`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use crate::declare::resource;
use crate::ids::{Arn, DbParameterGroupName};

resource! {
    /// Parameters of the database engine, all that differ from its defaults: one that someone
    /// else set is drift.
    ///
    /// A static parameter takes effect with a reboot, which the instance's `static_parameters`
    /// asks for in the same run, and its `parameter_apply_status` whenever one is due.
    DbParameterGroup: "aws:rds:DBParameterGroup", id DbParameterGroupName, outputs DbParameterGroupOutputs {
        required {
            /// The engine and major version, such as `postgres15`.
            db_parameter_group_family: String { replace(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { replace() },
        }
        optional {
            /// Its name, which RDS keeps in lower case; generated where it is not set.
            db_parameter_group_name: String {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// Values by parameter name; those that are not named have the engine's defaults.
            parameters: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "db_parameter_group_name" },
            generated_name: Some("db_parameter_group_name"),
            held: true,
            timing: Timing::new([5, 5, 2], [5, 5, 15]),
        }
    }
}
