//! `aws:logs:QueryDefinition`

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{LogGroupName, QueryDefinitionId};

resource! {
    /// A query that is kept for Logs Insights.
    QueryDefinition: "aws:logs:QueryDefinition", id QueryDefinitionId, outputs QueryDefinitionOutputs {
        required {
            /// Its name; `/` puts it into folders.
            name: String { lets_go(LetsGo::Free) },
            /// The query.
            query_string: String { lets_go(LetsGo::Free) },
        }
        optional {
            /// The log groups that it looks at.
            log_group_names: Vec<LogGroupName> {
                names(&["aws:logs:LogGroup"]), unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["name"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
