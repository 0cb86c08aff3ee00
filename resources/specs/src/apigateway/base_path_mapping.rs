//! `aws:apigateway:BasePathMapping`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{ApiDomainName, BasePathMappingId, RestApiId};

resource! {
    /// Which API a path below a custom domain name leads to.
    BasePathMapping: "aws:apigateway:BasePathMapping", id BasePathMappingId, outputs BasePathMappingOutputs {
        required {
            /// The domain name.
            domain_name: ApiDomainName { replace() },
            /// The API.
            rest_api_id: RestApiId { lets_go(LetsGo::Recreated) },
        }
        optional {
            /// The path, without slashes at its ends; all paths where it is empty.
            base_path: String { replace(), default(""), lets_go(LetsGo::Free) },
            /// The stage, as [`StageOutputs::name`](super::StageOutputs::name) gives it; in the path where it is empty.
            stage: String { default(""), lets_go(LetsGo::Recreated) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["domain_name", "base_path"] },
            timing: Timing::new([2, 2, 2], [10, 10, 10]),
        }
    }
}
