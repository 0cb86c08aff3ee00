//! `aws:rds:DBProxyTargetGroup`

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{Arn, DbProxyName, DbProxyTargetGroupId};

resource! {
    /// The connection pool of a proxy: its target group `default`, which comes and goes with it.
    DbProxyTargetGroup: "aws:rds:DBProxyTargetGroup", id DbProxyTargetGroupId, outputs DbProxyTargetGroupOutputs {
        required {
            /// The proxy.
            db_proxy_name: DbProxyName { replace(), equality(Equality::CaseInsensitive) },
        }
        optional {
            /// How much of the database's `max_connections` the proxy may use, in percent, for each target.
            max_connections_percent: i64 { default(100) },
            /// How much of it may stay open unused, in percent; half of `max_connections_percent` where it is not set.
            max_idle_connections_percent: i64,
            /// Seconds that a client waits for a connection, up to 300; what calls it may give up earlier.
            connection_borrow_timeout: i64 { default(120) },
            /// What does not pin a session to its connection: `EXCLUDE_VARIABLE_SETS`.
            session_pinning_filters: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Statements that begin every connection.
            init_query: String { default(""), lets_go(LetsGo::Free) },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
        }
        spec {
            identity: Identity::Adopted { key: &["db_proxy_name"] },
            timing: Timing::new([5, 5, 5], [30, 15, 15]),
            pending: true,
        }
    }
}
