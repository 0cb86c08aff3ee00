//! Parts of a web ACL besides its rules.

use finsight_engine::value::{Map, Value};

use crate::part::{map_property, one, part};

/// The metric and the samples of a web ACL or a rule.
#[derive(Clone)]
pub struct VisibilityConfig(pub(super) Map);

map_property!(VisibilityConfig);

impl VisibilityConfig {
    /// A metric with this name, and samples of requests.
    #[must_use]
    pub fn new(metric_name: &str) -> Self {
        Self(Map::from([
            ("metric_name".to_owned(), metric_name.into()),
            ("cloud_watch_metrics_enabled".to_owned(), true.into()),
            ("sampled_requests_enabled".to_owned(), true.into()),
        ]))
    }

    /// Whether the metric is sent to CloudWatch.
    #[must_use]
    pub fn cloud_watch_metrics_enabled(mut self, enabled: bool) -> Self {
        self.0.insert("cloud_watch_metrics_enabled".to_owned(), enabled.into());
        self
    }

    /// Whether requests are sampled.
    #[must_use]
    pub fn sampled_requests_enabled(mut self, enabled: bool) -> Self {
        self.0.insert("sampled_requests_enabled".to_owned(), enabled.into());
        self
    }
}

/// How much of requests to a kind of resource is looked at.
#[derive(Clone, Default)]
pub struct AssociationConfig(Map);

map_property!(AssociationConfig);

impl AssociationConfig {
    /// AWS's own limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much of the body: `KB_16`, `KB_32`, `KB_48` or `KB_64` for `CLOUDFRONT`, `API_GATEWAY`,
    /// `COGNITO_USER_POOL`, `APP_RUNNER_SERVICE` or `VERIFIED_ACCESS_INSTANCE`.
    #[must_use]
    pub fn request_body(mut self, resource_type: &str, default_size_inspection_limit: &str) -> Self {
        let limits = self.0.entry("request_body".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(limits) = limits {
            let limit = one("default_size_inspection_limit", default_size_inspection_limit);
            limits.insert(resource_type.to_owned(), limit.into());
        }
        self
    }
}

part! {
    /// A body that answers of blocking rules name by its key: `TEXT_PLAIN`, `TEXT_HTML` or `APPLICATION_JSON`.
    CustomResponseBody {
        required { content_type: String, content: String }
        optional {}
    }
}
