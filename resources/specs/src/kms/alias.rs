//! `aws:kms:Alias`

use finsight_engine::schema::{Identity, Timing};

use crate::declare::resource;
use crate::ids::{AliasName, KeyId};

resource! {
    /// A name for a key.
    Alias: "aws:kms:Alias", id AliasName, outputs AliasOutputs {
        required {
            /// `alias/` and the name.
            alias_name: String { replace() },
            /// The key.
            target_key_id: KeyId,
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Child { key: &["alias_name"] },
            exclusive: &[&["alias_name"]],
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
