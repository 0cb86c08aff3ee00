//! M3: alarms.

use finsight_engine::cost::Decimal;
use finsight_engine::program::{Handle, Scope};
use finsight_specs::cloudwatch::{Alarm, AlarmRule, CompositeAlarm, Dimension};
use finsight_specs::logs::{MetricFilter, MetricTransformation};
use finsight_specs::rds::postgres::is_unlimited;

use super::slack::{EDGE, Topics};
use super::watch::{Asked, Beat, Guard, Look, Watch, number};
use super::{View, callers, proxy, trail};
use crate::common::{name, named};
use crate::config::Config;
use crate::cost::assumptions::{HOURS, probes};

/// What the authorizer logs as `outcome` where it could not decide: the constant of the same name in its own code.
pub(crate) const UNAVAILABLE: &str = "unavailable";
/// The function that lets callers in.
const AUTHORIZER: &str = "authorizer";
/// Concurrent calls that AWS leaves to all functions without a reservation, whatever the others of the account reserve.
const UNRESERVED: i64 = 100;
/// Bytes of a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// All alarms of the stack.
pub(super) fn alarms(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    let limits = &config.monitoring.alarms;
    let guard = Guard { scope: s, config: limits, topic: &topics.alarms };
    functions(&guard, config, view);
    notifier(&guard, topics);
    schedules(&guard, view);
    if let Some(account) = &view.security.account {
        trail::alarms(&guard, account);
    }
    let felt = [
        Some(authorizer(&guard, s, view)),
        Some(api(&guard, s, config, view)),
        database(&guard, config, view),
    ];
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
    edge(&s.in_region(EDGE), config, view, topics);
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
        let mut duration = watch("duration", "Duration", "p95", usual, number(limits.function_p95_ms));
        if what == ANSWERS && config.monitoring.probe.is_some() {
            // Lambda counts by function alone: no metric of its own leaves out who asks.
            duration.description.push_str(ASKED_TOO);
        }
        guard.watch(duration);
        let most = config.api.reserved_concurrency.unwrap_or(UNRESERVED);
        let concurrency = number(most * limits.function_concurrency_percent) / 100.0;
        guard.watch(watch("concurrency", "ConcurrentExecutions", "Maximum", steady, concurrency));
    }
}

/// The metric of requests that the authorizer could not decide.
pub(super) fn unavailable(s: &Scope) -> String {
    format!("AuthorizerUnavailable-{}", s.stack_name())
}

/// Lambda counts every token that is refused as an error: what the authorizer could not decide is in its log, and what it
/// did not live to log is in the API's.
fn authorizer(guard: &Guard<'_>, s: &Scope, view: &View<'_>) -> Handle<Alarm> {
    let metric = unavailable(s);
    s.add(
        "authorizer-unavailable",
        MetricFilter::new(
            &view.api.log_group,
            format!("{{ $.outcome = \"{UNAVAILABLE}\" }}"),
            vec![MetricTransformation::new("FinSight", &metric, "1").default_value(0.0).unit("Count")],
        )
        .filter_name(named(s, "authorizer-unavailable")),
    );
    callers::undecided(s, view, &metric);
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

/// A schedule that calls in vain, such as that of the snapshots, is silent ("Monitoring Amazon EventBridge Scheduler with
/// Amazon CloudWatch").
fn schedules(guard: &Guard<'_>, view: &View<'_>) {
    let Some(group) = &view.database.schedules else { return };
    guard.watch(Watch {
        what: "schedules-failed".to_owned(),
        description: "FinSight: calls of the database's schedules that failed".to_owned(),
        namespace: "AWS/Scheduler",
        metric: "TargetErrorCount".to_owned(),
        look: Look::At("Sum"),
        beat: Beat::counted(guard.config),
        dimensions: vec![Dimension::of("ScheduleGroup", &group.id())],
        below: false,
        threshold: 1.0,
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
            look: Look::At("Sum"),
            beat: Beat { period: guard.config.period_seconds, ..Beat::counted(guard.config) },
            dimensions: vec![Dimension::of("FunctionName", &topics.notifier.id())],
            below: false,
            threshold: 1.0,
        });
    }
}

/// The function that answers what asks from outside: the path is below `/auth`.
const ANSWERS: &str = "auth";
/// What its duration says, and what it does not.
const ASKED_TOO: &str = ": nearly all of its calls are the health check's; what callers wait for, the alarm on the API's latency tells";

fn api(guard: &Guard<'_>, s: &Scope, config: &Config, view: &View<'_>) -> Handle<Alarm> {
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
    let answers = config.monitoring.probe.as_ref().and_then(|_| view.api.functions.get(ANSWERS));
    let share = || Look::Share {
        statistic: "Sum",
        calls: "Count",
        failed: "errors",
        asked: answers.map_or(Asked::Never, |one| Asked::By(Dimension::of("FunctionName", &one.id()))),
    };
    guard.watch(watch("4xx", "4XXError", share(), Beat::usual(limits), limits.api_4xx_percent));
    let slow = number(limits.api_latency_p95_ms);
    guard.watch(Watch {
        namespace: callers::NAMESPACE,
        dimensions: Vec::new(),
        ..watch("latency", &callers::latency(s, config, view), Look::At("p95"), Beat::usual(limits), slow)
    });
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
    if is_unlimited(&settings.instance_class) {
        // These classes have no limit: what they use beyond their share for a day is billed ("DB instance class types").
        guard.watch(Watch {
            beat: Beat::counted(limits),
            ..watch("credits", "CPUSurplusCreditsCharged", "Maximum", false, 1.0)
        });
    }
    if let Some((proxy, _)) = &view.database.proxy {
        proxy::alarms(guard, settings, &proxy.id());
    }
    // What stops at night by its schedule is silent then.
    let stays = settings.working_hours.is_none();
    stays.then(|| guard.alive(watch("silent", "CPUUtilization", "SampleCount", true, 1.0)))
}

/// SES counts for the whole account, and says its rates when mail goes out: "treat missing data as ignore" ("Creating reputation
/// monitoring alarms using CloudWatch").
fn mail(guard: &Guard<'_>) {
    let limits = guard.config;
    let watch = |kind: &str, metric: &str, threshold| Watch {
        what: format!("mail-{kind}"),
        description: format!("FinSight: rate of {kind} of mail"),
        namespace: "AWS/SES",
        metric: metric.to_owned(),
        look: Look::At("Average"),
        beat: Beat::counted(limits),
        dimensions: Vec::new(),
        below: false,
        threshold,
    };
    guard.lasting(watch("bounces", "Reputation.BounceRate", limits.mail_bounce_percent / 100.0));
    guard.lasting(watch("complaints", "Reputation.ComplaintRate", limits.mail_complaint_percent / 100.0));
}

/// How often CloudFront is asked from outside within so many seconds. Its metrics are in another region than the functions'.
fn asked(config: &Config, seconds: i64) -> Asked {
    let Some(probe) = &config.monitoring.probe else { return Asked::Never };
    let monthly = probes(Some(probe.regions.len()), false);
    #[allow(clippy::cast_possible_truncation)]
    let times = ((monthly * Decimal::ratio(seconds, 3_600)).to_f64() / HOURS.to_f64()).round() as i64;
    Asked::Times(times)
}

/// CloudFront and its web ACL count in us-east-1.
fn edge(s: &Scope, config: &Config, view: &View<'_>, topics: &Topics) {
    let limits = &config.monitoring.alarms;
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
            asked: asked(config, limits.count_seconds),
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
