//! Whether alarms are heard when something is wrong, and when nothing is are silent: T2, T3, T4, W4.

use finsight::cost::assumptions::{API_CALLS, LAMBDA_REQUESTS};
use finsight_engine::cost::Decimal;
use finsight_engine::expr::references;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::value::Value;

use super::{STACKS, config, graph, node, said, text};

const ALARM: &str = "monitoring/aws:cloudwatch:Alarm";
/// Seconds of a month, as estimates count them.
const MONTH: i64 = 730 * 3_600;

fn alarms(graph: &Graph) -> impl Iterator<Item = &Node> {
    graph.nodes.values().filter(|node| node.urn.type_name() == "aws:cloudwatch:Alarm")
}

fn int(node: &Node, property: &str) -> Option<i64> {
    node.inputs.get(property).and_then(Value::as_int)
}

/// What is expected within so many seconds of what comes so often in a month.
fn expected(monthly: Decimal, seconds: i64) -> f64 {
    (monthly * Decimal::ratio(seconds, MONTH)).to_f64()
}

/// T3: at the load that is expected, what goes wrong all the time reaches the threshold of what is counted.
#[test]
fn errors_are_counted_over_a_time_that_has_calls() {
    for stack in STACKS {
        let graph = graph(stack);
        for function in ["users", "reports"] {
            let alarm = node(&graph, stack, &format!("{ALARM}/{function}-errors"));
            let calls = expected(LAMBDA_REQUESTS.quantity.share(8), int(alarm, "period").expect("a period"));
            let threshold = said(&graph, stack, &format!("{ALARM}/{function}-errors"), "threshold");
            assert!(threshold.as_f64().expect("a number") <= calls, "{stack} {function}: {calls} calls");
        }
    }
}

/// T3: one refused request of one is no alarm: a share counts from so many failed requests on, and those can come.
#[test]
fn shares_stand_on_a_count() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let limits = &config.monitoring.alarms;
        for share in ["api-5xx", "api-4xx", "cdn-5xx"] {
            let alarm = node(&graph, stack, &format!("{ALARM}/{share}"));
            assert!(!alarm.inputs.contains_key("metric_name"), "{stack} {share}: a share alone");
            let lines = text(&graph, stack, &format!("{ALARM}/{share}"), "metrics");
            assert!(lines.contains(&format!(">= {}", limits.failed_requests)), "{stack} {share}: {lines}");
            assert!(lines.contains("\"stat\":\"Sum\""), "{stack} {share}: {lines}");
        }
        let calls = expected(API_CALLS.quantity, limits.count_seconds);
        #[allow(clippy::cast_precision_loss)]
        let least = limits.failed_requests as f64;
        assert!(least > 1.0 && least <= calls, "{stack}: {least} of {calls}");
    }
}

/// What asks from outside has some 720 calls an hour, users have 14: shares are those of users.
#[test]
fn users_are_not_lost_among_probes() {
    let lines = |alarm: &str| text(&graph("prod"), "prod", &format!("{ALARM}/{alarm}"), "metrics");
    for share in ["api-5xx", "api-4xx"] {
        let lines = lines(share);
        assert!(lines.contains("IF(calls - asked > errors, 100 * errors / (calls - asked), 100)"), "{lines}");
        assert!(lines.contains("\"Invocations\"") && lines.contains("aws:lambda:Function/auth"), "{lines}");
    }
    assert!(lines("cdn-5xx").contains("calls - 720"), "{}", lines("cdn-5xx"));
    assert!(!text(&graph("dev"), "dev", &format!("{ALARM}/api-4xx"), "metrics").contains("Invocations"));
}

/// T3: one slow call is no alarm.
#[test]
fn percentiles_and_refusals_want_more_than_one_hour() {
    for stack in STACKS {
        let graph = graph(stack);
        for alarm in alarms(&graph) {
            let slow = alarm.inputs.contains_key("extended_statistic") || alarm.urn.name() == "api-4xx";
            if slow {
                let of = (int(alarm, "datapoints_to_alarm"), int(alarm, "evaluation_periods"));
                assert_eq!(of, (Some(2), Some(3)), "{}", alarm.urn);
            }
        }
    }
}

/// W4: thresholds lie below what can be.
#[test]
fn thresholds_can_be_reached() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let threshold =
            |name: &str| said(&graph, stack, &format!("{ALARM}/{name}"), "threshold").as_f64().expect(name);
        let pool = if config.network.database_proxy {
            config.database.proxy.max_connections
        } else {
            config.database.max_connections
        };
        #[allow(clippy::cast_precision_loss)]
        let (pool, kept) = (pool as f64, config.api.reserved_concurrency.unwrap_or(100) as f64);
        assert!(threshold("database-connections") <= pool, "{stack}");
        assert!(threshold("users-concurrency") <= kept, "{stack}: AWS leaves a hundred at least");
        if config.network.database_proxy {
            let proxy = node(&graph, stack, &format!("{ALARM}/proxy-connections"));
            // Each host of a proxy has its value each minute: what all of them hold is the sum of one minute.
            assert_eq!(proxy.inputs.get("statistic").and_then(Value::as_text), Some("Sum"), "{stack}");
            assert_eq!(int(proxy, "period"), Some(60), "{stack}");
            assert!(threshold("proxy-connections") <= pool, "{stack}");
        }
    }
}

/// T4: RDS makes the storage larger at a tenth: what is heard is that it did not.
#[test]
fn storage_is_heard_where_it_does_not_grow() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let threshold = said(&graph, stack, &format!("{ALARM}/database-free-storage"), "threshold");
        #[allow(clippy::cast_precision_loss)]
        let tenth = config.database.storage_gib as f64 / 10.0 * 1_073_741_824.0;
        assert!(threshold.as_f64().expect("a number") < tenth, "{stack}: {threshold}");
    }
}

/// T2 and T4: one alarm says that users are affected: it holds what they feel and nothing else, and is told once.
#[test]
fn users_are_affected_by_what_they_feel() {
    for stack in STACKS {
        let graph = graph(stack);
        let composite = node(&graph, stack, "monitoring/aws:cloudwatch:CompositeAlarm/unavailable");
        let below = references(&composite.inputs["alarm_rule"]);
        let mut names: Vec<&str> = below.iter().map(|urn| urn.name()).collect();
        names.sort_unstable();
        // What rests at night by its schedule is silent then.
        let rests = config(stack).database.working_hours.is_some();
        let silent = if rests { vec![] } else { vec!["database-silent"] };
        assert_eq!(names, [vec!["api-5xx", "authorizer-errors"], silent].concat(), "{stack}");
        for urn in &below {
            assert!(!graph.nodes[urn].inputs.contains_key("alarm_actions"), "{urn} is told twice");
            assert!(!graph.nodes[urn].inputs.contains_key("ok_actions"), "{urn} is told twice");
        }
        for actions in ["alarm_actions", "ok_actions"] {
            assert!(composite.inputs.contains_key(actions), "{stack}: {actions}");
        }
        let alone = alarms(&graph).filter(|alarm| !below.contains(&alarm.urn));
        for alarm in alone {
            assert!(alarm.inputs.contains_key("alarm_actions"), "{} tells nobody", alarm.urn);
        }
    }
}

/// T2: prod is asked from outside, by its name, down to the database; what asks is heard where its metric is.
#[test]
fn prod_is_asked_from_outside() {
    let (graph, config) = (graph("prod"), config("prod"));
    let check = "monitoring/aws:route53:HealthCheck/api";
    assert_eq!(said(&graph, "prod", check, "fully_qualified_domain_name"), config.api.domain.as_str());
    assert_eq!(said(&graph, "prod", check, "health_check_type"), "HTTPS");
    let path = said(&graph, "prod", check, "resource_path");
    assert!(path.as_str().expect("a path").starts_with("/auth/"), "no token is asked for below it: {path}");
    let heard = format!("{ALARM}/api-unreachable");
    assert_eq!(said(&graph, "prod", &heard, "treat_missing_data"), "breaching");
    assert_eq!(node(&graph, "prod", &heard).options.region.as_deref(), Some("us-east-1"));
    assert!(text(&graph, "prod", &heard, "alarm_actions").contains("aws:sns:Topic/edge-alarms"));
    for stack in ["dev", "staging"] {
        let asked =
            super::graph(stack).nodes.values().any(|node| node.urn.type_name() == "aws:route53:HealthCheck");
        assert!(!asked, "{stack}: only by its config");
    }
}

/// T5: who waits for the proxy, who keeps its connections, and whether the database answers it; in the metrics' own units.
#[test]
fn the_proxy_is_watched() {
    for stack in ["staging", "prod"] {
        let (graph, config) = (graph(stack), config(stack));
        let limits = &config.monitoring.alarms;
        let alarm =
            |name: &str, property: &str| said(&graph, stack, &format!("{ALARM}/proxy-{name}"), property);
        assert_eq!(alarm("borrowing", "metric_name"), "DatabaseConnectionsBorrowLatency");
        #[allow(clippy::cast_precision_loss)]
        let micros = limits.proxy_borrow_ms as f64 * 1_000.0;
        assert_eq!(alarm("borrowing", "threshold").as_f64(), Some(micros), "{stack}: it is in microseconds");
        assert_eq!(
            (alarm("pinned", "statistic"), alarm("pinned", "period")),
            ("Sum".into(), 60.into()),
            "{stack}"
        );
        let dimensions = alarm("availability", "dimensions").to_string();
        assert!(
            dimensions.contains("TargetRole") && dimensions.contains("READ_WRITE"),
            "{stack}: {dimensions}"
        );
        assert_eq!(alarm("availability", "comparison_operator"), "LessThanThreshold", "{stack}");
    }
}

/// X16: EventBridge says neither account nor ARN to the key of a topic, nor to its policy.
#[test]
fn events_pass_the_policies_of_topic_and_key() {
    let graph = graph("prod");
    for what in ["alarms", "edge-alarms"] {
        for (kind, property) in [("kms:Key", "key_policy"), ("sns:Topic", "policy")] {
            let policy = said(&graph, "prod", &format!("monitoring/aws:{kind}/{what}"), property);
            let all = policy["Statement"].as_array().expect("statements");
            let own =
                all.iter().find(|one| one["Principal"].to_string().contains("\"events.amazonaws.com\""));
            let own = own.unwrap_or_else(|| panic!("{kind}/{what}: {policy}"));
            assert!(own["Condition"].is_null(), "{kind}/{what}: {own}");
        }
    }
}

/// T2: a database that is gone is heard of without any traffic.
#[test]
fn the_end_of_the_database_is_heard() {
    for stack in ["staging", "prod"] {
        let graph = graph(stack);
        let alarm = format!("{ALARM}/database-silent");
        assert_eq!(said(&graph, stack, &alarm, "treat_missing_data"), "breaching", "{stack}");
        assert_eq!(said(&graph, stack, &alarm, "namespace"), "AWS/RDS", "{stack}");
        assert_eq!(
            said(&graph, stack, &format!("{ALARM}/database-cpu"), "treat_missing_data"),
            "notBreaching"
        );
    }
}
