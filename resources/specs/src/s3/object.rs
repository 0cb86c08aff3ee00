//! `aws:s3:Object`

use finsight_engine::schema::{Identity, LetsGo, Scope, Timing};

use crate::declare::resource;
use crate::ids::{BucketName, ObjectId};

resource! {
    /// An object of a bucket: a text, or an archive that lies beside the program.
    Object: "aws:s3:Object", id ObjectId, outputs ObjectOutputs {
        required {
            /// The bucket.
            bucket: BucketName { replace() },
            /// Its key.
            key: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its content, a text.
            content: String { absent(), lets_go(LetsGo::Free) },
            /// Its content, a file that lies beside the program as `<SHA-256>.zip`, by the lower-case
            /// hexadecimal digits of its SHA-256.
            artifact: String { absent(), lets_go(LetsGo::Free) },
            /// Its MIME type.
            content_type: String { default("application/octet-stream"), lets_go(LetsGo::Free) },
        }
        outputs {
            /// Its version, where the bucket keeps versions.
            version_id: String { volatile },
            /// Its entity tag.
            etag: String { volatile },
        }
        spec {
            identity: Identity::Child { key: &["bucket", "key"] },
            scopes: &[("bucket", Scope::World)],
            timing: Timing::new([3, 3, 2], [30, 30, 10]),
        }
    }
}
