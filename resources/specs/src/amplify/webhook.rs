//! `aws:amplify:Webhook`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{AmplifyAppId, AmplifyWebhookId, Arn};

resource! {
    /// A secret address that starts a build of a branch.
    Webhook: "aws:amplify:Webhook", id AmplifyWebhookId, outputs WebhookOutputs {
        required {
            /// The app.
            app_id: AmplifyAppId { replace() },
            /// The branch that is built.
            branch_name: String { names(&["aws:amplify:Branch"]), lets_go(LetsGo::Recreated) },
        }
        optional {
            /// What it is for; tells it from others of its branch.
            description: String { default("") },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The address.
            url: String { secret },
        }
        spec {
            identity: Identity::Child { key: &["app_id", "branch_name", "description"] },
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
