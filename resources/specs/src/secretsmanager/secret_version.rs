//! `aws:secretsmanager:SecretVersion`

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{SecretArn, SecretVersionId};

resource! {
    /// The value of a secret, where the program gives it.
    ///
    /// Another value becomes the current version, and the one before stays as `AWSPREVIOUS`. AWS
    /// deletes no version: the value stays in the secret when this resource goes.
    SecretVersion: "aws:secretsmanager:SecretVersion", id SecretVersionId, outputs SecretVersionOutputs {
        required {
            /// The secret.
            secret_id: SecretArn { replace() },
            /// The value.
            secret_string: String { write_only(), secret(), lets_go(LetsGo::Free) },
        }
        optional {
            /// The labels of the version. Without `AWSCURRENT` someone else's value is in force: put this
            /// under `ignore_changes` where a rotation does that.
            version_stages: Vec<String> {
                unordered(), default(vec![Value::from("AWSCURRENT")]), lets_go(LetsGo::Free),
            },
        }
        outputs {
            /// The id of the version.
            version_id: String { volatile },
        }
        spec {
            identity: Identity::Child { key: &["secret_id"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
