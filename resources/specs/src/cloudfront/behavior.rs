//! What a distribution does with requests.

use finsight_engine::value::{Map, Value};

use crate::ids::{Arn, CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId};
use crate::part::{map_property, part, set_of};

part! {
    /// What happens to requests: which origin, which policies.
    CacheBehavior {
        required { target_origin_id: String, viewer_protocol_policy: String, cache_policy_id: CachePolicyId }
        optional {
            /// What of a request is sent to the origin besides the cache key.
            origin_request_policy_id: OriginRequestPolicyId = "",
            /// What is added to answers.
            response_headers_policy_id: ResponseHeadersPolicyId = "",
            /// Whether CloudFront compresses what viewers can take compressed.
            compress: bool = true,
        }
        preset { allowed_methods = set_of(&["GET", "HEAD"]), cached_methods = set_of(&["GET", "HEAD"]) }
    }
}

impl CacheBehavior {
    /// The methods that reach the origin: `GET` and `HEAD`, those and `OPTIONS`, or all seven.
    #[must_use]
    pub fn allowed_methods(mut self, methods: &[&str]) -> Self {
        self.0.insert("allowed_methods".to_owned(), set_of(methods));
        self
    }

    /// The methods whose answers are cached: `GET` and `HEAD`, or those and `OPTIONS`.
    #[must_use]
    pub fn cached_methods(mut self, methods: &[&str]) -> Self {
        self.0.insert("cached_methods".to_owned(), set_of(methods));
        self
    }

    /// Every method reaches the origin.
    #[must_use]
    pub fn all_methods(self) -> Self {
        self.allowed_methods(&["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"])
    }

    /// A CloudFront function, by ARN, run at `viewer-request` or `viewer-response`.
    #[must_use]
    pub fn function(
        mut self,
        event_type: &str,
        arn: impl Into<finsight_engine::program::Input<Arn>>,
    ) -> Self {
        let arn = arn.into().into_value();
        let functions =
            self.0.entry("function_associations".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(functions) = functions {
            functions.insert(event_type.to_owned(), arn);
        }
        self
    }

    /// The same for the paths of a pattern, such as `/api/*`.
    #[must_use]
    pub fn at(mut self, path_pattern: &str) -> PathBehavior {
        self.0.insert("path_pattern".to_owned(), path_pattern.into());
        PathBehavior(self.0)
    }
}

/// What happens to requests for the paths of a pattern.
#[derive(Clone)]
pub struct PathBehavior(Map);

map_property!(PathBehavior);
