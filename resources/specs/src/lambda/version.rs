//! `aws:lambda:Version`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, FunctionName, FunctionVersionId};

resource! {
    /// A published version of a function: its code and configuration as they are when it is made.
    ///
    /// A version never changes. When the trigger does, another is published, and what refers to this
    /// resource moves to it; the version before is kept, so that an alias can be moved back.
    Version: "aws:lambda:Version", id FunctionVersionId, outputs VersionOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
            /// A text that changes with whatever a version must freeze: derived from the hash of the code and
            /// from the configuration.
            trigger: String { replace(), write_only(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Whether the published version is kept when this resource goes; it then goes with its function.
            retain_versions: bool { write_only(), default(true) },
        }
        outputs {
            /// Its ARN, with the number.
            arn: Arn,
            /// Its number.
            version: String,
            /// The Base64 text of its archive's SHA-256.
            code_sha256: String,
        }
        spec {
            identity: Identity::Child { key: &["function_name", "trigger"] },
            timing: Timing::new([5, 2, 2], [10, 5, 15]).poll(1_000),
            pending: true,
        }
    }
}
