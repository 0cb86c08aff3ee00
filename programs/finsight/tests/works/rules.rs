//! The rules of the policy pack find the faults that FinSight once had, each planted again.

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::policy::{rules, waivers};
use finsight_engine::graph::{Graph, Node};
use finsight_engine::policy::{Finding, Severity, Subject, evaluate};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

use super::{config, graph};

/// What one resource has instead.
type Inputs<'a> = &'a [(&'a str, Json)];

/// What the policy pack finds in a stack after some inputs of one resource were changed; a null takes one away.
pub(super) fn found(stack: &str, name: &str, inputs: &[(&str, Json)]) -> Vec<Finding> {
    let mut graph = graph(stack);
    change(&mut graph, stack, name, inputs);
    judged(&graph, stack)
}

/// What the policy pack finds in a graph, what a stack's config waives among it.
pub(super) fn all(graph: &Graph, stack: &str) -> Vec<Finding> {
    let registry = finsight_specs::registry();
    evaluate(&rules(), &Subject::new(graph, &registry, "2026-11-30"), &waivers(&config(stack).security))
}

/// The same without what is waived.
pub(super) fn judged(graph: &Graph, stack: &str) -> Vec<Finding> {
    let mut all = all(graph, stack);
    all.retain(|finding| finding.waived.is_none());
    all
}

fn change(graph: &mut Graph, stack: &str, name: &str, inputs: &[(&str, Json)]) {
    let urn = format!("{stack}/{name}").parse().expect("a URN");
    let node = graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}"));
    for (input, value) in inputs {
        if value.is_null() {
            node.inputs.remove(*input);
        } else {
            node.inputs.insert((*input).to_owned(), Value::from_plain_json(value));
        }
    }
}

/// The one finding of a rule, by a part of its message. What else the change brings, other rules say.
pub(super) fn fires(rule: &str, part: &str, stack: &str, name: &str, inputs: &[(&str, Json)]) -> Severity {
    let mut all = found(stack, name, inputs);
    all.retain(|one| one.rule == rule);
    let [one] = all.as_slice() else { panic!("{name}: {all:#?}") };
    assert!(one.message.contains(part), "{name}: {}", one.message);
    one.severity
}

fn alarm(what: &str) -> String {
    format!("monitoring/aws:cloudwatch:Alarm/{what}")
}

#[test]
fn metrics_that_nobody_publishes() {
    let cases: [(&str, &str, Inputs<'_>, &str); 5] = [
        ("prod", "users-errors", &[("metric_name", json!("Mistakes"))], "no metric Mistakes"),
        ("prod", "users-errors", &[("namespace", json!("AWS/RDS"))], "publishes no metric Errors"),
        (
            "prod",
            "database-cpu",
            &[("dimensions", json!([{"name": "Instance", "value": "x"}]))],
            "other dimensions than Instance",
        ),
        (
            "dev",
            "authorizer-errors",
            &[("metric_name", json!("AuthorizerUnavailable"))],
            "no filter of the program",
        ),
        (
            "prod",
            "regional-blocks",
            &[("dimensions", json!([{"name": "WebACL", "value": "x"}]))],
            "other dimensions than WebACL",
        ),
    ];
    for (stack, name, inputs, part) in cases {
        assert_eq!(fires("heard-metric", part, stack, &alarm(name), inputs), Severity::Error);
    }
    let here = json!([{"id": "m", "return_data": true, "metric_stat": {"namespace": "AWS/CloudFront",
        "metric_name": "5xxErrorRate", "stat": "Average", "period": 300,
        "dimensions": [{"name": "DistributionId", "value": "x"}, {"name": "Region", "value": "Global"}]}}]);
    fires("heard-metric", "has its metrics in us-east-1", "prod", &alarm("api-4xx"), &[("metrics", here)]);
}

/// A graph without a line is looked at on the day on which it counts.
#[test]
fn graphs_that_stay_empty() {
    let board = "monitoring/aws:cloudwatch:Dashboard/main";
    let body = |region: &str, metrics: Json| {
        let graph =
            json!({"type": "metric", "properties": {"region": region, "stat": "Sum", "metrics": metrics}});
        [("dashboard_body", json!({"widgets": [{"type": "text", "properties": {"markdown": "#"}}, graph]}))]
    };
    let home = "ap-northeast-1";
    let name = "finsight-users";
    let cases = [
        (home, json!([["AWS/Lambda", "Mistakes", "FunctionName", name]]), "no metric Mistakes"),
        (home, json!([["AWS/Lambda", "Errors", "Function", name]]), "other dimensions than Function"),
        (
            home,
            json!([["AWS/CloudFront", "Requests", "DistributionId", "x", "Region", "Global"]]),
            "us-east-1",
        ),
        (home, json!([["FinSight", "Nothing"]]), "no filter of the program"),
        (
            home,
            json!([["AWS/Lambda", "Errors", "FunctionName", name], [".", "Mistakes", ".", "."]]),
            "no metric Mistakes",
        ),
        (
            home,
            json!([["AWS/Lambda", "Errors", "FunctionName", name], ["...", "finsight-nobody", {"label": "b"}]]),
            "finsight-nobody",
        ),
        ("us-east-1", json!([["AWS/Lambda", "Errors", "FunctionName", name]]), "it looks in us-east-1"),
    ];
    for (region, metrics, part) in cases {
        assert_eq!(
            fires("heard-metric", part, "prod", board, &body(region, metrics)),
            Severity::Error,
            "{part}"
        );
    }
    let good =
        json!([["AWS/Lambda", "Errors", "FunctionName", name, {"stat": "Sum"}], [".", "Duration", ".", "."]]);
    let all = found("prod", board, &body(home, good));
    assert!(all.iter().all(|one| one.rule != "heard-metric"), "{all:#?}");
}

/// W4: a graph of what is not, or of one host for all, looks well whatever happens.
#[test]
fn graphs_of_nothing() {
    const BOARD: &str = "monitoring/aws:cloudwatch:Dashboard/main";
    for (from, to, part) in [
        ("\"CPUUtilization\"", "\"CPU\"", "publishes no metric CPU"),
        ("\"DBInstanceIdentifier\"", "\"Instance\"", "other dimensions than Instance"),
        ("\"us-east-1\"", "\"eu-west-1\"", "has its metrics in us-east-1"),
        ("\"period\":60", "\"period\":300", "the Sum of 60 seconds"),
    ] {
        let mut graph = graph("staging");
        let urn = format!("staging/{BOARD}").parse().expect("a URN");
        let inputs = &mut graph.nodes.get_mut(&urn).expect("it").inputs;
        let text = serde_json::to_string(&inputs["dashboard_body"]).expect("JSON");
        let body = serde_json::from_str(&text.replace(from, to)).expect("a value");
        inputs.insert("dashboard_body".to_owned(), body);
        let registry = finsight_specs::registry();
        let all = evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &[]);
        let said = all.iter().find(|one| one.rule == "heard-metric" && one.message.contains(part));
        assert!(said.is_some_and(|one| one.urn.as_ref() == Some(&urn)), "{part}: {all:#?}");
    }
    for stack in ["dev", "staging", "prod"] {
        assert!(!found(stack, BOARD, &[]).iter().any(|one| one.rule == "heard-metric"), "{stack}");
    }
}

/// A body of which the end is not looked at is refused, or nobody judges it; what is looked at all is judged.
#[test]
fn bodies_that_are_judged_in_part() {
    let of = |bytes: &str, oversize: &str| {
        let mut graph = graph("prod");
        let urn = "prod/security/aws:wafv2:WebACL/edge".parse().expect("a URN");
        let inputs = &mut graph.nodes.get_mut(&urn).expect("it").inputs;
        let text = serde_json::to_string(&inputs["rules"]).expect("JSON");
        assert!(text.contains("16384") && text.contains("\"MATCH\""), "{text}");
        let text = text.replace("16384", bytes).replace("\"MATCH\"", &format!("\"{oversize}\""));
        inputs.insert("rules".to_owned(), serde_json::from_str(&text).expect("a value"));
        let registry = finsight_specs::registry();
        let all = evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &[]);
        all.iter().any(|one| one.rule == "effect-bodies")
    };
    assert!(!of("16384", "MATCH") && !of("8192", "CONTINUE"));
    // WAF sees 16 KB: nothing is ever longer.
    assert!(of("16384", "CONTINUE"));
}

/// Classes for memory have twice as much of it as those of the same size.
#[test]
fn memory_of_other_classes() {
    let of = |class: &str| {
        let mut graph = graph("prod");
        let instance = "database/aws:rds:DBInstance/main";
        change(&mut graph, "prod", instance, &[("db_instance_class", json!(class))]);
        let low = [("threshold", json!(10_737_418_240_i64))];
        change(&mut graph, "prod", &alarm("database-freeable-memory"), &low);
        let registry = finsight_specs::registry();
        let all = evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &[]);
        all.iter().any(|one| one.rule == "heard-always")
    };
    assert!(of("db.m5.large") && !of("db.r5.large"));
}

/// SES says its rates when mail goes out: two of three periods hardly have one.
#[test]
fn rates_that_come_now_and_then() {
    let steady =
        [("period", json!(300)), ("evaluation_periods", json!(3)), ("datapoints_to_alarm", json!(2))];
    fires("heard-reach", "holds until the next", "prod", &alarm("mail-bounces"), &steady);
    let silent = [("treat_missing_data", json!("notBreaching"))];
    fires("heard-reach", "holds until the next", "dev", &alarm("mail-complaints"), &silent);
}

/// A key that no call brings: CloudFront puts its own in the place of any other.
#[test]
fn keys_that_nobody_calls_with() {
    let mut graph = graph("prod");
    // The config refuses it: a program may do so.
    let kinds = ["aws:apigateway:ApiKey", "aws:apigateway:UsagePlanKey"];
    let of = |urn: &Urn, name: &str| Urn::new("prod", urn.component(), urn.type_name(), name).expect("a URN");
    let frontend = graph.nodes.values().filter(|node| kinds.contains(&node.urn.type_name()));
    let frontend: Vec<Node> = frontend.filter(|node| node.urn.name() == "frontend").cloned().collect();
    assert_eq!(frontend.len(), 2, "{frontend:#?}");
    for mut node in frontend {
        let text =
            serde_json::to_string(&node.inputs).expect("JSON").replace("ApiKey/frontend", "ApiKey/partner");
        node.inputs = serde_json::from_str(&text).expect("inputs");
        node.urn = of(&node.urn, "partner");
        graph.nodes.insert(node.urn.clone(), node);
    }
    let registry = finsight_specs::registry();
    let subject = Subject::new(&graph, &registry, "2026-11-30");
    let all = evaluate(&rules(), &subject, &waivers(&config("prod").security));
    let all: Vec<&Finding> = all.iter().filter(|one| one.rule == "effect-plan").collect();
    assert!(all.len() == 1 && all[0].message.contains("ApiKey/partner"), "{all:?}");
}

/// What AWS's page of health checks lists, is there.
#[test]
fn metrics_that_are_published() {
    for name in ["TimeToFirstByte", "SSLHandshakeTime", "ConnectionTime"] {
        let all = found("prod", &alarm("api-unreachable"), &[("metric_name", json!(name))]);
        assert!(!all.iter().any(|one| one.rule == "heard-metric"), "{name}: {all:?}");
    }
}

/// What asks from outside asks more often than all users: shares of all calls say nothing of users, and a plan's quota is used up.
#[test]
fn users_beside_what_asks_from_outside() {
    let line = |id: &str, metric: &str, dimensions: Json| {
        json!({"id": id, "return_data": false, "metric_stat": {"namespace": "AWS/ApiGateway",
            "metric_name": metric, "stat": "Sum", "period": 3600, "dimensions": dimensions}})
    };
    let of_api = || json!([{"name": "ApiName", "value": "finsight-api"}, {"name": "Stage", "value": "v1"}]);
    let share = json!([{"id": "share", "expression": "IF(errors >= 3, 100 * errors / calls, 0)"},
        line("errors", "4XXError", of_api()), line("calls", "Count", of_api())]);
    let all = [("metrics", share)];
    fires("heard-reach", "even if everything fails it sees 1.9", "prod", &alarm("api-4xx"), &all);
    // Nobody asks there.
    assert!(!found("staging", &alarm("api-4xx"), &all).iter().any(|one| one.rule == "heard-reach"));
    let plain = [
        ("metrics", Json::Null),
        ("namespace", json!("AWS/ApiGateway")),
        ("metric_name", json!("4XXError")),
        ("statistic", json!("Average")),
        ("period", json!(3600)),
        ("threshold", json!(0.2)),
        ("dimensions", of_api()),
    ];
    fires("heard-reach", "is all calls of users", "prod", &alarm("api-4xx"), &plain);
    let regions: Vec<&str> = vec![
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-west-1",
        "us-west-2",
    ];
    let check = "monitoring/aws:route53:HealthCheck/api";
    let many = found("prod", check, &[("regions", json!(regions))]);
    let said = many.iter().find(|one| one.rule == "works-limits");
    assert!(said.is_some_and(|one| one.message.contains("its quota is 1000000 calls a month")), "{many:#?}");
}

/// W4, T3.
#[test]
fn thresholds_that_nothing_reaches() {
    let cases: [(&str, Inputs<'_>, &str, Severity); 10] = [
        (
            "database-connections",
            &[("threshold", json!(80))],
            "20 connections are the proxy's pool",
            Severity::Error,
        ),
        ("proxy-connections", &[("statistic", json!("Maximum"))], "a value of its own", Severity::Error),
        ("proxy-pinned", &[("statistic", json!("Maximum"))], "a value of its own", Severity::Error),
        ("proxy-pinned", &[("threshold", json!(30))], "the proxy's pool", Severity::Error),
        ("proxy-connections", &[("period", json!(300))], "the Sum of 60 seconds", Severity::Error),
        ("proxy-connections", &[("threshold", json!(30))], "the proxy's pool", Severity::Error),
        ("users-concurrency", &[("threshold", json!(800))], "100 calls are reserved", Severity::Error),
        ("users-duration", &[("threshold", json!(30_000))], "28000 milliseconds end", Severity::Error),
        ("mail-bounces", &[("threshold", json!(5))], "a share, not percent", Severity::Error),
        (
            "users-errors",
            &[("threshold", json!(5)), ("period", json!(300))],
            "calls are expected",
            Severity::Warning,
        ),
    ];
    for (name, inputs, part, severity) in cases {
        assert_eq!(fires("heard-reach", part, "prod", &alarm(name), inputs), severity);
    }
    // Who comes without a proxy may take all that the database has.
    assert_eq!(found("dev", &alarm("database-connections"), &[("threshold", json!(80))]), []);
    fires(
        "heard-reach",
        "`max_connections`",
        "dev",
        &alarm("database-connections"),
        &[("threshold", json!(101))],
    );
}

/// T3, T4.
#[test]
fn alarms_that_go_off_for_nothing() {
    let share = [
        ("metrics", Json::Null),
        ("namespace", json!("AWS/ApiGateway")),
        ("metric_name", json!("4XXError")),
        ("statistic", json!("Average")),
        ("period", json!(300)),
        ("threshold", json!(0.2)),
        ("evaluation_periods", json!(1)),
        ("datapoints_to_alarm", Json::Null),
        ("dimensions", json!([{"name": "ApiName", "value": "x"}])),
    ];
    fires("heard-noise", "one request of the 1.1", "prod", &alarm("api-4xx"), &share);
    fires("heard-noise", "by itself", "prod", &alarm("users-duration"), &[("datapoints_to_alarm", json!(1))]);
    let storage = [("threshold", json!(4_294_967_296_i64))];
    fires("heard-noise", "at a tenth", "prod", &alarm("database-free-storage"), &storage);
}

/// T2, T4.
#[test]
fn alarms_that_tell_nobody_or_twice() {
    let gone = [("treat_missing_data", json!("notBreaching"))];
    fires("heard-silence", "found by the next user", "prod", &alarm("database-silent"), &gone);
    fires("heard-once", "nobody is told", "prod", &alarm("database-cpu"), &[("alarm_actions", Json::Null)]);
    let told = [("alarm_actions", json!(["arn:aws:sns:ap-northeast-1:123456789012:x"]))];
    fires("heard-once", "tells the same again", "prod", &alarm("api-5xx"), &told);
}

/// T2: what is gone between the caller and the database makes no error where nobody calls.
#[test]
fn nobody_asks_from_outside() {
    let check = "monitoring/aws:route53:HealthCheck/api";
    let cases: [(String, Inputs<'_>); 4] = [
        (alarm("api-unreachable"), &[("treat_missing_data", json!("notBreaching"))]),
        (check.to_owned(), &[("fully_qualified_domain_name", json!("www.finsight.com"))]),
        (check.to_owned(), &[("disabled", json!(true))]),
        (check.to_owned(), &[("inverted", json!(true))]),
    ];
    for (name, inputs) in cases {
        fires("heard-outside", "nobody asks for api.finsight.com", "prod", &name, inputs);
    }
    let here = [("metric_name", json!("HealthStatus"))];
    let all = found("prod", &alarm("api-unreachable"), &here);
    assert!(
        all.iter().any(|one| one.rule == "heard-metric" && one.message.contains("HealthStatus")),
        "{all:?}"
    );
}

/// T17 and W5: what AWS finds out by itself.
#[test]
fn detectors_without_a_listener() {
    let cases: [(&str, &str, Inputs<'_>, &str); 6] = [
        ("prod", "events:Rule/failed-builds", &[("state", json!("DISABLED"))], "a build that fails"),
        ("dev", "events:Rule/failed-builds", &[("targets", json!([]))], "a build that fails"),
        (
            "prod",
            "events:Rule/config-findings",
            &[("event_pattern", json!({"source": ["aws.amplify"]}))],
            "does not comply",
        ),
        ("prod", "rds:EventSubscription/database-events", &[("enabled", json!(false))], "failover, failure"),
        (
            "staging",
            "rds:EventSubscription/proxy-events",
            &[("source_ids", json!(["other"]))],
            "of its failure is",
        ),
        (
            "dev",
            "rds:EventSubscription/database-events",
            &[("event_categories", json!(["maintenance"]))],
            "failover, failure, low storage is",
        ),
    ];
    for (stack, name, inputs, part) in cases {
        let name = format!("monitoring/aws:{name}");
        assert_eq!(fires("heard-findings", part, stack, &name, inputs), Severity::Error);
    }
}

/// C8: without a way out, a function waits for its secrets until it times out.
#[test]
fn functions_that_reach_nothing() {
    let text = built_in("prod").expect("shipped");
    let of = |from: &str, to: &str| {
        let text = text.replace("\"nat_gateways\": 1", "\"nat_gateways\": 0").replace(from, to);
        let config = parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
        let graph = finsight::finsight("prod", &config, &Artifacts::default()).expect("a graph");
        let registry = finsight_specs::registry();
        let all =
            evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &waivers(&config.security));
        // That Auth0 is not reached is a warning, which `settings` looks at.
        let all = all
            .into_iter()
            .filter(|finding| finding.rule == "reach-services" && finding.severity == Severity::Error);
        all.map(|finding| finding.urn.expect("a function").name().to_owned()).collect::<Vec<_>>()
    };
    let endpoints = |names: &str| format!("\"interface_endpoints\": [{names}]");
    let none = "\"interface_endpoints\": []";
    assert_eq!(of("", ""), ["auth", "notifications", "database-user"], "two read a secret, one mails");
    assert_eq!(of(none, &endpoints("\"secretsmanager\"")), ["notifications"]);
    assert!(of(none, &endpoints("\"secretsmanager\", \"email\"")).is_empty());
}

/// T5: who waits waits longer than who works.
#[test]
fn limits_that_are_no_chain() {
    let group = "database/aws:rds:DBParameterGroup/main";
    let long = [(
        "parameters",
        json!({"rds.force_ssl": "1", "max_connections": "100", "statement_timeout": "28000"}),
    )];
    fires("works-timeouts", "28000 ms", "prod", group, &long);
    let never = [("parameters", json!({"rds.force_ssl": "1", "max_connections": "100"}))];
    fires("works-timeouts", "never ends", "prod", group, &never);
    let pool = [("connection_borrow_timeout", json!(28))];
    fires("works-timeouts", "waits 28 seconds", "prod", "database/aws:rds:DBProxyTargetGroup/main", &pool);
}

/// Each is less than what a function has, and both together are more.
#[test]
fn waits_add_up() {
    const POOL: &str = "database/aws:rds:DBProxyTargetGroup/main";
    let part =
        "waits 10 seconds for a connection and then 20000 ms for a statement, and lives for 28 seconds";
    for stack in ["staging", "prod"] {
        fires("works-timeouts", part, stack, POOL, &[("connection_borrow_timeout", json!(10))]);
        assert_eq!(found(stack, POOL, &[("connection_borrow_timeout", json!(7))]), []);
    }
}

/// T10: a plan whose keys no method asks for.
#[test]
fn plans_that_hold_for_nobody() {
    let mut graph = graph("prod");
    let urn = "prod/api/aws:apigateway:RestApi/main".parse().expect("a URN");
    let body = graph.nodes[&urn].inputs["body"]
        .masked()
        .to_string()
        .replace("\"api_key\":[],", "")
        .replace("\"api_key\":[]", "");
    let body = serde_json::from_str(&body).expect("JSON");
    change(&mut graph, "prod", "api/aws:apigateway:RestApi/main", &[("body", body)]);
    let registry = finsight_specs::registry();
    let all = evaluate(
        &rules(),
        &Subject::new(&graph, &registry, "2026-11-30"),
        &waivers(&config("prod").security),
    );
    let found: Vec<&Finding> = all.iter().filter(|finding| finding.rule == "effect-plan").collect();
    assert!(found.len() == 1 && found[0].message.contains("asks for a key"), "{found:?}");
}

/// T11: addresses in a domain that the stack's own zone says nothing of.
#[test]
fn mail_that_nobody_takes() {
    let waived: Vec<String> = {
        let graph = graph("prod");
        let registry = finsight_specs::registry();
        let all = evaluate(
            &rules(),
            &Subject::new(&graph, &registry, "2026-11-30"),
            &waivers(&config("prod").security),
        );
        all.into_iter()
            .filter(|finding| finding.rule == "works-mail")
            .map(|finding| finding.message)
            .collect()
    };
    assert!(waived.iter().any(|one| one.starts_with("dmarc@finsight.com")), "{waived:?}");
    assert!(waived.iter().any(|one| one.starts_with("ops@finsight.com")), "{waived:?}");
    let record = "\"zone\": \"finsight.com\", \"records\": [{\"name\": \"finsight.com\", \"type\": \"MX\", \"values\": [\"1 a.example.com\"]}]";
    let text = built_in("prod").expect("shipped").replace("\"zone\": \"finsight.com\"", record);
    let config = parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    let graph = finsight::finsight("prod", &config, &Artifacts::default()).expect("a graph");
    let registry = finsight_specs::registry();
    let all = evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &[]);
    assert!(!all.iter().any(|finding| finding.rule == "works-mail"), "{all:?}");
}

/// T14, T18, C11: what is done to the database is done while it runs, and one thing at a time.
#[test]
fn windows_in_which_nothing_can_be_done() {
    const INSTANCE: &str = "database/aws:rds:DBInstance/main";
    let at = |name: &str, window: &str| [(name.to_owned(), json!(window))];
    for (stack, name, window, part) in [
        // 2:00 in Japan, and a Sunday.
        ("dev", "preferred_backup_window", "17:00-17:30", "have stopped it"),
        ("dev", "preferred_maintenance_window", "sun:05:00-sun:05:30", "have stopped it"),
        // The first of a month may be any day.
        ("prod", "preferred_maintenance_window", "tue:17:45-tue:18:15", "meets the schedule"),
        ("prod", "preferred_backup_window", "18:00-18:30", "meets the schedule"),
    ] {
        let [(name, value)] = at(name, window);
        fires("works-windows", part, stack, INSTANCE, &[(name.as_str(), value)]);
    }
    // A stop on Saturday or Sunday, of what was stopped on Friday.
    let daily = [("schedule_expression", json!("cron(0 22 * * ? *)"))];
    fires(
        "works-windows",
        "stops it at 13:00 UTC on S",
        "dev",
        "database/aws:scheduler:Schedule/stop",
        &daily,
    );
    let [(name, value)] = at("preferred_maintenance_window", "fri:12:00-fri:12:30");
    assert_eq!(found("dev", INSTANCE, &[(name.as_str(), value)]), []);
}
