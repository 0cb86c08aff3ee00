//! `aws:apigateway:Stage`

use std::collections::BTreeMap;

use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::Map;

use super::{AccessLog, MethodSetting};
use crate::declare::resource;
use crate::ids::{Arn, DeploymentId, RestApiId, StageId};

resource! {
    /// A deployment under a name that callers reach, with what holds for its calls.
    Stage: "aws:apigateway:Stage", id StageId, outputs StageOutputs {
        required {
            /// The API.
            rest_api_id: RestApiId { replace() },
            /// Its name, the first part of the path.
            stage_name: String { replace(), lets_go(LetsGo::Free) },
            /// The deployment that it shows.
            deployment_id: DeploymentId { lets_go(LetsGo::Changed) },
        }
        optional {
            /// What it is for.
            description: String { default("") },
            /// Whether it has a cache, which costs by the hour.
            cache_cluster_enabled: bool { default(false) },
            /// Gigabytes of the cache: `0.5`, `1.6`, `6.1`, `13.5`, `28.4`, `58.2`, `118` or `237`. Another size empties it.
            cache_cluster_size: String { lets_go(LetsGo::Free) },
            /// Values that mappings and integrations read as `$stageVariables.<name>`.
            variables: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// Whether X-Ray traces it.
            tracing_enabled: bool { default(false) },
            /// Where a line for each call goes. It needs the account's role: let the stage depend on the
            /// [`Account`](super::Account).
            access_log_settings: AccessLog { absent(), lets_go(LetsGo::Free) },
            /// What holds for calls, by path and verb: `*/*` for all, `/users/{id}/GET` for one method.
            method_settings: BTreeMap<String, MethodSetting> { default(Map::new()), lets_go(LetsGo::Free) },
            /// The certificate that it shows to the backends.
            client_certificate_id: String { default(""), lets_go(LetsGo::Emptied) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, as WAF takes it: `arn:aws:apigateway:<region>::/restapis/<api>/stages/<stage>`.
            arn: Arn,
            /// Its name: what mappings and usage plans of this stage refer to, so that they wait for it.
            name: String,
            /// Where it is called: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`.
            invoke_url: String,
            /// What permissions to call it start with: `arn:aws:execute-api:<region>:<account>:<api>/<stage>`.
            execution_arn: Arn,
        }
        spec {
            identity: Identity::Child { key: &["rest_api_id", "stage_name"] },
            timing: Timing::new([1, 1, 1], [90, 90, 15]).poll(3_000),
            pending: true,
        }
    }
}
