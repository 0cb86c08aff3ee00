//! M3: whether somebody outside gets an answer, with traffic or without.

use finsight_engine::program::Scope;
use finsight_specs::cloudwatch::Dimension;
use finsight_specs::route53::HealthCheck;

use super::View;
use super::slack::{EDGE, Topics};
use super::watch::{Beat, Guard, Look, Watch};
use crate::common::{after, name};
use crate::config::Config;

/// Name, TLS, CloudFront, firewalls, API, function and database: all that a caller needs, asked as a caller asks. Of the certificate's
/// end ACM tells (`events`): nothing says that a health check looks at it.
pub(super) fn probe(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    let Some(probe) = &config.monitoring.probe else { return };
    let check = s.add_with(
        "api",
        HealthCheck::new("HTTPS", config.api.domain.as_str())
            .resource_path(probe.path.as_str())
            .regions(probe.regions.clone())
            .tags(name(s, "api")),
        after(&view.api.name, "before the name leads anywhere, nobody answers"),
    );
    // Health checks have their metrics in us-east-1 ("Monitoring health checks using CloudWatch"), a value each minute.
    let edge = s.in_region(EDGE);
    let guard = Guard { scope: &edge, config: &config.monitoring.alarms, topic: &topics.edge };
    guard.awake(Watch {
        what: "api-unreachable".to_owned(),
        description: "FinSight: the API does not answer to callers outside".to_owned(),
        namespace: "AWS/Route53",
        metric: "HealthCheckStatus".to_owned(),
        look: Look::At("Minimum"),
        beat: Beat { period: 60, periods: 3, datapoints: 3 },
        dimensions: vec![Dimension::of("HealthCheckId", &check.id())],
        below: true,
        threshold: 1.0,
    });
}
