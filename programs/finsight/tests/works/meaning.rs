//! Rules of the checklist judge by what is meant, and not by how it is written: S22, P1 to P3.

use finsight::policy::{rules, waivers};
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Finding, Severity, Subject, evaluate};
use finsight_engine::value::Value;
use serde_json::{Value as Json, json};

use super::{config, graph};

fn judged(graph: &Graph, today: &str) -> Vec<Finding> {
    let registry = finsight_specs::registry();
    let mut all =
        evaluate(&rules(), &Subject::new(graph, &registry, today), &waivers(&config("prod").security));
    all.retain(|finding| finding.waived.is_none() && finding.urn.is_some());
    all
}

fn with(name: &str, input: &str, value: &Json) -> Vec<Finding> {
    let mut graph = graph("prod");
    let urn = format!("prod/{name}").parse().expect("a URN");
    let node = graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}"));
    node.inputs.insert(input.to_owned(), Value::from_plain_json(value));
    judged(&graph, "2026-11-30")
}

fn has(found: &[Finding], rule: &str) -> bool {
    found.iter().any(|finding| finding.rule == rule)
}

fn allowing(action: &str, resource: &str) -> Json {
    json!({"x": {"Statement": [{"Effect": "Allow", "Action": [action], "Resource": [resource]}]}})
}

const ROLE: &str = "api/aws:iam:Role/users";

/// S22: a wildcard inside of an action stands for more than one says.
#[test]
fn wildcards_in_actions() {
    for action in ["s3:Put*", "iam:*Role", "iam:PassRol?", "*", "s3:*", "*:GetObject"] {
        let found = with(ROLE, "inline_policies", &allowing(action, "arn:aws:s3:::one/two"));
        assert!(has(&found, "iam-actions"), "{action}");
    }
    let found = with(ROLE, "inline_policies", &allowing("s3:GetObject", "arn:aws:s3:::one/two"));
    assert!(!has(&found, "iam-actions"), "{found:?}");
}

/// S22: all of a service is written in many ways.
#[test]
fn resources_that_are_all() {
    for resource in ["*", "arn:*", "arn:aws:s3:::*", "arn:aws:s3:*:*:*", "*:*", "arn:aws:s3:::*/*"] {
        let found = with(ROLE, "inline_policies", &allowing("s3:GetObject", resource));
        assert!(has(&found, "iam-resources"), "{resource}");
    }
    for resource in ["arn:aws:s3:::one/*", "arn:aws:s3:::one"] {
        let found = with(ROLE, "inline_policies", &allowing("s3:GetObject", resource));
        assert!(!has(&found, "iam-resources"), "{resource}");
    }
    let but = json!({"x": {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "NotResource": ["arn:aws:s3:::one"]}]}});
    assert!(has(&with(ROLE, "inline_policies", &but), "iam-resources"));
}

/// S22: a condition lets fewer in only if it says who.
#[test]
fn conditions_that_say_who() {
    let open = |condition: Json| {
        let policy = json!({"Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Principal": {"AWS": "*"},
            "Resource": "*", "Condition": condition}]});
        has(&with("monitoring/aws:sns:Topic/alarms", "policy", &policy), "iam-public")
    };
    for everyone in [
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringLike": {"aws:SourceArn": "*"}}),
        json!({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}),
        json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        json!({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
    ] {
        assert!(open(everyone.clone()), "{everyone}");
    }
    for someone in [
        json!({"StringEquals": {"AWS:SourceAccount": "111122223333"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:111122223333:one"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
        json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
    ] {
        assert!(!open(someone.clone()), "{someone}");
    }
}

/// S22: everyone is a set of addresses, and not a text.
#[test]
fn openings_by_addresses() {
    let let_in = |ranges: &[&str]| {
        let rules: Vec<Json> = ranges
            .iter()
            .map(|range| json!({"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr": range}))
            .collect();
        has(&with("network/aws:ec2:SecurityGroup/database", "ingress", &json!(rules)), "network-ingress")
    };
    for everyone in [
        &["0.0.0.0/0"][..],
        &["::/0"],
        &["0.0.0.0/1", "128.0.0.0/1"],
        &["2000::/3"],
        &["64.0.0.0/2"],
        &["::0/0"],
    ] {
        assert!(let_in(everyone), "{everyone:?}");
    }
    for few in [&["10.0.0.0/8"][..], &["192.0.2.0/24", "198.51.100.7/32"], &["2001:db8::/32"], &["fd00::/8"]]
    {
        assert!(!let_in(few), "{few:?}");
    }
}

/// P1: production is what serves users, whatever its name is; a key or a record that is lost is lost too.
#[test]
fn production_is_what_the_stack_says_of_itself() {
    let mut graph = graph("prod");
    graph.stack = "live".to_owned();
    for node in graph.nodes.values_mut() {
        node.options.protect = false;
    }
    let found = judged(&graph, "2026-11-30");
    let open: Vec<&str> = found
        .iter()
        .filter(|finding| finding.rule == "recovery-protect")
        .map(|finding| finding.urn.as_ref().expect("a resource").as_str())
        .collect();
    for name in [
        "database/aws:rds:DBInstance/main",
        "security/aws:kms:Key/database",
        "security/aws:kms:Key/secrets",
        "security/aws:kms:Key/audit",
        "security/aws:s3:Bucket/trail",
    ] {
        assert!(open.contains(&format!("prod/{name}").as_str()), "{name} is not in {open:?}");
    }
    for node in graph.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:rds:DBInstance") {
        node.inputs.insert("deletion_protection".to_owned(), false.into());
    }
    assert!(has(&judged(&graph, "2026-11-30"), "recovery-backups"));
    // A stack that serves no users may go.
    let mut graph = super::graph("staging");
    graph.stack = "trial".to_owned();
    assert!(!has(&judged(&graph, "2026-11-30"), "recovery-protect"));
}

/// P2: what AWS has taken away is unsupported, and what this version does not know is said.
#[test]
fn runtimes_that_nobody_supports() {
    let of = |runtime: &str| {
        let found = with("api/aws:lambda:Function/users", "runtime", &json!(runtime));
        found.into_iter().find(|finding| finding.rule == "supported-runtime").map(|finding| finding.severity)
    };
    for (runtime, severity) in [
        ("nodejs14.x", Some(Severity::Error)),
        ("python3.7", Some(Severity::Error)),
        ("python3.8", Some(Severity::Warning)),
        ("dotnet6", Some(Severity::Warning)),
        ("ruby2.7", Some(Severity::Error)),
        ("provided.al2023", None),
        ("python3.13", None),
        ("java21", None),
        ("cobol1", Some(Severity::Info)),
    ] {
        assert_eq!(of(runtime), severity, "{runtime}");
    }
    let database = |version: &str| {
        has(
            &with("database/aws:rds:DBInstance/main", "engine_version", &json!(version)),
            "supported-database",
        )
    };
    assert!(database("9.6.20") && database("10") && database("13.4") && !database("15") && !database("17.2"));
    let node = |version: u32| {
        let build = json!(format!("- nvm install {version}\n- nvm use {version}\n"));
        has(&with("frontend/aws:amplify:App/main", "build_spec", &build), "supported-node")
    };
    assert!(node(8) && node(17) && node(18) && !node(20) && !node(22) && !node(180));
}

/// P3: TLS 1.2 is TLS 1.2.
#[test]
fn every_tls_1_2_is_taken() {
    let edge = |version: &str| {
        let certificate = json!({"acm_certificate_arn": "arn:aws:acm:us-east-1:1:certificate/x",
            "minimum_protocol_version": version, "ssl_support_method": "sni-only"});
        has(&with("api/aws:cloudfront:Distribution/api", "viewer_certificate", &certificate), "tls-edge")
    };
    for old in ["SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"] {
        assert!(edge(old), "{old}");
    }
    for new in ["TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"] {
        assert!(!edge(new), "{new}");
    }
}
