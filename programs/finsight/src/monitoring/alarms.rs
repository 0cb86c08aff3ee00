//! M3: alarms.

use finsight_engine::program::{Handle, Scope};
use finsight_specs::cloudwatch::{Alarm, AlarmRule, CompositeAlarm, Dimension, MetricDataQuery, MetricStat};
use finsight_specs::logs::{MetricFilter, MetricTransformation};
use finsight_specs::sns::Topic;

use super::View;
use super::slack::{EDGE, Topics};
use crate::common::{name, named};
use crate::config::{AlarmsConfig, Config};

/// The function that lets callers in.
const AUTHORIZER: &str = "authorizer";
/// Concurrent calls that AWS leaves to all functions without a reservation, whatever the others of the account reserve.
const UNRESERVED: i64 = 100;
/// Bytes of a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// How often CloudWatch looks, and how many values raise an alarm.
#[derive(Clone, Copy)]
struct Beat {
    period: i64,
    periods: i64,
    datapoints: i64,
}

impl Beat {
    /// What always has a value, such as a processor.
    fn steady(limits: &AlarmsConfig) -> Self {
        Self { period: limits.period_seconds, ..Self::usual(limits) }
    }

    /// What is counted when it happens: over a time in which something does.
    fn counted(limits: &AlarmsConfig) -> Self {
        Self { period: limits.count_seconds, periods: 1, datapoints: 1 }
    }

    /// What a few requests say little of: more than one such time.
    fn usual(limits: &AlarmsConfig) -> Self {
        Self {
            period: limits.count_seconds,
            periods: limits.evaluation_periods,
            datapoints: limits.datapoints_to_alarm,
        }
    }
}

/// What an alarm looks at.
enum Look {
    /// A statistic of a metric, such as `Sum` or `p95`.
    At(&'static str),
    /// A share in percent, which counts from some failed requests on: one of one would be all. Both expressions are over the
    /// metric as `errors`, by this statistic, and the number of requests as `calls`.
    Share { statistic: &'static str, calls: &'static str, failed: &'static str, percent: &'static str },
}

/// How a metric becomes an alarm.
struct Watch {
    what: String,
    description: String,
    namespace: &'static str,
    metric: String,
    look: Look,
    beat: Beat,
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
    /// An alarm that tells the topic. Silence is well.
    fn watch(&self, watch: Watch) {
        let what = watch.what.clone();
        let alarm = self.alarm(watch, "notBreaching");
        let told = alarm.alarm_actions([&self.topic.arn]).ok_actions([&self.topic.arn]);
        self.scope.add(&what, told);
    }

    /// An alarm under the one that says that users are affected, which tells.
    fn felt(&self, watch: Watch) -> Handle<Alarm> {
        let what = watch.what.clone();
        self.scope.add(&what, self.alarm(watch, "notBreaching"))
    }

    /// The same on what gives a value each minute while it lives: its silence is its end.
    fn alive(&self, watch: Watch) -> Handle<Alarm> {
        let what = watch.what.clone();
        self.scope.add(&what, self.alarm(watch, "breaching"))
    }

    fn alarm(&self, watch: Watch, silence: &str) -> Alarm {
        let Watch { what, description, namespace, metric, look, beat, dimensions, below, threshold } = watch;
        let comparison = if below { "LessThanThreshold" } else { "GreaterThanOrEqualToThreshold" };
        let alarm = Alarm::new(comparison, beat.periods)
            .alarm_name(named(self.scope, &what))
            .alarm_description(description)
            .threshold(threshold)
            .datapoints_to_alarm(beat.datapoints)
            .treat_missing_data(silence)
            .tags(name(self.scope, &what));
        match look {
            Look::At(statistic) => {
                let alarm =
                    alarm.namespace(namespace).metric_name(metric).dimensions(dimensions).period(beat.period);
                if statistic.starts_with('p') {
                    alarm.extended_statistic(statistic)
                } else {
                    alarm.statistic(statistic)
                }
            }
            Look::Share { statistic, calls, failed, percent } => {
                let line = |id: &str, metric: &str, statistic: &str| {
                    let stat = MetricStat::new(namespace, metric, statistic, beat.period);
                    let stat = dimensions.iter().cloned().fold(stat, MetricStat::dimension);
                    MetricDataQuery::metric(id, stat).return_data(false)
                };
                let share = format!("IF({failed} >= {}, {percent}, 0)", self.config.failed_requests);
                alarm.metrics(vec![
                    MetricDataQuery::expression("share", share).label("percent"),
                    line("errors", &metric, statistic),
                    line("calls", calls, "Sum"),
                ])
            }
        }
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
    notifier(&guard, topics);
    let felt = [Some(authorizer(&guard, s, view)), Some(api(&guard, s)), database(&guard, config, view)];
    mail(&guard);
    // What warns early is not among it: it may stand for days, and would hide what users feel. CloudFront's alarm lives in
    // another region, where no composite alarm of this one reaches ("Creating a composite alarm").
    let rule = AlarmRule::any(felt.iter().flatten().map(AlarmRule::alarm));
    s.add(
        "unavailable",
        CompositeAlarm::new(rule)
            .alarm_name(named(s, "unavailable"))
            .alarm_description("FinSight: users are affected")
            .alarm_actions([&topics.alarms.arn])
            .ok_actions([&topics.alarms.arn])
            .tags(name(s, "unavailable")),
    );
    edge(&s.in_region(EDGE), limits, view, topics);
    blocks(&guard, s);
}

fn functions(guard: &Guard<'_>, config: &Config, view: &View<'_>) {
    let limits = guard.config;
    let all = view.api.functions.iter().map(|(name, handle)| (name.as_str(), handle));
    for (what, function) in all.chain([(AUTHORIZER, &view.api.authorizer)]) {
        let watch = |kind: &str, metric: &str, statistic, beat, threshold| Watch {
            what: format!("{what}-{kind}"),
            description: format!("FinSight: {kind} of the function {what}"),
            namespace: "AWS/Lambda",
            metric: metric.to_owned(),
            look: Look::At(statistic),
            beat,
            dimensions: vec![Dimension::of("FunctionName", &function.id())],
            below: false,
            threshold,
        };
        let (counted, usual, steady) = (Beat::counted(limits), Beat::usual(limits), Beat::steady(limits));
        if what != AUTHORIZER {
            guard.watch(watch("errors", "Errors", "Sum", counted, number(limits.function_errors)));
        }
        guard.watch(watch("throttles", "Throttles", "Sum", counted, number(limits.function_throttles)));
        guard.watch(watch("duration", "Duration", "p95", usual, number(limits.function_p95_ms)));
        let most = config.api.reserved_concurrency.unwrap_or(UNRESERVED);
        let concurrency = number(most * limits.function_concurrency_percent) / 100.0;
        guard.watch(watch("concurrency", "ConcurrentExecutions", "Maximum", steady, concurrency));
    }
}

/// The metric of requests that the authorizer could not decide.
pub(super) fn unavailable(s: &Scope) -> String {
    format!("AuthorizerUnavailable-{}", s.stack_name())
}

/// Lambda counts every token that is refused as an error: what the authorizer could not decide is in its log.
fn authorizer(guard: &Guard<'_>, s: &Scope, view: &View<'_>) -> Handle<Alarm> {
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
    guard.felt(Watch {
        what: format!("{AUTHORIZER}-errors"),
        description: "FinSight: requests that the authorizer could not decide".to_owned(),
        namespace: "FinSight",
        metric,
        look: Look::At("Sum"),
        beat: Beat::counted(guard.config),
        dimensions: Vec::new(),
        below: false,
        threshold: number(guard.config.function_errors),
    })
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
            look: Look::At("Sum"),
            beat: Beat { period: guard.config.period_seconds, ..Beat::counted(guard.config) },
            dimensions: vec![Dimension::of("FunctionName", &topics.notifier.id())],
            below: false,
            threshold: 1.0,
        });
    }
}

fn api(guard: &Guard<'_>, s: &Scope) -> Handle<Alarm> {
    let limits = guard.config;
    let watch = |kind: &str, metric: &str, look, beat, threshold| Watch {
        what: format!("api-{kind}"),
        description: format!("FinSight: {kind} of the API"),
        namespace: "AWS/ApiGateway",
        metric: metric.to_owned(),
        look,
        beat,
        dimensions: vec![Dimension::new("ApiName", named(s, "api")), Dimension::new("Stage", "v1")],
        below: false,
        threshold,
    };
    let share = || Look::Share {
        statistic: "Sum",
        calls: "Count",
        failed: "errors",
        percent: "100 * errors / calls",
    };
    guard.watch(watch("4xx", "4XXError", share(), Beat::usual(limits), limits.api_4xx_percent));
    let slow = number(limits.api_latency_p95_ms);
    guard.watch(watch("latency", "Latency", Look::At("p95"), Beat::usual(limits), slow));
    guard.felt(watch("5xx", "5XXError", share(), Beat::counted(limits), limits.api_5xx_percent))
}

/// Early warnings, and the one alarm that users feel: the instance gives no value any more.
fn database(guard: &Guard<'_>, config: &Config, view: &View<'_>) -> Option<Handle<Alarm>> {
    let limits = guard.config;
    let settings = &config.database;
    let watch = |kind: &str, metric: &str, statistic, below, threshold| Watch {
        what: format!("database-{kind}"),
        description: format!("FinSight: {kind} of the database"),
        namespace: "AWS/RDS",
        metric: metric.to_owned(),
        look: Look::At(statistic),
        beat: Beat::steady(limits),
        dimensions: vec![Dimension::of("DBInstanceIdentifier", &view.database.instance.id())],
        below,
        threshold,
    };
    let average = |kind: &str, metric: &str, below, threshold| {
        guard.watch(watch(kind, metric, "Average", below, threshold));
    };
    // All that comes through the proxy is what the proxy's pool holds.
    let pool = match view.database.proxy {
        Some(_) => settings.proxy.max_connections,
        None => settings.max_connections,
    };
    let connections = number(pool * limits.database_connections_percent) / 100.0;
    let storage = number(settings.storage_gib * limits.database_free_storage_percent) / 100.0 * 1024.0 * MIB;
    average("cpu", "CPUUtilization", false, number(limits.database_cpu_percent));
    average("connections", "DatabaseConnections", false, connections);
    average("free-storage", "FreeStorageSpace", true, storage);
    average("freeable-memory", "FreeableMemory", true, number(limits.database_freeable_memory_mib) * MIB);
    if let Some((proxy, _)) = &view.database.proxy {
        guard.watch(Watch {
            what: "proxy-connections".to_owned(),
            description: "FinSight: connections of the database proxy".to_owned(),
            namespace: "AWS/RDS",
            metric: "DatabaseConnections".to_owned(),
            // Each of its hosts has a value of its own each minute ("Monitoring RDS Proxy metrics"): all of them in one.
            look: Look::At("Sum"),
            beat: Beat { period: 60, ..Beat::steady(limits) },
            dimensions: vec![Dimension::of("ProxyName", &proxy.id())],
            below: false,
            threshold: number(settings.proxy.max_connections * limits.proxy_connections_percent) / 100.0,
        });
    }
    // What stops at night by its schedule is silent then.
    let stays = settings.working_hours.is_none();
    stays.then(|| guard.alive(watch("silent", "CPUUtilization", "SampleCount", true, 1.0)))
}

/// SES counts for the whole account.
fn mail(guard: &Guard<'_>) {
    let limits = guard.config;
    let watch = |kind: &str, metric: &str, threshold| Watch {
        what: format!("mail-{kind}"),
        description: format!("FinSight: rate of {kind} of mail"),
        namespace: "AWS/SES",
        metric: metric.to_owned(),
        look: Look::At("Average"),
        beat: Beat::steady(limits),
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
        look: Look::Share {
            statistic: "Average",
            calls: "Requests",
            failed: "errors * calls / 100",
            percent: "errors",
        },
        beat: Beat::counted(limits),
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
        look: Look::At("Sum"),
        beat: Beat { period: limits.period_seconds, ..Beat::counted(limits) },
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
        look: Look::At("Sum"),
        beat: Beat { period: guard.config.period_seconds, ..Beat::counted(guard.config) },
        dimensions: vec![
            Dimension::new("WebACL", named(s, "regional")),
            Dimension::new("Region", s.region()),
            Dimension::new("Rule", "ALL"),
        ],
        below: false,
        threshold: number(guard.config.waf_blocks),
    });
}
