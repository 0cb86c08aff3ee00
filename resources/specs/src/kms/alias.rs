//! `aws:kms:Alias`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{AliasName, KeyId};

resource! {
    /// A name for a key.
    Alias: "aws:kms:Alias", id AliasName, outputs AliasOutputs {
        required {
            /// `alias/` and the name.
            alias_name: String { replace(), lets_go(LetsGo::Free) },
            /// The key.
            target_key_id: KeyId { lets_go(LetsGo::Free) },
        }
        optional {}
        outputs {}
        spec {
            identity: Identity::Child { key: &["alias_name"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
