//! M3: what callers get, by the API's access log.

use finsight_engine::program::Scope;
use finsight_specs::logs::{MetricFilter, MetricTransformation};

use super::View;
use crate::common::named;
use crate::config::Config;

/// Where the metrics of this program are.
pub(super) const NAMESPACE: &str = "FinSight";

/// The name of [`latency`].
pub(super) fn latency_name(s: &Scope) -> String {
    format!("ApiLatency-{}", s.stack_name())
}

/// The metric of the milliseconds in which callers are answered. API Gateway's own has the health check's calls among them,
/// fifty for each of the callers': no percentile of it is theirs.
pub(super) fn latency(s: &Scope, config: &Config, view: &View<'_>) -> String {
    let metric = latency_name(s);
    // Where the health check asks, nobody else does. The stage may stand before its path.
    let others = config.monitoring.probe.as_ref().map(|probe| {
        let path = probe.path.split('?').next().unwrap_or_default();
        format!("{{ $.path != \"*{path}\" }}")
    });
    s.add(
        "api-latency",
        MetricFilter::new(
            &view.api.access_log,
            others.unwrap_or_default(),
            vec![MetricTransformation::new(NAMESPACE, &metric, "$.latency").unit("Milliseconds")],
        )
        .filter_name(named(s, "api-latency")),
    );
    metric
}

/// Counts among what the authorizer could not decide that of which API Gateway had no answer: it crashed, had no memory or no
/// time, or could not be called ("Gateway response types": `AUTHORIZER_FAILURE`, `AUTHORIZER_CONFIGURATION_ERROR`).
pub(super) fn undecided(s: &Scope, view: &View<'_>, metric: &str) {
    s.add(
        "authorizer-silent",
        MetricFilter::new(
            &view.api.access_log,
            "{ $.errorType = \"AUTHORIZER_*\" }",
            vec![MetricTransformation::new(NAMESPACE, metric, "1").default_value(0.0).unit("Count")],
        )
        .filter_name(named(s, "authorizer-silent")),
    );
}
