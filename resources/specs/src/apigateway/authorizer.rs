//! `aws:apigateway:Authorizer`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{Arn, AuthorizerId, RestApiId};

resource! {
    /// A Lambda authorizer of a REST API whose content does not come from an OpenAPI document.
    ///
    /// Where the API has a `body`, its authorizers are declared in it
    /// (see [`OpenApi::authorizer`](super::OpenApi::authorizer)), and this type refuses to add one:
    /// the next import would take it away again.
    Authorizer: "aws:apigateway:Authorizer", id AuthorizerId, outputs AuthorizerOutputs {
        required {
            /// The API.
            rest_api_id: RestApiId { replace() },
            /// `TOKEN`, which gets one header, or `REQUEST`, which gets the whole request.
            authorizer_type: String { lets_go(LetsGo::Free) },
            /// The URI by which API Gateway calls the function: its or its alias' `invoke_arn`.
            authorizer_uri: String { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, unique in its API; generated where it is not set.
            name: String { replace(), lets_go(LetsGo::Free) },
            /// The role in which the function is called, by ARN; none where the function's policy allows it.
            authorizer_credentials: Arn { absent(), lets_go(LetsGo::Free) },
            /// Seconds for which an answer is kept; 0 for never.
            authorizer_result_ttl_in_seconds: i64 { default(300) },
            /// Where callers show who they are, separated by commas: `method.request.header.Authorization`.
            /// An answer is kept for each value of it.
            identity_source: String { default("method.request.header.Authorization"), lets_go(LetsGo::Free) },
            /// What a token must look like to be worth a call: a regular expression, with `TOKEN` only.
            identity_validation_expression: String { default(""), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["rest_api_id", "name"] },
            generated_name: Some("name"),
            timing: Timing::new([2, 2, 2], [10, 10, 10]),
        }
    }
}
