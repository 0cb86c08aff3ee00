//! M3: alarms.

use finsight_engine::program::{Handle, Scope};
use finsight_specs::cloudwatch::{Alarm, AlarmRule, CompositeAlarm, Dimension};
use finsight_specs::logs::{MetricFilter, MetricTransformation};
use finsight_specs::sns::Topic;

use super::View;
use super::slack::{EDGE, Topics};
use crate::common::{name, named};
use crate::config::{AlarmsConfig, Config};

/// The function that lets callers in.
const AUTHORIZER: &str = "authorizer";
/// Bytes of a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// How a metric becomes an alarm.
struct Watch {
    what: String,
    description: String,
    namespace: &'static str,
    metric: String,
    statistic: &'static str,
    dimensions: Vec<Dimension>,
    below: bool,
    threshold: f64,
}

/// Declares alarms to one topic.
struct Guard<'a> {
    scope: &'a Scope,
    config: &'a AlarmsConfig,
    topic: &'a Handle<Topic>,
}

impl Guard<'_> {
    /// An alarm on what is counted when it happens: silence is well.
    fn watch(&self, watch: Watch) -> Handle<Alarm> {
        self.alarm(watch, "notBreaching")
    }

    /// An alarm on what gives a value each minute while it lives: silence is its end.
    fn alive(&self, watch: Watch) -> Handle<Alarm> {
        self.alarm(watch, "breaching")
    }

    fn alarm(&self, watch: Watch, silence: &str) -> Handle<Alarm> {
        let comparison = if watch.below { "LessThanThreshold" } else { "GreaterThanOrEqualToThreshold" };
        let mut alarm = Alarm::new(comparison, self.config.evaluation_periods)
            .alarm_name(named(self.scope, &watch.what))
            .alarm_description(watch.description)
            .namespace(watch.namespace)
            .metric_name(watch.metric)
            .dimensions(watch.dimensions)
            .period(self.config.period_seconds)
            .threshold(watch.threshold)
            .treat_missing_data(silence)
            .alarm_actions([&self.topic.arn])
            .ok_actions([&self.topic.arn])
            .tags(name(self.scope, &watch.what));
        alarm = if watch.statistic.starts_with('p') {
            alarm.extended_statistic(watch.statistic)
        } else {
            alarm.statistic(watch.statistic)
        };
        self.scope.add(&watch.what, alarm)
    }
}

#[allow(clippy::cast_precision_loss)]
fn number(of: i64) -> f64 {
    of as f64
}

/// All alarms of the stack.
pub(super) fn alarms(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    let limits = &config.monitoring.alarms;
    let guard = Guard { scope: s, config: limits, topic: &topics.alarms };
    functions(&guard, config, view);
    authorizer(&guard, s, view);
    notifier(&guard, topics);
    let mut serious = api(&guard, s);
    serious.extend(database(&guard, config, view));
    mail(&guard);
    let rule = AlarmRule::any(serious.iter().map(AlarmRule::alarm));
    s.add(
        "unavailable",
        CompositeAlarm::new(rule)
            .alarm_name(named(s, "unavailable"))
            .alarm_description("FinSight: users are affected")
            .alarm_actions([&topics.alarms.arn])
            .tags(name(s, "unavailable")),
    );
    edge(&s.in_region(EDGE), limits, view, topics);
    blocks(&guard, s);
}

fn functions(guard: &Guard<'_>, config: &Config, view: &View<'_>) {
    let limits = guard.config;
    let all = view.api.functions.iter().map(|(name, handle)| (name.as_str(), handle));
    for (what, function) in all.chain([(AUTHORIZER, &view.api.authorizer)]) {
        let watch = |kind: &str, metric: &str, statistic, threshold| Watch {
            what: format!("{what}-{kind}"),
            description: format!("FinSight: {kind} of the function {what}"),
            namespace: "AWS/Lambda",
            metric: metric.to_owned(),
            statistic,
            dimensions: vec![Dimension::of("FunctionName", &function.id())],
            below: false,
            threshold,
        };
        if what != AUTHORIZER {
            guard.watch(watch("errors", "Errors", "Sum", number(limits.function_errors)));
        }
        guard.watch(watch("throttles", "Throttles", "Sum", number(limits.function_throttles)));
        guard.watch(watch("duration", "Duration", "p95", number(limits.function_p95_ms)));
        let most = config.api.reserved_concurrency.unwrap_or(config.api.account_concurrency);
        let concurrency = number(most * limits.function_concurrency_percent) / 100.0;
        guard.watch(watch("concurrency", "ConcurrentExecutions", "Maximum", concurrency));
    }
}

/// The metric of requests that the authorizer could not decide.
pub(super) fn unavailable(s: &Scope) -> String {
    format!("AuthorizerUnavailable-{}", s.stack_name())
}

/// Lambda counts every token that is refused as an error: what the authorizer could not decide is in its log.
fn authorizer(guard: &Guard<'_>, s: &Scope, view: &View<'_>) {
    let metric = unavailable(s);
    s.add(
        "authorizer-unavailable",
        MetricFilter::new(
            &view.api.log_group,
            "{ $.outcome = \"unavailable\" }",
            vec![MetricTransformation::new("FinSight", &metric, "1").default_value(0.0).unit("Count")],
        )
        .filter_name(named(s, "authorizer-unavailable")),
    );
    guard.watch(Watch {
        what: format!("{AUTHORIZER}-errors"),
        description: "FinSight: requests that the authorizer could not decide".to_owned(),
        namespace: "FinSight",
        metric,
        statistic: "Sum",
        dimensions: Vec::new(),
        below: false,
        threshold: number(guard.config.function_errors),
    });
}

/// The notifier's own alarms reach people by mail: one event that Slack did not take, and one that was not even kept.
fn notifier(guard: &Guard<'_>, topics: &Topics) {
    for (kind, metric) in [("errors", "Errors"), ("lost", "DestinationDeliveryFailures")] {
        guard.watch(Watch {
            what: format!("slack-notifier-{kind}"),
            description: format!(
                "FinSight: {kind} of the function slack-notifier: Slack does not hear of alarms"
            ),
            namespace: "AWS/Lambda",
            metric: metric.to_owned(),
            statistic: "Sum",
            dimensions: vec![Dimension::of("FunctionName", &topics.notifier.id())],
            below: false,
            threshold: 1.0,
        });
    }
}

fn api(guard: &Guard<'_>, s: &Scope) -> Vec<Handle<Alarm>> {
    let limits = guard.config;
    let watch = |kind: &str, metric: &str, statistic, threshold| Watch {
        what: format!("api-{kind}"),
        description: format!("FinSight: {kind} of the API"),
        namespace: "AWS/ApiGateway",
        metric: metric.to_owned(),
        statistic,
        dimensions: vec![Dimension::new("ApiName", named(s, "api")), Dimension::new("Stage", "v1")],
        below: false,
        threshold,
    };
    let errors = guard.watch(watch("5xx", "5XXError", "Average", limits.api_5xx_percent / 100.0));
    guard.watch(watch("4xx", "4XXError", "Average", limits.api_4xx_percent / 100.0));
    guard.watch(watch("latency", "Latency", "p95", number(limits.api_latency_p95_ms)));
    vec![errors]
}

fn database(guard: &Guard<'_>, config: &Config, view: &View<'_>) -> Vec<Handle<Alarm>> {
    let limits = guard.config;
    let settings = &config.database;
    let watch = |kind: &str, metric: &str, below, threshold| Watch {
        what: format!("database-{kind}"),
        description: format!("FinSight: {kind} of the database"),
        namespace: "AWS/RDS",
        metric: metric.to_owned(),
        statistic: "Average",
        dimensions: vec![Dimension::of("DBInstanceIdentifier", &view.database.instance.id())],
        below,
        threshold,
    };
    let connections = number(settings.max_connections * limits.database_connections_percent) / 100.0;
    let storage = number(settings.storage_gib * limits.database_free_storage_percent) / 100.0 * 1024.0 * MIB;
    let memory = number(limits.database_freeable_memory_mib) * MIB;
    let cpu = number(limits.database_cpu_percent);
    let mut serious = vec![
        // What stops at night by its schedule is silent then.
        if settings.working_hours.is_some() {
            guard.watch(watch("cpu", "CPUUtilization", false, cpu))
        } else {
            guard.alive(watch("cpu", "CPUUtilization", false, cpu))
        },
        guard.watch(watch("connections", "DatabaseConnections", false, connections)),
        guard.watch(watch("free-storage", "FreeStorageSpace", true, storage)),
    ];
    guard.watch(watch("freeable-memory", "FreeableMemory", true, memory));
    if let Some((proxy, _)) = &view.database.proxy {
        let most = number(settings.proxy.max_connections * limits.proxy_connections_percent) / 100.0;
        serious.push(guard.watch(Watch {
            what: "proxy-connections".to_owned(),
            description: "FinSight: connections of the database proxy".to_owned(),
            namespace: "AWS/RDS",
            metric: "DatabaseConnections".to_owned(),
            statistic: "Maximum",
            dimensions: vec![Dimension::of("ProxyName", &proxy.id())],
            below: false,
            threshold: most,
        }));
    }
    serious
}

/// SES counts for the whole account.
fn mail(guard: &Guard<'_>) {
    let limits = guard.config;
    let watch = |kind: &str, metric: &str, threshold| Watch {
        what: format!("mail-{kind}"),
        description: format!("FinSight: rate of {kind} of mail"),
        namespace: "AWS/SES",
        metric: metric.to_owned(),
        statistic: "Average",
        dimensions: Vec::new(),
        below: false,
        threshold,
    };
    guard.watch(watch("bounces", "Reputation.BounceRate", limits.mail_bounce_percent / 100.0));
    guard.watch(watch("complaints", "Reputation.ComplaintRate", limits.mail_complaint_percent / 100.0));
}

/// CloudFront and its web ACL count in us-east-1.
fn edge(s: &Scope, limits: &AlarmsConfig, view: &View<'_>, topics: &Topics) {
    let guard = Guard { scope: s, config: limits, topic: &topics.edge };
    guard.watch(Watch {
        what: "cdn-5xx".to_owned(),
        description: "FinSight: 5xx of CloudFront".to_owned(),
        namespace: "AWS/CloudFront",
        metric: "5xxErrorRate".to_owned(),
        statistic: "Average",
        dimensions: vec![
            Dimension::of("DistributionId", &view.api.distribution.id()),
            Dimension::new("Region", "Global"),
        ],
        below: false,
        threshold: limits.cdn_5xx_percent,
    });
    guard.watch(Watch {
        what: "edge-blocks".to_owned(),
        description: "FinSight: requests that WAF blocks before CloudFront".to_owned(),
        namespace: "AWS/WAFV2",
        metric: "BlockedRequests".to_owned(),
        statistic: "Sum",
        dimensions: vec![Dimension::new("WebACL", named(s, "edge")), Dimension::new("Rule", "ALL")],
        below: false,
        threshold: number(limits.waf_blocks),
    });
}

fn blocks(guard: &Guard<'_>, s: &Scope) {
    guard.watch(Watch {
        what: "regional-blocks".to_owned(),
        description: "FinSight: requests that WAF blocks before the API".to_owned(),
        namespace: "AWS/WAFV2",
        metric: "BlockedRequests".to_owned(),
        statistic: "Sum",
        dimensions: vec![
            Dimension::new("WebACL", named(s, "regional")),
            Dimension::new("Region", s.region()),
            Dimension::new("Rule", "ALL"),
        ],
        below: false,
        threshold: number(guard.config.waf_blocks),
    });
}
