//! M2 to M7.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::MetricAlarm;
use serde_json::Value;

use super::api::{FUNCTIONS, api, function, reserved};
use super::policies::{Role, set, statements};
use super::stand::{Aws, Stand, prod, text};

#[test]
fn m2_log_groups_have_a_retention() {
    let stand = prod();
    stand.block(async {
        let mut days = BTreeMap::new();
        for aws in [&stand.here, &stand.edge] {
            let groups = aws.logs.describe_log_groups().send().await.expect("log groups");
            days.extend(
                groups
                    .log_groups()
                    .iter()
                    .map(|group| (text(group.log_group_name()).to_owned(), group.retention_in_days())),
            );
        }
        // L3: groups that services make under names of their own are declared before them.
        let id = api(stand).await;
        let execution = format!("API-Gateway-Execution-Logs_{id}/v1");
        let expected = [
            (execution.as_str(), 90),
            ("/aws/lambda/finsight-api", 90),
            ("/aws/lambda/finsight-database-user", 90),
            ("/aws/rds/instance/finsight-db/postgresql", 90),
            ("/aws/rds/proxy/finsight-db-proxy", 90),
            ("/aws/apigateway/finsight-api", 90),
            ("/aws/cloudtrail/finsight-trail", 90),
            ("/aws/vpc/flow-logs/finsight", 365),
            ("aws-waf-logs-finsight-edge", 90),
            ("aws-waf-logs-finsight-regional", 90),
        ];
        let expected = expected.map(|(name, days)| (name.to_owned(), Some(days)));
        assert_eq!(days, BTreeMap::from(expected));
        let stage = stand.here.apigateway.get_stage().rest_api_id(id).stage_name("v1").send().await;
        let stage = stage.expect("the stage");
        let to = text(stage.access_log_settings().and_then(|log| log.destination_arn()));
        assert_eq!(to, stand.arn("logs", "log-group:/aws/apigateway/finsight-api"));
    });
}

async fn alarms(aws: &Aws) -> BTreeMap<String, MetricAlarm> {
    let found = aws.cloudwatch.describe_alarms().max_records(100).send().await.expect("alarms");
    let named = |alarm: &MetricAlarm| (text(alarm.alarm_name()).to_owned(), alarm.clone());
    found.metric_alarms().iter().map(named).collect()
}

/// An alarm: its metric, its statistic, whether it is about too little, and its threshold.
type Watch = (&'static str, &'static str, &'static str, bool, f64);

fn watched() -> BTreeMap<String, Watch> {
    const MIB: f64 = 1_048_576.0;
    let mut all: BTreeMap<String, Watch> = BTreeMap::new();
    let names = FUNCTIONS.iter().map(|(name, ..)| *name).chain(["authorizer"]);
    for name in names {
        let errors = if name == "authorizer" {
            ("FinSight", "AuthorizerUnavailable-prod", "Sum", false, 1.0)
        } else {
            ("AWS/Lambda", "Errors", "Sum", false, 1.0)
        };
        all.insert(format!("finsight-{name}-errors"), errors);
        let of = |metric, statistic, threshold| ("AWS/Lambda", metric, statistic, false, threshold);
        all.insert(format!("finsight-{name}-throttles"), of("Throttles", "Sum", 1.0));
        all.insert(format!("finsight-{name}-duration"), of("Duration", "p95", 3000.0));
        // 80 % of the hundred that are kept for it.
        all.insert(format!("finsight-{name}-concurrency"), of("ConcurrentExecutions", "Maximum", 80.0));
    }
    let others: [(&str, Watch); 21] = [
        ("slack-notifier-errors", ("AWS/Lambda", "Errors", "Sum", false, 1.0)),
        ("slack-notifier-lost", ("AWS/Lambda", "DestinationDeliveryFailures", "Sum", false, 1.0)),
        ("api-latency", ("FinSight", "ApiLatency-prod", "p95", false, 3000.0)),
        ("database-cpu", ("AWS/RDS", "CPUUtilization", "Average", false, 80.0)),
        ("database-silent", ("AWS/RDS", "CPUUtilization", "SampleCount", true, 1.0)),
        ("database-credits", ("AWS/RDS", "CPUSurplusCreditsCharged", "Maximum", false, 1.0)),
        // 80 % of the twenty that the proxy lets through.
        ("database-connections", ("AWS/RDS", "DatabaseConnections", "Average", false, 16.0)),
        // 5 % of 20 GiB: at 10 RDS makes it larger.
        ("database-free-storage", ("AWS/RDS", "FreeStorageSpace", "Average", true, 1024.0 * MIB)),
        ("database-freeable-memory", ("AWS/RDS", "FreeableMemory", "Average", true, 100.0 * MIB)),
        // 80 % of the twenty that the proxy takes.
        ("proxy-connections", ("AWS/RDS", "DatabaseConnections", "Sum", false, 16.0)),
        // Half of them; a second, in microseconds.
        ("proxy-pinned", ("AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned", "Sum", false, 10.0)),
        ("proxy-borrowing", ("AWS/RDS", "DatabaseConnectionsBorrowLatency", "Average", false, 1e6)),
        ("proxy-availability", ("AWS/RDS", "AvailabilityPercentage", "Average", true, 95.0)),
        ("schedules-failed", ("AWS/Scheduler", "TargetErrorCount", "Sum", false, 1.0)),
        ("root-used", ("FinSight", "RootUsed-prod", "Sum", false, 1.0)),
        ("calls-denied", ("FinSight", "CallsDenied-prod", "Sum", false, 20.0)),
        ("policies-changed", ("FinSight", "PoliciesChanged-prod", "Sum", false, 1.0)),
        ("trail-changed", ("FinSight", "TrailChanged-prod", "Sum", false, 1.0)),
        ("mail-bounces", ("AWS/SES", "Reputation.BounceRate", "Average", false, 0.05)),
        ("mail-complaints", ("AWS/SES", "Reputation.ComplaintRate", "Average", false, 0.001)),
        ("regional-blocks", ("AWS/WAFV2", "BlockedRequests", "Sum", false, 500.0)),
    ];
    all.extend(others.into_iter().map(|(name, watch)| (format!("finsight-{name}"), watch)));
    all
}

fn is_watched(alarm: &MetricAlarm, watch: Watch, topic: &str) {
    let (namespace, metric, statistic, below, threshold) = watch;
    let name = text(alarm.alarm_name());
    assert_eq!((alarm.namespace(), alarm.metric_name()), (Some(namespace), Some(metric)), "{name}");
    let found = alarm.extended_statistic().or(alarm.statistic().map(|statistic| statistic.as_str()));
    assert_eq!(found, Some(statistic), "{name}");
    let comparison = alarm.comparison_operator().map(|operator| operator.as_str()).unwrap_or_default();
    assert_eq!(comparison.starts_with("LessThan"), below, "{name}");
    let differs = (alarm.threshold().expect("a threshold") - threshold).abs();
    assert!(differs < 1e-9, "{name}: {:?}, not {threshold}", alarm.threshold());
    assert_eq!(alarm.actions_enabled(), Some(true), "{name}");
    // What users feel is told by the alarm above it, once.
    let felt = FELT.iter().any(|felt| name.ends_with(felt));
    let told: &[&str] = if felt { &[] } else { &[topic] };
    assert_eq!(alarm.alarm_actions(), told, "{name}");
}

/// The alarms under the one that says that users are affected.
const FELT: [&str; 3] = ["-authorizer-errors", "-api-5xx", "-database-silent"];

/// A share of requests, in percent: of these metrics, and from three failed ones on.
fn is_share(alarm: &MetricAlarm, metrics: &[&str], threshold: f64, told: &[&str]) {
    let name = text(alarm.alarm_name());
    let lines = alarm.metrics();
    let stats = lines.iter().filter_map(|line| line.metric_stat()?.metric()?.metric_name());
    let wanted: BTreeSet<&str> = metrics.iter().copied().collect();
    assert_eq!(stats.collect::<BTreeSet<_>>(), wanted, "{name}");
    let share = lines.iter().find_map(|line| line.expression()).unwrap_or_default();
    assert!(share.contains(">= 3"), "{name}: {share}");
    assert_eq!(alarm.threshold(), Some(threshold), "{name}");
    assert_eq!(alarm.alarm_actions(), told, "{name}");
}

#[test]
fn m3_alarms_on_every_part_tell_the_topic() {
    let stand = prod();
    stand.block(async {
        let mut found = alarms(&stand.here).await;
        let expected = watched();
        let topic = stand.arn("sns", "finsight-alarms");
        for (name, metric, threshold) in [("api-5xx", "5XXError", 1.0), ("api-4xx", "4XXError", 20.0)] {
            let share = found.remove(&format!("finsight-{name}")).expect("an alarm");
            let told: &[&str] = if name == "api-5xx" { &[] } else { &[topic.as_str()] };
            // What asks from outside does not hide what fails: its calls are those of the function that answers it.
            is_share(&share, &[metric, "Count", "Invocations"], threshold, told);
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, watch) in expected {
            is_watched(&found[&name], watch, &topic);
        }
        let dimension = |name: &str| {
            let [one, ..] = found[name].dimensions() else { panic!("{name} has no dimension") };
            (text(one.name()).to_owned(), text(one.value()).to_owned())
        };
        assert_eq!(dimension("finsight-users-errors"), ("FunctionName".into(), "finsight-users".into()));
        assert_eq!(dimension("finsight-database-cpu"), ("DBInstanceIdentifier".into(), "finsight-db".into()));
        assert_eq!(dimension("finsight-proxy-connections"), ("ProxyName".into(), "finsight-db-proxy".into()));

        // CloudFront and its firewall count in us-east-1.
        let found = alarms(&stand.edge).await;
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["finsight-api-unreachable", "finsight-cdn-5xx", "finsight-edge-blocks"]);
        let topic = format!("arn:aws:sns:us-east-1:{}:finsight-edge-alarms", stand.account);
        is_share(&found["finsight-cdn-5xx"], &["5xxErrorRate", "Requests"], 1.0, &[topic.as_str()]);
        let blocks = ("AWS/WAFV2", "BlockedRequests", "Sum", false, 500.0);
        is_watched(&found["finsight-edge-blocks"], blocks, &topic);

        // Somebody outside asks, whether anybody calls or not.
        let unreachable = &found["finsight-api-unreachable"];
        is_watched(unreachable, ("AWS/Route53", "HealthCheckStatus", "Minimum", true, 1.0), &topic);
        assert_eq!(unreachable.treat_missing_data(), Some("breaching"));
        let asked = stand.here.route53.list_health_checks().send().await.expect("health checks");
        let [check] = asked.health_checks() else { panic!("{:?}", asked.health_checks()) };
        let [dimension] = unreachable.dimensions() else { panic!("{unreachable:?}") };
        assert_eq!(dimension.value(), Some(check.id()));
        let config = check.health_check_config().expect("settings");
        let of = (config.fully_qualified_domain_name(), config.resource_path(), config.regions().len());
        assert_eq!(of, (Some("api.finsight.com"), Some("/auth/health"), 3));
    });
}

/// The topic lets its services publish, and the notifier hears of it, and people by mail where they should.
async fn is_heard(stand: &Stand, aws: &Aws, arn: &str, services: &[&str], people: &[&str]) {
    let live = stand.arn("lambda", "function:finsight-slack-notifier:live");
    let found = aws.sns.list_subscriptions_by_topic().topic_arn(arn).send().await.expect("subscriptions");
    let listeners: BTreeSet<(&str, &str)> =
        found.subscriptions().iter().map(|one| (text(one.protocol()), text(one.endpoint()))).collect();
    let mails = people.iter().map(|address| ("email", *address));
    assert_eq!(listeners, mails.chain([("lambda", live.as_str())]).collect());
    let about = aws.sns.get_topic_attributes().topic_arn(arn).send().await.expect("the topic");
    let attributes = about.attributes().expect("attributes");
    assert!(attributes.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty()), "{arn} is not encrypted");
    let policy = statements(&attributes["Policy"]);
    let publishers: BTreeSet<&str> =
        policy.iter().filter_map(|statement| statement.principal["Service"].as_str()).collect();
    assert_eq!(publishers, services.iter().copied().collect::<BTreeSet<_>>());
    let allowed = stand.here.lambda.get_policy().function_name(&live).send().await.expect("a policy");
    assert!(text(allowed.policy()).contains(arn), "{arn} may not call the notifier");
}

/// What these services find out in a region goes to its topic.
async fn are_told(stand: &Stand, aws: &Aws, sources: &[&str], topic: &str) {
    let rules = aws.eventbridge.list_rules().send().await.expect("rules");
    let mut found = BTreeSet::new();
    for rule in rules.rules() {
        let pattern: Value = serde_json::from_str(text(rule.event_pattern())).expect("a pattern");
        found.insert(text(pattern["source"][0].as_str()).to_owned());
        let targets = aws.eventbridge.list_targets_by_rule().rule(text(rule.name())).send().await;
        let targets = targets.expect("targets");
        let arns: Vec<&str> = targets.targets().iter().map(|target| target.arn()).collect();
        assert_eq!(arns, [topic], "{}", stand.account);
    }
    assert_eq!(found, sources.iter().map(|source| (*source).to_owned()).collect());
}

#[test]
fn m4_alarms_reach_slack() {
    let stand = prod();
    stand.block(async {
        let services: &[&str] = &[
            "budgets.amazonaws.com",
            "cloudwatch.amazonaws.com",
            "events.amazonaws.com",
            "events.rds.amazonaws.com",
        ];
        let people: &[&str] = &["ops@finsight.com"];
        is_heard(stand, &stand.here, &stand.arn("sns", "finsight-alarms"), services, people).await;
        is_heard(stand, &stand.here, &stand.arn("sns", "finsight-mail"), &["ses.amazonaws.com"], people)
            .await;
        let edge = format!("arn:aws:sns:us-east-1:{}:finsight-edge-alarms", stand.account);
        let services: &[&str] = &["cloudwatch.amazonaws.com", "events.amazonaws.com"];
        is_heard(stand, &stand.edge, &edge, services, people).await;
        let here = ["aws.acm", "aws.amplify", "aws.config"];
        are_told(stand, &stand.here, &here, &stand.arn("sns", "finsight-alarms")).await;
        are_told(stand, &stand.edge, &["aws.acm", "aws.config"], &edge).await;
        let found = stand.here.rds.describe_event_subscriptions().send().await.expect("subscriptions");
        let told: BTreeSet<(&str, &str)> = found
            .event_subscriptions_list()
            .iter()
            .flat_map(|one| {
                one.source_ids_list().iter().map(move |id| (text(one.source_type()), id.as_str()))
            })
            .collect();
        assert_eq!(told, BTreeSet::from([("db-instance", "finsight-db"), ("db-proxy", "finsight-db-proxy")]));

        let notifier = function(stand, "finsight-slack-notifier").await;
        let webhook = stand.secret("finsight/slack-webhook").await;
        let variables = notifier.environment().and_then(|it| it.variables()).expect("an environment");
        assert_eq!(variables.get("SLACK_WEBHOOK_SECRET_ARN"), Some(&webhook));
        let role = Role::read(stand, text(notifier.role())).await;
        assert_eq!(role.on("secretsmanager:GetSecretValue"), set([&webhook]));

        // What Slack does not take in three calls of a minute each is kept.
        assert_eq!(notifier.timeout(), Some(60));
        let kept = stand.here.lambda.get_function_event_invoke_config();
        let kept =
            kept.function_name("finsight-slack-notifier").qualifier("live").send().await.expect("settings");
        let failed = kept.destination_config().and_then(|to| to.on_failure()).and_then(|to| to.destination());
        let bucket = format!("arn:aws:s3:::finsight-undelivered-{}", stand.account);
        assert_eq!(failed, Some(bucket.as_str()));
        assert_eq!(role.on("s3:PutObject"), set([&format!("{bucket}/*")]));
        assert_eq!(role.on("s3:ListBucket"), set([&bucket]));
    });
}

#[test]
fn m5_dashboard_of_the_whole_stack_and_saved_queries() {
    let stand = prod();
    stand.block(async {
        let watch = &stand.here.cloudwatch;
        let found =
            watch.get_dashboard().dashboard_name("finsight-prod").send().await.expect("the dashboard");
        let body: Value = serde_json::from_str(text(found.dashboard_body())).expect("JSON");
        let widgets = body["widgets"].as_array().expect("widgets");
        let metrics = widgets
            .iter()
            .flat_map(|widget| widget["properties"]["metrics"].as_array().cloned().unwrap_or_default());
        let metrics: Vec<Value> = metrics.collect();
        let spaces: BTreeSet<&str> = metrics.iter().filter_map(|metric| metric[0].as_str()).collect();
        let expected = ["AWS/ApiGateway", "AWS/CloudFront", "AWS/Lambda", "AWS/RDS", "AWS/SES", "FinSight"];
        assert_eq!(spaces, BTreeSet::from(expected));
        for name in reserved() {
            let shown =
                |metric: &Value| metric.as_array().is_some_and(|all| all.contains(&name.clone().into()));
            assert!(metrics.iter().any(shown), "{name} is not on the dashboard");
        }
        let queries = stand.here.logs.describe_query_definitions().send().await.expect("queries");
        let names: BTreeSet<&str> =
            queries.query_definitions().iter().map(|query| text(query.name())).collect();
        let expected = ["cold-starts", "errors", "failed-requests", "slow-calls", "slow-statements"]
            .map(|name| format!("finsight-queries/{name}"));
        assert_eq!(names, expected.iter().map(String::as_str).collect());
        assert!(queries.query_definitions().iter().all(|query| !query.log_group_names().is_empty()));
    });
}

#[test]
fn m6_traces_of_functions_and_stage() {
    let stand = prod();
    stand.block(async {
        for name in reserved() {
            let about = function(stand, &name).await;
            let mode = about.tracing_config().and_then(|tracing| tracing.mode()).map(|mode| mode.as_str());
            assert_eq!(mode, Some("Active"), "{name}");
        }
        let id = api(stand).await;
        let stage = stand.here.apigateway.get_stage().rest_api_id(id).stage_name("v1").send().await;
        assert!(stage.expect("the stage").tracing_enabled());
        let groups = stand.here.xray.get_groups().send().await.expect("groups");
        let own = groups.groups().iter().find(|group| group.group_name() == Some("finsight-api"));
        assert_eq!(own.and_then(|group| group.filter_expression()), Some("service(\"finsight-api/v1\")"));
        let rules = stand.here.xray.get_sampling_rules().send().await.expect("rules");
        let rules = rules.sampling_rule_records().iter().filter_map(|record| record.sampling_rule());
        let own = rules.into_iter().find(|rule| rule.rule_name() == Some("finsight-api")).expect("the rule");
        assert_eq!((own.reservoir_size(), own.service_name()), (1, "finsight-api/v1"));
        assert!((own.fixed_rate() - 0.05).abs() < 1e-9);
    });
}

#[test]
fn m7_budget_at_the_estimate_tells_the_topic() {
    let stand = prod();
    stand.block(async {
        let budgets = &stand.here.budgets;
        let found = budgets.describe_budget().account_id(&stand.account).budget_name("finsight-monthly");
        let found = found.send().await.expect("the budget");
        let budget = found.budget().expect("the budget");
        assert_eq!((budget.time_unit().as_str(), budget.budget_type().as_str()), ("MONTHLY", "COST"));
        let limit = budget.budget_limit().expect("a limit");
        // The upper end of the source's estimate for the first phase.
        assert_eq!((limit.amount().parse(), limit.unit()), (Ok(32.0), "USD"));
        // X13: what it costs, whether credits of a new account pay for it or not.
        #[expect(deprecated, reason = "so a budget of all costs is written")]
        let kinds = budget.cost_types().expect("what counts");
        assert_eq!((kinds.include_credit(), kinds.include_refund()), (Some(false), Some(false)));
        assert_eq!((kinds.include_tax(), kinds.include_support()), (Some(true), Some(true)));
        let alerts = budgets.describe_notifications_for_budget().account_id(&stand.account);
        let alerts = alerts.budget_name("finsight-monthly").send().await.expect("alerts");
        let mut percents: Vec<f64> = alerts.notifications().iter().map(|alert| alert.threshold()).collect();
        percents.sort_by(f64::total_cmp);
        assert_eq!(percents, [50.0, 80.0, 100.0]);
        for alert in alerts.notifications() {
            assert_eq!(alert.notification_type().as_str(), "ACTUAL");
            let told = budgets.describe_subscribers_for_notification().account_id(&stand.account);
            let told = told.budget_name("finsight-monthly").notification(alert.clone()).send().await;
            let told = told.expect("subscribers");
            let [one] = told.subscribers() else { panic!("{told:?}") };
            assert_eq!(one.address(), stand.arn("sns", "finsight-alarms"));
        }
    });
}
