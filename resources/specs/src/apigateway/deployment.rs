//! `aws:apigateway:Deployment`

use finsight_engine::schema::{LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{DeploymentId, RestApiId};

resource! {
    /// What was in a REST API at one time, unchangeable; a stage shows one to callers.
    ///
    /// With the API's `content_hash` as its trigger there is a new one whenever the content
    /// changed: it is made, the stage moves to it, and the one before is deleted.
    Deployment: "aws:apigateway:Deployment", id DeploymentId, outputs DeploymentOutputs {
        required {
            /// The API.
            rest_api_id: RestApiId { replace() },
            /// Its trigger: another value wants another deployment. Give it
            /// [`RestApiOutputs::content_hash`](super::RestApiOutputs::content_hash).
            content_hash: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// What it is for. AWS shows the owner's id behind it: a deployment takes no tags.
            description: String { default("") },
        }
        outputs {}
        spec {
            timing: Timing::new([1, 1, 1], [10, 10, 15]),
        }
    }
}
