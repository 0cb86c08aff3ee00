//! Whether what goes wrong is heard: alarms that look at the right thing, and can go off, and reach somebody.

use finsight::policy::{rules, waivers};
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Finding, Subject, evaluate};
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

use super::{STACKS, config, graph, node, said, text};

const ALARM: &str = "monitoring/aws:cloudwatch:Alarm";
const FILTER: &str = "monitoring/aws:logs:MetricFilter";

fn judged(graph: &Graph, stack: &str) -> Vec<Finding> {
    let registry = finsight_specs::registry();
    let subject = Subject::new(graph, &registry, "2026-11-30");
    let mut all = evaluate(&rules(), &subject, &waivers(&config(stack).security));
    all.retain(|finding| finding.waived.is_none());
    all
}

/// Sets inputs of a resource; a null takes one away.
fn set(graph: &mut Graph, name: &str, inputs: &[(&str, Json)]) {
    let urn = format!("{}/{name}", graph.stack).parse().expect("a URN");
    let node = graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}"));
    for (input, value) in inputs {
        if value.is_null() {
            node.inputs.remove(*input);
        } else {
            node.inputs.insert((*input).to_owned(), Value::from_plain_json(value));
        }
    }
}

/// That a rule says this of a stack of which one resource was changed.
fn says(rule: &str, part: &str, stack: &str, name: &str, inputs: &[(&str, Json)]) {
    let mut graph = graph(stack);
    set(&mut graph, name, inputs);
    let all = judged(&graph, stack);
    let said = all.iter().any(|one| one.rule == rule && one.message.contains(part));
    assert!(said, "{name} {inputs:?}: {rule} does not say {part:?}: {all:#?}");
}

fn of_program(urn: &str) -> String {
    format!("{ALARM}/{urn}")
}

/// The health check makes fifty calls for each of the users': the latency that is looked at is theirs.
#[test]
fn the_latency_is_that_of_users() {
    for stack in STACKS {
        let graph = graph(stack);
        let alarm = of_program("api-latency");
        let metric = said(&graph, stack, &alarm, "metric_name");
        let filter = format!("{FILTER}/api-latency");
        assert!(
            text(&graph, stack, &filter, "metric_transformations").contains(&metric.to_string()),
            "{stack}"
        );
        assert!(
            text(&graph, stack, &filter, "log_group_name").contains("aws:logs:LogGroup/access"),
            "{stack}"
        );
        let wanted = match &config(stack).monitoring.probe {
            Some(probe) => format!("{{ $.path != \"*{}\" }}", probe.path),
            None => String::new(),
        };
        assert_eq!(said(&graph, stack, &filter, "filter_pattern"), wanted, "{stack}");
    }
    let old = [
        ("namespace", json!("AWS/ApiGateway")),
        ("metric_name", json!("Latency")),
        (
            "dimensions",
            json!([{"name": "ApiName", "value": "finsight-api"}, {"name": "Stage", "value": "v1"}]),
        ),
    ];
    says("heard-reach", "its p95 is the health check's", "prod", &of_program("api-latency"), &old);
    // With so few of the others it would have to be the last percent.
    let mut all = graph("prod");
    set(&mut all, &of_program("api-latency"), &old);
    set(&mut all, &of_program("api-latency"), &[("extended_statistic", json!("p50"))]);
    assert!(judged(&all, "prod").iter().any(|one| one.rule == "heard-reach"));
    // Nobody asks from outside there.
    let mut staging = graph("staging");
    set(&mut staging, &of_program("api-latency"), &old);
    assert!(!judged(&staging, "staging").iter().any(|one| one.rule == "heard-reach"));
    let everyone = [("filter_pattern", json!(""))];
    says("heard-reach", "its p95 is the health check's", "prod", &format!("{FILTER}/api-latency"), &everyone);
    says(
        "heard-reach",
        "milliseconds end the call",
        "prod",
        &of_program("api-latency"),
        &[("threshold", json!(60_000))],
    );
}

/// The plan counts the health check's calls, which come with the plan's key: 525,600 a month.
#[test]
fn quotas_count_the_health_check() {
    let mut prod = graph("prod");
    set(
        &mut prod,
        "api/aws:apigateway:UsagePlan/standard",
        &[("quota", json!({"limit": 400_000, "period": "MONTH"}))],
    );
    let all = judged(&prod, "prod");
    assert!(all.iter().any(|one| one.rule == "works-limits"), "{all:#?}");
}

/// A crash, no memory, no time: nobody logs that but API Gateway.
#[test]
fn an_authorizer_that_crashes_is_heard() {
    for stack in STACKS {
        let graph = graph(stack);
        let metric = said(&graph, stack, &of_program("authorizer-errors"), "metric_name");
        for (filter, group, pattern) in [
            ("authorizer-unavailable", "aws:logs:LogGroup/functions", "{ $.outcome = \"unavailable\" }"),
            ("authorizer-silent", "aws:logs:LogGroup/access", "{ $.errorType = \"AUTHORIZER_*\" }"),
        ] {
            let filter = format!("{FILTER}/{filter}");
            assert!(text(&graph, stack, &filter, "log_group_name").contains(group), "{stack} {filter}");
            assert_eq!(said(&graph, stack, &filter, "filter_pattern"), pattern, "{stack}");
            let made = text(&graph, stack, &filter, "metric_transformations");
            assert!(made.contains(&metric.to_string()), "{stack}: {made}");
        }
        let format = text(&graph, stack, "api/aws:apigateway:Stage/main", "access_log_settings");
        assert!(format.contains("$context.error.responseType"), "{stack}: {format}");
    }
    let mut prod = graph("prod");
    let urn = format!("prod/{FILTER}/authorizer-silent").parse().expect("a URN");
    prod.nodes.remove(&urn).expect("it");
    let all = judged(&prod, "prod");
    assert!(all.iter().any(|one| one.rule == "heard-failing" && one.message.contains("AUTHORIZER_FAILURE")));
}

/// The word that the filter waits for is the one that the authorizer logs.
#[test]
fn the_authorizer_logs_the_word_that_is_counted() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/authorizer/src/lib.rs");
    let source = std::fs::read_to_string(source).expect("the authorizer's source");
    let constant = source.split("pub const UNAVAILABLE: &str = ").nth(1).expect("the constant");
    let word = constant.split(';').next().expect("its value");
    assert!(source.contains("outcome = UNAVAILABLE"), "it is logged as `outcome`");
    let pattern = said(&graph("prod"), "prod", &format!("{FILTER}/authorizer-unavailable"), "filter_pattern");
    assert_eq!(pattern, format!("{{ $.outcome = {word} }}"));
    says(
        "heard-failing",
        "no alarm looks at its Errors",
        "prod",
        &format!("{FILTER}/authorizer-unavailable"),
        &[("filter_pattern", json!("{ $.outcome = \"unreachable\" }"))],
    );
}

/// A metric that nobody publishes where, as and under the dimensions that the alarm looks for.
#[test]
fn metrics_that_are_not_what_is_looked_for() {
    says(
        "heard-metric",
        "unknown namespace AWS/Lamda",
        "prod",
        &of_program("users-errors"),
        &[("namespace", json!("AWS/Lamda"))],
    );
    let dimensions = json!([{"name": "FunctionName", "value": "authorizer"}]);
    says(
        "heard-metric",
        "it is looked for under FunctionName",
        "prod",
        &of_program("authorizer-errors"),
        &[("dimensions", dimensions)],
    );
    let mut prod = graph("prod");
    let urn = format!("prod/{}", of_program("authorizer-errors")).parse().expect("a URN");
    prod.nodes.get_mut(&urn).expect("it").options.region = Some("us-east-1".to_owned());
    let all = judged(&prod, "prod");
    let said =
        all.iter().any(|one| one.rule == "heard-metric" && one.message.contains("looked for in us-east-1"));
    assert!(said, "{all:#?}");
}

/// Thresholds of counts lie below what can come, and a filter that publishes 0 counts nothing.
#[test]
fn counts_that_nothing_reaches() {
    for (stack, alarm, threshold) in [
        ("prod", "schedules-failed", 100),
        ("dev", "schedules-failed", 100),
        ("prod", "root-used", 1_000),
        ("prod", "trail-changed", 1_000),
        ("prod", "authorizer-errors", 100_000),
        ("prod", "slack-notifier-errors", 100_000),
        ("prod", "slack-notifier-lost", 100_000),
        ("prod", "authorizer-throttles", 100_000),
    ] {
        says(
            "heard-reach",
            "nobody hears of it",
            stack,
            &of_program(alarm),
            &[("threshold", json!(threshold))],
        );
    }
    let mut prod = graph("prod");
    let urn = format!("prod/{FILTER}/root-used").parse().expect("a URN");
    let inputs = &mut prod.nodes.get_mut(&urn).expect("it").inputs;
    let made = serde_json::to_string(&inputs["metric_transformations"]).expect("JSON");
    assert!(made.contains("\"metric_value\":\"1\""), "{made}");
    let made = made.replace("\"metric_value\":\"1\"", "\"metric_value\":\"0\"");
    inputs.insert("metric_transformations".to_owned(), serde_json::from_str(&made).expect("a value"));
    let all = judged(&prod, "prod");
    let said = all.iter().any(|one| one.rule == "heard-reach" && one.message.contains("it sees 0"));
    assert!(said, "{all:#?}");
}

/// Alarms that go off while all is well stand for ever.
#[test]
fn thresholds_that_are_always_crossed() {
    let mib = |count: i64| json!(count * 1_048_576);
    for (alarm, threshold) in [("database-freeable-memory", mib(900)), ("database-cpu", json!(1))] {
        says("heard-always", "it stands for ever", "prod", &of_program(alarm), &[("threshold", threshold)]);
    }
    let all = &graph("prod");
    assert!(node(all, "prod", &of_program("database-cpu")).inputs.contains_key("threshold"));
}

/// A child that does not tell by itself sets the one above it off alone.
#[test]
fn each_child_sets_the_one_above_it_off() {
    let above = "monitoring/aws:cloudwatch:CompositeAlarm/unavailable";
    let with = |rule: &dyn Fn(&str) -> String| {
        let mut prod = graph("prod");
        let urn = format!("prod/{above}").parse().expect("a URN");
        let inputs = &mut prod.nodes.get_mut(&urn).expect("it").inputs;
        let text = serde_json::to_string(&inputs["alarm_rule"]).expect("JSON");
        inputs.insert("alarm_rule".to_owned(), serde_json::from_str(&rule(&text)).expect("a value"));
        judged(&prod, "prod")
    };
    assert!(with(&|rule| rule.to_owned()).is_empty());
    for to in [" AND ", " "] {
        let all = with(&|rule| {
            assert!(rule.contains(" OR "), "{rule}");
            rule.replace(" OR ", to)
        });
        let said =
            |one: &&Finding| one.rule == "heard-once" && one.message.contains("alone it does not set off");
        assert!(all.iter().filter(said).count() >= 2, "{to}: {all:#?}");
    }
    for to in ["NOT ALARM(", "OK("] {
        let all = with(&|rule| rule.replacen("ALARM(", to, 1));
        let said = |one: &Finding| one.rule == "heard-always" && one.message.contains("stands for ever");
        assert!(all.iter().any(said), "{to}: {all:#?}");
    }
}

/// A filter that lets no alarm through, a topic that is of nobody, and news that has one way alone.
#[test]
fn people_who_hear_nothing() {
    let way = "monitoring/aws:sns:Subscription/alarms-ops-finsight.com";
    for filter in [json!({"severity": ["high"]}), json!({"NewStateValue": ["ALARM"]})] {
        says("heard-twice", "functions alone", "prod", way, &[("filter_policy", filter)]);
    }
    let by_body = |filter: Json| [("filter_policy", filter), ("filter_policy_scope", json!("MessageBody"))];
    says("heard-twice", "functions alone", "prod", way, &by_body(json!({"NewStateValue": ["OK"]})));
    let mut prod = graph("prod");
    set(&mut prod, way, &by_body(json!({"NewStateValue": ["ALARM"]})));
    assert!(judged(&prod, "prod").is_empty());
    let nobody = json!(["arn:aws:sns:ap-northeast-1:123456789012:somebody"]);
    says(
        "heard-topics",
        "no topic of the program",
        "prod",
        &of_program("users-errors"),
        &[("alarm_actions", nobody)],
    );
    let mut prod = graph("prod");
    let urn = "prod/monitoring/aws:sns:Subscription/mail-ops-finsight.com".parse().expect("a URN");
    prod.nodes.remove(&urn).expect("bounces reach people by mail too");
    let all = judged(&prod, "prod");
    assert!(all.iter().any(|one| one.rule == "heard-twice"), "{all:#?}");
}

/// A rule of EventBridge that waits for something else than what fails.
#[test]
fn events_that_are_not_those_of_failures() {
    let pattern = |kind: &str, status: &str| json!({"source": ["aws.amplify"], "detail-type": [kind], "detail": {"jobStatus": [status]}});
    let builds = "monitoring/aws:events:Rule/failed-builds";
    let kind = "Amplify Deployment Status Change";
    for pattern in [pattern(kind, "SUCCEED"), pattern("Amplify Build", "FAILED")] {
        says("heard-findings", "a build that fails", "prod", builds, &[("event_pattern", pattern)]);
    }
    let mut prod = graph("prod");
    set(&mut prod, builds, &[("event_pattern", pattern(kind, "FAILED"))]);
    assert!(judged(&prod, "prod").is_empty());
    let config = json!({"source": ["aws.config"], "detail-type": ["Config Rules Compliance Change"],
        "detail": {"newEvaluationResult": {"complianceType": ["COMPLIANT"]}}});
    let findings = "monitoring/aws:events:Rule/config-findings";
    says("heard-findings", "does not comply", "prod", findings, &[("event_pattern", config)]);
}

/// A new alarm begins with an end: those of a few alarms are told, and not of all.
#[test]
fn the_first_day_brings_no_flood_of_mails() {
    for stack in STACKS {
        let mut all = graph(stack);
        let alarms: Vec<String> = all
            .nodes
            .keys()
            .filter(|urn| urn.type_name() == "aws:cloudwatch:Alarm")
            .map(ToString::to_string)
            .collect();
        let told = |graph: &Graph| {
            let ends =
                |urn: &&String| graph.nodes[&urn.parse().expect("a URN")].inputs.contains_key("ok_actions");
            alarms.iter().filter(ends).count()
        };
        assert!(told(&all) <= 1, "{stack}: {}", told(&all));
        for urn in &alarms {
            let inputs = &mut all.nodes.get_mut(&urn.parse().expect("a URN")).expect("it").inputs;
            if let Some(actions) = inputs.get("alarm_actions").cloned() {
                inputs.insert("ok_actions".to_owned(), actions);
            }
        }
        let found = judged(&all, stack);
        assert!(
            found.iter().any(|one| one.rule == "heard-noise" && one.message.contains("first day")),
            "{found:#?}"
        );
    }
}

/// No health check says that it looks at a certificate's end: ACM tells of one that it cannot renew, in the region of each.
#[test]
fn certificates_that_are_not_renewed_are_heard() {
    for stack in STACKS {
        let all = graph(stack);
        for (rule, certificate, topic) in
            [("certificate", "api", "alarms"), ("edge-certificate", "api-edge", "edge-alarms")]
        {
            let rule = format!("monitoring/aws:events:Rule/{rule}");
            let pattern = text(&all, stack, &rule, "event_pattern");
            let own = format!("aws:acm:CertificateValidation/{certificate}\"");
            assert!(pattern.contains(&own), "{stack}: {pattern}");
            for kind in ["Approaching Expiration", "Expired", "Renewal Action Required"] {
                assert!(pattern.contains(&format!("ACM Certificate {kind}")), "{stack}: {pattern}");
            }
            assert!(text(&all, stack, &rule, "targets").contains(&format!("Topic/{topic}\"")), "{stack}");
            let region = |name: &str| node(&all, stack, name).options.region.clone();
            assert_eq!(region(&rule), region(&format!("api/aws:acm:Certificate/{certificate}")), "{stack}");
        }
    }
    for name in ["certificate", "edge-certificate"] {
        let rule = format!("monitoring/aws:events:Rule/{name}");
        says("heard-findings", "not renewed", "prod", &rule, &[("state", json!("DISABLED"))]);
        says("heard-findings", "not renewed", "staging", &rule, &[("targets", json!([]))]);
        let late = json!({"source": ["aws.acm"], "detail-type": ["ACM Certificate Expired"]});
        says("heard-findings", "not renewed", "prod", &rule, &[("event_pattern", late)]);
        let another = json!({"source": ["aws.acm"], "resources": ["arn:aws:acm:us-east-1:111122223333:certificate/other"]});
        says("heard-findings", "not renewed", "dev", &rule, &[("event_pattern", another)]);
        // Whoever listens to all certificates hears of these.
        let mut all = graph("prod");
        set(&mut all, &rule, &[("event_pattern", json!({"source": ["aws.acm"]}))]);
        assert!(judged(&all, "prod").is_empty(), "{name}");
    }
}

/// The graph that one looks at while users complain is theirs, and what cannot be told apart says so.
#[test]
fn the_graph_of_latency_is_that_of_users() {
    const BOARD: &str = "monitoring/aws:cloudwatch:Dashboard/main";
    for stack in STACKS {
        let all = graph(stack);
        let metric = said(&all, stack, &of_program("api-latency"), "metric_name");
        let board = text(&all, stack, BOARD, "dashboard_body");
        assert!(board.contains(&metric.to_string()) && !board.contains("\"Latency\""), "{stack}: {board}");
        let asked = config(stack).monitoring.probe.is_some();
        assert_eq!(board.contains("auth: the health check's calls"), asked, "{stack}");
        let described = |name: &str| text(&all, stack, &of_program(name), "alarm_description");
        assert_eq!(described("auth-duration").contains("health check"), asked, "{stack}");
        assert!(!described("users-duration").contains("health check"), "{stack}");
    }
    let old = json!({"widgets": [{"type": "metric", "properties": {"stat": "p95", "period": 300, "title": "old",
        "metrics": [["AWS/ApiGateway", "Latency", "ApiName", "finsight-api", "Stage", "v1"]]}}]});
    says("heard-reach", "its graph of Latency", "prod", BOARD, &[("dashboard_body", old.clone())]);
    let mut staging = graph("staging");
    set(&mut staging, BOARD, &[("dashboard_body", old)]);
    assert!(!judged(&staging, "staging").iter().any(|one| one.rule == "heard-reach"));
}
