//! `aws:rds:DBProxyTarget`

use finsight_engine::schema::{Equality, Identity, Timing};

use crate::declare::resource;
use crate::ids::{DbInstanceId, DbProxyName, DbProxyTargetId};

resource! {
    /// A database instance behind a proxy, in its target group `default`.
    DbProxyTarget: "aws:rds:DBProxyTarget", id DbProxyTargetId, outputs DbProxyTargetOutputs {
        required {
            /// The proxy.
            db_proxy_name: DbProxyName { replace(), equality(Equality::CaseInsensitive) },
            /// The instance.
            db_instance_identifier: DbInstanceId { replace(), equality(Equality::CaseInsensitive) },
        }
        optional {}
        outputs {
            /// The host name of the instance.
            endpoint: String,
            /// Its port.
            port: i64 { volatile },
        }
        spec {
            identity: Identity::Child { key: &["db_proxy_name", "db_instance_identifier"] },
            // A proxy has one target.
            exclusive: &[&["db_proxy_name"]],
            timing: Timing::new([310, 5, 2], [30, 10, 20]).poll(5_000),
            pending: true,
        }
    }
}
