//! `aws:apigateway:RestApi`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{Arn, RestApiId};

resource! {
    /// A REST API with all that is in it: paths, methods, integrations, authorizers, gateway responses.
    RestApi: "aws:apigateway:RestApi", id RestApiId, outputs RestApiOutputs {
        required {
            /// What is in it: one OpenAPI 3 document with API Gateway's extensions, imported as a whole.
            /// [`OpenApi`](super::OpenApi) builds one, authorizers and gateway responses included.
            body: Value { optional(), write_only(), equality(Equality::Json), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            name: String { lets_go(LetsGo::Free) },
            /// Whether what stands is what was imported. Not to be set: a method, authorizer or gateway
            /// response that someone else added, changed or took away shows here, and the next import
            /// puts it right. Without a body nothing is imported, and what is in the API does not count.
            content: String { follows(), default("as imported"), lets_go(LetsGo::Free) },
            /// Whether an import fails where API Gateway would leave out part of the document.
            fail_on_warnings: bool { write_only(), default(true) },
            /// What it is for.
            description: String { default("") },
            /// `REGIONAL`, `EDGE` or `PRIVATE`.
            endpoint_type: String { default("REGIONAL"), lets_go(LetsGo::Free) },
            /// Whether it can be reached through a custom domain only.
            disable_execute_api_endpoint: bool { default(false) },
            /// Bytes from which answers are compressed; never where it is not set.
            minimum_compression_size: i64 { absent() },
            /// Media types that are passed on as bytes.
            binary_media_types: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// `HEADER` or `AUTHORIZER`: where API keys are read from.
            api_key_source: String { default("HEADER"), lets_go(LetsGo::Free) },
            /// Who may call it; its own paths are `execute-api:/…` there.
            policy: Value { absent(), equality(Equality::Policy), lets_go(LetsGo::Free) },
            /// Not to be set: where API Gateway could not make a change, its word stands here, and it is made again.
            status: String { follows(), default("AVAILABLE"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// What permissions to call it start with: `arn:aws:execute-api:<region>:<account>:<id>`.
            execution_arn: Arn,
            /// The resource of `/`.
            root_resource_id: String,
            /// Changes with its content and with all settings that take effect with a deployment: a new value wants one.
            content_hash: String { volatile },
            /// The same for each method and other part of it.
            content_parts: BTreeMap<String, String> { volatile },
        }
        spec {
            generated_name: Some("name"),
            held: true,
            timing: Timing::new([5, 2, 30], [10, 10, 20]),
            pending: true,
        }
    }
}

impl RestApi {
    /// An API whose content is not given as a whole, but by resources of their own.
    #[must_use]
    pub fn without_body() -> Self {
        Self::new(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use finsight_engine::program::Resource;

    use super::*;

    #[test]
    fn an_api_needs_no_body() {
        let spec = RestApi::spec();
        assert!(spec.property("body").is_some_and(|body| !body.required));
        let mut inputs = RestApi::without_body().name("x").into_inputs();
        spec.fill_defaults(&mut inputs);
        assert!(!inputs.contains_key("body"));
    }
}
