//! `aws:cloudwatch:Dashboard`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{Arn, DashboardName};

resource! {
    /// A page of graphs, one for all regions of the account.
    Dashboard: "aws:cloudwatch:Dashboard", id DashboardName, outputs DashboardOutputs {
        required {
            /// Its widgets, in CloudWatch's own form: `{"widgets": [...]}`.
            dashboard_body: Value { equality(Equality::Json), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            dashboard_name: String { replace(), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Named { property: "dashboard_name" },
            generated_name: Some("dashboard_name"),
            global: true,
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
