//! `aws:amplify:Branch`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use crate::declare::resource;
use crate::ids::{AmplifyAppId, AmplifyBranchId, Arn};

resource! {
    /// A branch of an app's repository, built and hosted.
    Branch: "aws:amplify:Branch", id AmplifyBranchId, outputs BranchOutputs {
        required {
            /// The app.
            app_id: AmplifyAppId { replace() },
            /// The branch of the repository.
            branch_name: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// `PRODUCTION`, `BETA`, `DEVELOPMENT`, `EXPERIMENTAL` or `PULL_REQUEST`.
            stage: String { lets_go(LetsGo::Free) },
            /// The framework; Amplify detects it where it is not set.
            framework: String { lets_go(LetsGo::Free) },
            /// Whether a push builds it.
            enable_auto_build: bool { default(true) },
            /// Whether the end of a build is notified.
            enable_notification: bool { default(false) },
            /// Whether pull requests get previews.
            enable_pull_request_preview: bool { default(false) },
            /// The environment of previews.
            pull_request_environment_name: String { default(""), lets_go(LetsGo::Free) },
            /// Whether visitors need a name and a password.
            enable_basic_auth: bool { default(false) },
            /// Base64 of `user:password`.
            basic_auth_credentials: String { secret(), write_only(), lets_go(LetsGo::Free) },
            /// Whether browsers keep to the server version that they loaded.
            enable_skew_protection: bool { default(false) },
            /// Environment variables, over those of the app.
            environment_variables: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// Seconds that content may be kept.
            ttl: String { default("5"), lets_go(LetsGo::Free) },
            /// The label before the app's domain; made of the branch's name where it is not set.
            display_name: String { lets_go(LetsGo::Free) },
            /// How it is built, in YAML; as the app where it is not set.
            build_spec: String { lets_go(LetsGo::Free) },
            /// The role that its server side runs in, by ARN.
            compute_role_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The branch's name.
            branch_name: String,
        }
        spec {
            identity: Identity::Child { key: &["app_id", "branch_name"] },
            // The label before the app's domain.
            exclusive: &[&["app_id", "display_name"]],
            timing: Timing::new([3, 2, 3], [5, 5, 10]),
        }
    }
}
