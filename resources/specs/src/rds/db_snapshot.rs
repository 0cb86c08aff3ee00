//! `aws:rds:DBSnapshot`

use std::collections::BTreeMap;

use finsight_engine::schema::{Data, Equality, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, DbInstanceId, DbSnapshotId};

resource! {
    /// A snapshot of a database instance, taken when it is created and kept until it is deleted.
    DbSnapshot: "aws:rds:DBSnapshot", id DbSnapshotId, outputs DbSnapshotOutputs {
        required {
            /// The instance.
            db_instance_identifier: DbInstanceId {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
        }
        optional {
            /// Its name, which RDS keeps in lower case; generated where it is not set.
            db_snapshot_identifier: String {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The engine's version at that time.
            engine_version: String,
            /// The KMS key that encrypts it, by ARN; none where it is not encrypted.
            kms_key_id: Arn,
        }
        spec {
            identity: Identity::Named { property: "db_snapshot_identifier" },
            generated_name: Some("db_snapshot_identifier"),
            data: Some(Data::new("a snapshot of a database")),
            timing: Timing::new([120, 2, 5], [60, 5, 10]).poll(5_000),
            pending: true,
        }
    }
}
