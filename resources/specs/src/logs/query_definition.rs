//! `aws:logs:QueryDefinition`

use finsight_engine::schema::{Identity, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{LogGroupName, QueryDefinitionId};

resource! {
    /// A query that is kept for Logs Insights.
    QueryDefinition: "aws:logs:QueryDefinition", id QueryDefinitionId, outputs QueryDefinitionOutputs {
        required {
            /// Its name; `/` puts it into folders.
            name: String,
            /// The query.
            query_string: String,
        }
        optional {
            /// The log groups that it looks at.
            log_group_names: Vec<LogGroupName> { unordered(), default(Vec::<Value>::new()) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["name"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
