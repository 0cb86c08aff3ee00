//! The policy pack: clean on the shipped stacks, and each rule fires on a program that breaks it.

use std::collections::BTreeSet;

use finsight::artifacts::{Artifact, Artifacts, Kind};
use finsight::config::{Config, built_in, parse};
use finsight::policy::{explained, rules, waivers};
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Finding, Rule, Severity, Subject, Waiver, evaluate};
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

const TODAY: &str = "2026-11-22";

fn config(stack: &str) -> Config {
    parse("test.json", built_in(stack).expect("shipped")).unwrap_or_else(|error| panic!("{error}"))
}

fn graph(stack: &str) -> Graph {
    let artifacts = Artifacts::default();
    finsight::finsight(stack, &config(stack), &artifacts).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn findings(graph: &Graph, waived: &[Waiver]) -> Vec<Finding> {
    evaluate(&rules(), &Subject::new(graph, &finsight_specs::registry(), TODAY), waived)
}

#[test]
fn the_shipped_stacks_are_clean_but_for_named_waivers() {
    for stack in ["dev", "staging", "prod"] {
        let found = findings(&graph(stack), &waivers(&config(stack).security));
        let open: Vec<&Finding> = found.iter().filter(|finding| finding.waived.is_none()).collect();
        assert!(open.is_empty(), "{stack}: {open:#?}");
    }
}

/// S16: what holds the code of a function that is too large for a call keeps the rules too.
#[test]
fn a_large_function_breaks_no_rule() {
    let large = Artifact {
        sha256_hex: "0".repeat(64),
        sha256_base64: format!("{}=", "0".repeat(43)),
        size: 60 << 20,
        unpacked: 200 << 20,
        kind: Kind::Zip,
        machine: None,
    };
    for stack in ["dev", "staging", "prod"] {
        let config = config(stack);
        let artifacts = Artifacts::from_iter([("reports".to_owned(), large.clone())]);
        let graph =
            finsight::finsight(stack, &config, &artifacts).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert!(graph.nodes.keys().any(|urn| urn.as_str().ends_with("api/aws:s3:Bucket/code")), "{stack}");
        let mut found = findings(&graph, &waivers(&config.security));
        found.retain(|finding| finding.waived.is_none());
        assert!(found.is_empty(), "{stack}: {found:#?}");
    }
}

/// Sets inputs of the first resource of a type; a null takes one away.
fn with(graph: &mut Graph, type_name: &str, inputs: &[(&str, Json)]) {
    with_named(graph, &format!("{type_name}/"), inputs);
}

/// The same of the first resource whose URN has this.
fn with_named(graph: &mut Graph, part: &str, inputs: &[(&str, Json)]) {
    let node = graph.nodes.values_mut().find(|node| node.urn.as_str().contains(part));
    let node = node.unwrap_or_else(|| panic!("no {part}"));
    for (name, value) in inputs {
        if value.is_null() {
            node.inputs.remove(*name);
        } else {
            node.inputs.insert((*name).to_owned(), Value::from_plain_json(value));
        }
    }
}

/// Takes all resources of a type out.
fn without(graph: &mut Graph, type_name: &str) {
    graph.nodes.retain(|urn, _| urn.type_name() != type_name);
}

/// Declares the first resource of a type so many times more.
fn again(graph: &mut Graph, type_name: &str, times: usize) {
    let node = graph.nodes.values().find(|node| node.urn.type_name() == type_name).cloned();
    let node = node.unwrap_or_else(|| panic!("no {type_name}"));
    for n in 0..times {
        let mut more = node.clone();
        more.urn = format!("{}-{n}", node.urn).parse().expect("a URN");
        graph.nodes.insert(more.urn.clone(), more);
    }
}

type Break = fn(&mut Graph);

fn allow(action: &str, resource: &str) -> Json {
    json!({"broken": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": [resource]}]}})
}

/// A way to break each rule.
const BREAKS: &[(&str, Break)] = &[
    ("tls-database", |g| {
        with(g, "aws:rds:DBParameterGroup", &[("parameters", json!({"max_connections": "100"}))])
    }),
    ("tls-proxy", |g| with(g, "aws:rds:DBProxy", &[("require_tls", json!(false))])),
    ("tls-edge", |g| {
        with(
            g,
            "aws:cloudfront:Distribution",
            &[("viewer_certificate", json!({"minimum_protocol_version": "TLSv1.1_2016"}))],
        );
    }),
    ("tls-api", |g| with(g, "aws:apigateway:DomainName", &[("security_policy", json!("TLS_1_0"))])),
    ("tls-bucket", |g| with(g, "aws:s3:Bucket", &[("policy", Json::Null)])),
    ("tls-mail", |g| with(g, "aws:ses:ConfigurationSet", &[("tls_policy", Json::Null)])),
    ("tls-webhook", |g| with(g, "aws:sns:Subscription", &[("protocol", json!("http"))])),
    ("encrypted-database", |g| with(g, "aws:rds:DBInstance", &[("storage_encrypted", Json::Null)])),
    ("encrypted-secret", |g| with(g, "aws:secretsmanager:Secret", &[("kms_key_id", Json::Null)])),
    ("encrypted-topic", |g| with(g, "aws:sns:Topic", &[("kms_master_key_id", Json::Null)])),
    ("encrypted-trail", |g| with(g, "aws:cloudtrail:Trail", &[("kms_key_id", Json::Null)])),
    ("encrypted-cache", |g| {
        with(g, "aws:apigateway:Stage", &[("method_settings", json!({"*/*": {"caching_enabled": true}}))]);
    }),
    ("rotated-key", |g| with(g, "aws:kms:Key", &[("enable_key_rotation", json!(false))])),
    ("iam-actions", |g| with(g, "aws:iam:Role", &[("inline_policies", allow("s3:*", "arn:aws:s3:::one"))])),
    ("iam-resources", |g| with(g, "aws:iam:Role", &[("inline_policies", allow("s3:GetObject", "*"))])),
    ("iam-deputy", |g| {
        let trust = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "scheduler.amazonaws.com"}}]});
        with(g, "aws:iam:Role", &[("assume_role_policy_document", trust)]);
    }),
    ("iam-public", |g| {
        let policy = json!({"Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Principal": "*", "Resource": "*"}]});
        with(g, "aws:sns:Topic", &[("policy", policy)]);
    }),
    ("lambda-public", |g| with(g, "aws:lambda:Permission", &[("source_arn", Json::Null)])),
    ("network-ingress", |g| {
        let open = json!([{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}]);
        with(g, "aws:ec2:SecurityGroup", &[("ingress", open)]);
    }),
    ("network-ports", |g| {
        let wide = json!([{"protocol": "tcp", "from_port": 0, "to_port": 65535, "cidr": "10.0.0.0/16"}]);
        with(g, "aws:ec2:SecurityGroup", &[("ingress", wide)]);
    }),
    ("network-default", |g| without(g, "aws:ec2:DefaultSecurityGroup")),
    ("public-database", |g| with(g, "aws:rds:DBInstance", &[("publicly_accessible", json!(true))])),
    ("public-bucket", |g| with(g, "aws:s3:Bucket", &[("block_public_policy", json!(false))])),
    ("api-authorized", |g| {
        let body = json!({"paths": {"/users": {"get": {"security": [{"api_key": []}]}, "options": {}}}});
        with(g, "aws:apigateway:RestApi", &[("body", body)]);
    }),
    ("audit-trail", |g| with(g, "aws:cloudtrail:Trail", &[("enable_log_file_validation", json!(false))])),
    ("audit-retention", |g| with(g, "aws:logs:LogGroup", &[("retention_in_days", Json::Null)])),
    ("audit-network", |g| without(g, "aws:ec2:FlowLog")),
    ("audit-api", |g| with(g, "aws:apigateway:Stage", &[("tracing_enabled", json!(false))])),
    ("audit-firewall", |g| without(g, "aws:wafv2:LoggingConfiguration")),
    ("firewall-edge", |g| with(g, "aws:cloudfront:Distribution", &[("web_acl_id", Json::Null)])),
    ("firewall-api", |g| without(g, "aws:wafv2:WebACLAssociation")),
    ("recorder-rules", |g| without(g, "aws:config:ConfigRule")),
    // A2: the rule is CloudFront's, and the stack's region is not.
    ("recorder-regions", |g| {
        for node in g.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:config:ConfigRule") {
            node.options.region = None;
        }
    }),
    ("recovery-backups", |g| with(g, "aws:rds:DBInstance", &[("backup_retention_period", json!(1))])),
    ("recovery-protect", |g| {
        for node in g.nodes.values_mut() {
            node.options.protect = false;
        }
    }),
    ("supported-runtime", |g| with(g, "aws:lambda:Function", &[("runtime", json!("provided.al2"))])),
    ("supported-database", |g| with(g, "aws:rds:DBInstance", &[("engine_version", json!("12"))])),
    ("quota-default", |g| again(g, "aws:ec2:Vpc", 5)),
    ("quota-fixed", |g| {
        let groups: Vec<String> = (0..21).map(|n| format!("subnet-{n}")).collect();
        with(g, "aws:rds:DBSubnetGroup", &[("subnet_ids", json!(groups))]);
    }),
    ("service-region", |g| {
        for node in g.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:amplify:App") {
            node.options.region = Some("af-south-1".to_owned());
        }
    }),
    ("supported-node", |g| with(g, "aws:amplify:App", &[("build_spec", json!("- nvm use 18"))])),
    ("heard-failures", |g| without(g, "aws:lambda:EventInvokeConfig")),
    ("heard-metric", |g| {
        with_named(g, "aws:cloudwatch:Alarm/users-errors", &[("metric_name", json!("Mistakes"))])
    }),
    ("heard-reach", |g| with_named(g, "aws:cloudwatch:Alarm/database-cpu", &[("threshold", json!(101))])),
    ("heard-noise", |g| {
        with_named(
            g,
            "aws:cloudwatch:Alarm/database-free-storage",
            &[("threshold", json!(4_294_967_296_i64))],
        );
    }),
    ("heard-silence", |g| {
        with_named(g, "aws:cloudwatch:Alarm/database-silent", &[("treat_missing_data", Json::Null)]);
    }),
    ("heard-outside", |g| with(g, "aws:route53:HealthCheck", &[("disabled", json!(true))])),
    ("heard-findings", |g| with(g, "aws:rds:EventSubscription", &[("enabled", json!(false))])),
    ("heard-credits", |g| {
        g.nodes.retain(|urn, _| urn.name() != "database-credits");
    }),
    ("heard-once", |g| with_named(g, "aws:cloudwatch:Alarm/database-cpu", &[("alarm_actions", Json::Null)])),
    ("works-timeouts", |g| with_named(g, "aws:lambda:Function/users", &[("timeout", json!(29))])),
    ("works-certificate", |g| {
        for node in
            g.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:acm:CertificateValidation")
        {
            node.options.region = None;
        }
    }),
    ("works-cors", |g| with(g, "aws:cloudfront:ResponseHeadersPolicy", &[("cors_config", Json::Null)])),
    ("works-binary", |g| with(g, "aws:apigateway:RestApi", &[("binary_media_types", json!([]))])),
    ("works-cache", |g| {
        let all = json!({"*/*": {"caching_enabled": true, "cache_data_encrypted": true}});
        with(g, "aws:apigateway:Stage", &[("method_settings", all)]);
    }),
    ("works-writes", |g| with(g, "aws:cloudfront:CachePolicy", &[("default_ttl", json!(300))])),
    ("works-database-user", |g| without(g, "aws:lambda:Invocation")),
    ("works-windows", |g| {
        with(g, "aws:rds:DBInstance", &[("preferred_backup_window", json!("18:00-18:30"))]);
    }),
    ("works-mail", |g| {
        let reports = json!(["v=DMARC1; p=none; rua=mailto:a@finsight.com"]);
        with_named(g, "aws:route53:RecordSet/mail-from-spf", &[("resource_records", reports)]);
        let node = g.nodes.values_mut().find(|node| node.urn.name() == "mail-from-spf").expect("a record");
        node.urn = "prod/network/aws:route53:RecordSet/reports".parse().expect("a URN");
    }),
    ("reach-services", |g| with_named(g, "aws:ec2:RouteTable/private-a", &[("routes", json!([]))])),
    ("effect-plan", |g| without(g, "aws:apigateway:UsagePlanKey")),
    ("effect-metrics", |g| {
        let on = json!({"*/*": {"metrics_enabled": true}});
        with(g, "aws:apigateway:Stage", &[("method_settings", on)]);
    }),
    ("effect-keys", |g| {
        let mut key =
            g.nodes.values().find(|node| node.urn.type_name() == "aws:kms:Key").expect("a key").clone();
        key.urn = "prod/security/aws:kms:Key/idle".parse().expect("a URN");
        g.nodes.insert(key.urn.clone(), key);
    }),
    ("effect-cached", |g| {
        let node = g.nodes.values_mut().find(|node| node.urn.type_name() == "aws:cloudfront:Distribution");
        let node = node.expect("a distribution");
        let Some(Value::List(behaviors)) = node.inputs.get_mut("cache_behaviors") else {
            panic!("behaviors")
        };
        let Some(Value::Map(last)) = behaviors.last_mut() else { panic!("one") };
        last.insert("path_pattern".to_owned(), "/categorys/*".into());
    }),
    ("effect-bodies", |g| {
        let acl = g.nodes.values_mut().find(|node| node.urn.type_name() == "aws:wafv2:WebACL").expect("one");
        let Some(Value::Map(rules)) = acl.inputs.get_mut("rules") else { panic!("rules") };
        rules.remove("long-bodies");
    }),
    ("effect-budget", |g| {
        let mut more =
            g.nodes.values().find(|node| node.urn.type_name() == "aws:budgets:Budget").expect("it").clone();
        more.urn = "prod/monitoring/aws:budgets:Budget/second".parse().expect("a URN");
        g.nodes.insert(more.urn.clone(), more);
    }),
    ("heard-twice", |g| {
        let mail = |node: &finsight_engine::graph::Node| {
            node.inputs.get("protocol").and_then(Value::as_text) == Some("email")
        };
        g.nodes.retain(|_, node| !mail(node));
    }),
    ("heard-always", |g| {
        with_named(
            g,
            "aws:cloudwatch:Alarm/database-cpu",
            &[("comparison_operator", json!("LessThanThreshold"))],
        );
    }),
    ("heard-early", |g| {
        let cpu = g.nodes.keys().find(|urn| urn.name() == "database-cpu").expect("an alarm").clone();
        let rule = Value::Expr(Box::new(Expr::Output { urn: cpu, name: "id".to_owned() }));
        let composite =
            g.nodes.values_mut().find(|node| node.urn.type_name() == "aws:cloudwatch:CompositeAlarm");
        composite.expect("one").inputs.insert("alarm_rule".to_owned(), rule);
    }),
    ("heard-failing", |g| g.nodes.retain(|urn, _| urn.name() != "users-errors")),
    ("heard-topics", |g| without(g, "aws:sns:Subscription")),
    ("key-grants", |g| {
        let all = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]});
        with(g, "aws:kms:Key", &[("key_policy", all)]);
    }),
    ("reach-zones", |g| with(g, "aws:rds:DBInstance", &[("multi_az", json!(true))])),
    ("reach-callers", |g| without(g, "aws:lambda:Permission")),
    ("reach-keys", |g| with(g, "aws:kms:Key", &[("key_policy", json!({"Statement": []}))])),
    ("reach-ports", |g| with_named(g, "aws:ec2:SecurityGroup/database", &[("ingress", json!([]))])),
    ("reach-rights", |g| with_named(g, "aws:iam:Role/users", &[("inline_policies", json!({}))])),
    ("reach-trust", |g| {
        let trust = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
        with_named(g, "aws:iam:Role/users", &[("assume_role_policy_document", trust)]);
    }),
    ("works-apart", |g| {
        with(g, "aws:cloudfront:CachePolicy", &[("headers_config", json!({"header_behavior": "none"}))]);
    }),
    ("works-groups", |g| g.nodes.retain(|urn, _| urn.name() != "execution")),
    ("works-kept", |g| with(g, "aws:cloudfront:Distribution", &[("custom_error_responses", json!([]))])),
    ("works-level", |g| {
        with_named(g, "aws:lambda:Function/users", &[("application_log_level", json!("ERROR"))]);
    }),
    ("works-limits", |g| {
        with_named(g, "aws:lambda:Function/users", &[("reserved_concurrent_executions", json!(0))]);
    }),
    ("works-methods", |g| {
        let node = g.nodes.values_mut().find(|node| node.urn.type_name() == "aws:cloudfront:Distribution");
        let Some(Value::Map(behavior)) = node.expect("one").inputs.get_mut("default_cache_behavior") else {
            panic!("a behavior")
        };
        behavior.insert("allowed_methods".to_owned(), Value::from_plain_json(&json!(["GET", "HEAD"])));
    }),
    ("works-names", |g| g.nodes.retain(|urn, _| urn.name() != "api-a")),
    ("works-origin", |g| without(g, "aws:apigateway:BasePathMapping")),
    ("works-pages", |g| without(g, "aws:s3:Object")),
    ("works-queries", |g| {
        let query = json!("fields @timestamp, nobody, has, these");
        with_named(g, "aws:logs:QueryDefinition/failed-requests", &[("query_string", query)]);
    }),
    ("works-signed", |g| g.nodes.retain(|urn, _| urn.name() != "dkim-2")),
    ("code-own", |g| {
        // Outside of what the shipped stack waives.
        let mut other =
            g.nodes.values().find(|node| node.urn.as_str().contains("Function/users")).expect("one").clone();
        other.urn = "other/api/aws:lambda:Function/users".parse().expect("a URN");
        g.nodes.insert(other.urn.clone(), other);
    }),
    ("code-needed", |g| {
        with_named(g, "aws:sns:Subscription/alarms", &[("protocol", json!("lambda"))]);
        let users = g
            .nodes
            .keys()
            .find(|urn| urn.as_str().contains("aws:lambda:Function/users"))
            .expect("one")
            .clone();
        let endpoint = Value::Expr(Box::new(Expr::Output { urn: users, name: "live_arn".to_owned() }));
        let node =
            g.nodes.values_mut().find(|node| node.urn.as_str().contains("aws:sns:Subscription/alarms"));
        node.expect("one").inputs.insert("endpoint".to_owned(), endpoint);
    }),
    ("effect-firewall", |g| {
        let acl = g.nodes.values_mut().find(|node| node.urn.type_name() == "aws:wafv2:WebACL").expect("one");
        let Some(Value::Map(rules)) = acl.inputs.get_mut("rules") else { panic!("rules") };
        let Some(Value::Map(rule)) = rules.get_mut("rate-limit") else { panic!("a rule") };
        rule.insert("action".to_owned(), Value::from_plain_json(&json!({"count": {}})));
    }),
    ("effect-cache", |g| with(g, "aws:apigateway:Stage", &[("cache_cluster_enabled", json!(true))])),
    ("effect-schedules", |g| with(g, "aws:scheduler:Schedule", &[("state", json!("DISABLED"))])),
    ("effect-recorder", |g| without(g, "aws:config:ConfigurationRecorderStatus")),
    ("effect-probe", |g| with(g, "aws:route53:HealthCheck", &[("health_check_type", json!("TCP"))])),
    ("works-on", |g| with(g, "aws:cloudfront:Distribution", &[("enabled", json!(false))])),
    ("works-site", |g| with_named(g, "aws:amplify:Branch/develop", &[("environment_variables", json!({}))])),
];

#[test]
fn each_rule_fires_on_a_program_that_breaks_it() {
    let all: BTreeSet<&str> = rules().iter().map(|rule| rule.id).collect();
    let covered: BTreeSet<&str> = BREAKS.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(all, covered, "rules, and rules with a break");
    let shipped = waivers(&config("prod").security);
    for (rule, breaks) in BREAKS {
        let mut broken = graph("prod");
        breaks(&mut broken);
        let alone: Vec<Rule> = rules().into_iter().filter(|one| one.id == *rule).collect();
        let found = evaluate(&alone, &Subject::new(&broken, &finsight_specs::registry(), TODAY), &shipped);
        let fires = found.iter().any(|finding| finding.waived.is_none() && finding.urn.is_some());
        assert!(fires, "{rule} does not fire");
    }
}

/// B1: what the notifier cannot tell Slack is kept, and said by mail.
#[test]
fn the_notifier_has_time_and_loses_nothing() {
    for stack in ["dev", "staging", "prod"] {
        let graph = graph(stack);
        let of =
            |name: &str| &graph.nodes[&format!("{stack}/monitoring/{name}").parse().expect("a URN")].inputs;
        let timeout = |inputs: &finsight_engine::value::Map| inputs.get("timeout").and_then(Value::as_int);
        assert_eq!(timeout(of("aws:lambda:Function/slack-notifier")), Some(60), "{stack}");
        let kept = of("aws:lambda:EventInvokeConfig/slack-notifier");
        assert_eq!(kept.get("qualifier").and_then(Value::as_text), Some("live"), "{stack}");
        for alarm in ["slack-notifier-errors", "slack-notifier-lost"] {
            let threshold = of(&format!("aws:cloudwatch:Alarm/{alarm}")).get("threshold").cloned();
            assert_eq!(threshold, Some(Value::from(1.0)), "{stack} {alarm}");
        }
    }
}

/// Settings of another alias, or without a destination, keep nothing.
#[test]
fn failures_are_kept_where_the_alias_says_so() {
    for change in [("qualifier", json!("$LATEST")), ("on_failure_destination", Json::Null)] {
        let mut graph = graph("prod");
        with(&mut graph, "aws:lambda:EventInvokeConfig", std::slice::from_ref(&change));
        let found = findings(&graph, &waivers(&config("prod").security));
        assert!(found.iter().any(|finding| finding.rule == "heard-failures"), "{change:?}: {found:?}");
    }
}

#[test]
fn a_deprecated_runtime_is_a_warning_with_dates_and_then_an_error() {
    let mut graph = graph("prod");
    with(&mut graph, "aws:lambda:Function", &[("runtime", json!("provided.al2"))]);
    let on = |today: &str| {
        let registry = finsight_specs::registry();
        let found = evaluate(&rules(), &Subject::new(&graph, &registry, today), &[]);
        found.into_iter().find(|finding| finding.rule == "supported-runtime")
    };
    assert!(on("2026-07-30").is_none());
    let warning = on(TODAY).expect("deprecated");
    assert_eq!(warning.severity, Severity::Warning);
    assert!(
        warning.message.contains("since 2026-07-31") && warning.message.contains("2027-02-01"),
        "{}",
        warning.message
    );
    assert!(on("2027-02-01").expect("blocked").refuses());
}

#[test]
fn a_quota_is_named_with_its_code_and_who_needs_it() {
    let of = |graph: &Graph, rule: &str| {
        let found = findings(graph, &waivers(&config("prod").security));
        found.into_iter().filter(|finding| finding.rule == rule).collect::<Vec<_>>()
    };
    let mut program = graph("prod");
    again(&mut program, "aws:ec2:Vpc", 4);
    assert_eq!(of(&program, "quota-default"), [], "five fit");
    again(&mut program, "aws:ec2:Vpc", 5);
    let found = of(&program, "quota-default");
    let message = &found.first().expect("the sixth").message;
    for part in [
        "6 aws:ec2:Vpc in ap-northeast-1",
        "prod/network/aws:ec2:Vpc/main-4",
        "AWS gives 5",
        "vpc L-F678F1CE",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(found.iter().all(|finding| !finding.refuses()), "AWS raises it: {found:?}");

    let mut program = graph("prod");
    let statement = |n: usize| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::bucket/{n}")});
    let statements: Vec<Json> = (0..150).map(statement).collect();
    let policy = json!({"long": {"Version": "2012-10-17", "Statement": statements}});
    with(&mut program, "aws:iam:Role", &[("inline_policies", policy)]);
    let found = of(&program, "quota-fixed");
    assert!(
        found.iter().any(|finding| finding.refuses() && finding.message.contains("AWS gives 10240")),
        "{found:?}"
    );
}

#[test]
fn a_waiver_holds_until_its_day_and_one_that_fits_nothing_is_named() {
    let mut graph = graph("prod");
    with(&mut graph, "aws:rds:DBInstance", &[("publicly_accessible", json!(true))]);
    let waiver = |until: &str, urns: &str| Waiver {
        rule: "public-database".to_owned(),
        urns: UrnPattern::new(urns),
        reason: "while the migration runs".to_owned(),
        until: until.to_owned(),
    };
    let of = |waiver: Waiver| {
        let found = findings(&graph, &[waiver]);
        found.into_iter().filter(|finding| finding.rule == "public-database").collect::<Vec<_>>()
    };
    let held = of(waiver(TODAY, "**/main"));
    assert!(held.len() == 1 && !held[0].refuses(), "{held:?}");
    let ended = of(waiver("2026-11-21", "**/main"));
    assert!(ended[0].refuses() && ended[0].message.contains("ended on 2026-11-21"), "{ended:?}");
    let idle = of(waiver(TODAY, "dev/none/*"));
    assert!(
        idle.iter().any(|finding| finding.urn.is_none()) && idle.iter().any(Finding::refuses),
        "{idle:?}"
    );
}

/// Metric names, limits and behaviours have their source beside the rule: a published page, or the word that it is our own.
#[test]
fn each_rule_states_its_sources() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for one in explained() {
        let id = one.rule.id;
        assert!(!one.sources.is_empty(), "{id} states no source");
        let mut known = BTreeSet::new();
        for source in &one.sources {
            let said = source.to_string();
            assert!(known.insert(source.url.unwrap_or(source.title)), "{id} says it twice: {said}");
            match source.url {
                Some(url) => {
                    assert!(said.ends_with(url) && url.starts_with("https://"), "{id}: {said}");
                    let of_aws = url.contains("docs.aws.amazon.com/");
                    assert!(!of_aws || url.ends_with(".html") && !url.contains('#'), "{id}: {said}");
                }
                None => assert!(said.starts_with("our own convention: "), "{id}: {said}"),
            }
            // A data file that is named is there, and says where it is from, and of which day.
            for file in source.title.split('`').filter(|part| part.starts_with("resources/specs/data/")) {
                let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no {file}"));
                let head: String = text.lines().take_while(|line| line.starts_with('#')).collect();
                assert!(head.contains(" 202"), "{id}: of which day is {file}?");
                assert!(text.contains("https://") || head.contains("github.com/"), "{id}: whence is {file}?");
            }
        }
        assert!(one.text().contains(&one.sources[0].to_string()), "{id}");
        assert_eq!(one.json()["sources"].as_array().map(Vec::len), Some(one.sources.len()), "{id}");
    }
}
