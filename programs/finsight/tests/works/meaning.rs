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
        "network/aws:kms:Key/logs",
        "monitoring/aws:kms:Key/alarms",
        "monitoring/aws:kms:Key/edge-alarms",
        "monitoring/aws:ses:EmailIdentity/main",
        "network/aws:route53:HostedZone/main",
        "security/aws:cloudtrail:Trail/main",
        "security/aws:secretsmanager:Secret/auth0",
        "security/aws:s3:Bucket/trail",
        "security/aws:s3:Bucket/config",
        "api/aws:s3:Bucket/cdn-logs",
    ] {
        assert!(open.contains(&format!("prod/{name}").as_str()), "{name} is not in {open:?}");
    }
    for node in graph.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:rds:DBInstance") {
        node.inputs.insert("deletion_protection".to_owned(), false.into());
    }
    assert!(has(&judged(&graph, "2026-11-30"), "recovery-backups"));
    // The database alone says so too, where no branch of a site does.
    let mut alone = super::graph("prod");
    alone.stack = "live".to_owned();
    for node in alone.nodes.values_mut() {
        node.options.protect = false;
        node.inputs.remove("stage");
    }
    assert!(has(&judged(&alone, "2026-11-30"), "recovery-protect"));
    // A stack that serves no users may go.
    let mut graph = super::graph("staging");
    graph.stack = "trial".to_owned();
    assert!(!has(&judged(&graph, "2026-11-30"), "recovery-protect"));
}

/// P1: what is protected is protected by its kind, a key that somebody adds among it.
#[test]
fn a_new_key_is_protected_as_the_others() {
    let mut graph = graph("prod");
    let key = graph.nodes.values().find(|node| node.urn.type_name() == "aws:kms:Key").expect("a key");
    let mut more = key.clone();
    more.urn = "prod/api/aws:kms:Key/new".parse().expect("a URN");
    more.options.protect = false;
    graph.nodes.insert(more.urn.clone(), more);
    let found = judged(&graph, "2026-11-30");
    let of_new = |one: &&Finding| one.urn.as_ref().is_some_and(|urn| urn.name() == "new");
    let rules: Vec<&str> = found.iter().filter(of_new).map(|one| one.rule.as_str()).collect();
    assert!(rules.contains(&"recovery-protect"), "{rules:?}");
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

/// What one key of prod is allowed besides.
fn with_key(statement: &Json) -> Vec<Finding> {
    let mut graph = graph("prod");
    let urn = "prod/security/aws:kms:Key/secrets".parse().expect("a URN");
    let policy = graph.nodes.get_mut(&urn).expect("a key").inputs.get_mut("key_policy").expect("a policy");
    let Value::Map(policy) = policy else { panic!("a document") };
    let Some(Value::List(statements)) = policy.get_mut("Statement") else { panic!("statements") };
    statements.push(Value::from_plain_json(statement));
    judged(&graph, "2026-11-30")
}

/// S17: who may take out grants gives the key away, by whatever words he may.
#[test]
fn grants_of_keys_by_whatever_words() {
    let allow = |action: Json| json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": action, "Resource": "*"});
    let when = |mut statement: Json, condition: Json| {
        statement["Condition"] = condition;
        statement
    };
    let for_services = || json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
    let mut but_some = allow(json!(null));
    but_some.as_object_mut().expect("a statement").remove("Action");
    but_some["NotAction"] = json!(["kms:Decrypt", "kms:Encrypt"]);
    for opens in [
        allow(json!("kms:CreateGrant")),
        allow(json!(["kms:DescribeKey", "kms:createGrant"])),
        allow(json!("kms:Create*")),
        allow(json!("kms:*Grant")),
        allow(json!("kms:?reateGrant")),
        allow(json!("kms:*")),
        allow(json!("*")),
        but_some.clone(),
        // Through a service anybody may ask for a grant to himself, and where nothing is said the last one holds.
        when(
            allow(json!("kms:CreateGrant")),
            json!({"StringEquals": {"kms:ViaService": "rds.ap-northeast-1.amazonaws.com"}}),
        ),
        when(allow(json!("kms:CreateGrant")), json!({"BoolIfExists": {"kms:GrantIsForAWSResource": "true"}})),
        when(allow(json!("kms:CreateGrant")), json!({"Bool": {"kms:GrantIsForAWSResource": "false"}})),
        when(
            allow(json!("kms:CreateGrant")),
            json!({"Bool": {"kms:GrantIsForAWSResource": ["true", "false"]}}),
        ),
    ] {
        assert!(has(&with_key(&opens), "key-grants"), "{opens}");
    }
    but_some["NotAction"] = json!(["kms:*"]);
    let of_service = json!({"Effect": "Allow", "Principal": {"Service": "dynamodb.amazonaws.com"}, "Action": "kms:CreateGrant", "Resource": "*"});
    for keeps in [
        allow(json!(["kms:CreateAlias", "kms:RevokeGrant", "kms:ListGrants"])),
        but_some,
        of_service,
        when(allow(json!("kms:*")), for_services()),
        when(allow(json!("kms:CreateGrant")), json!({"Bool": {"KMS:grantisforawsresource": true}})),
        json!({"Effect": "Deny", "Principal": "*", "Action": "kms:CreateGrant", "Resource": "*"}),
    ] {
        assert!(!has(&with_key(&keeps), "key-grants"), "{keeps}");
    }
    // Roles may be let as well; what they may on something else is no grant.
    let role = |resource: &str, action: &str| {
        let policy = json!({"more": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": [resource]}]}});
        has(&with("api/aws:iam:Role/users", "inline_policies", &policy), "key-grants")
    };
    assert!(role("arn:aws:kms:ap-northeast-1:111122223333:key/*", "kms:CreateGrant"));
    assert!(role("*", "kms:Create*"));
    assert!(role("arn:aws:*:*:*:*", "*"));
    assert!(!role("arn:aws:kms:ap-northeast-1:111122223333:key/*", "kms:Decrypt"));
    assert!(!role("arn:aws:s3:::some-bucket/*", "*"));
    // What a statement allows, another may deny to all who are no service.
    let denied = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}}});
    let policy = json!({"Statement": [allow(json!("kms:*")), denied]});
    assert!(!has(&with("security/aws:kms:Key/secrets", "key_policy", &policy), "key-grants"));
    let mut some = policy;
    some["Statement"][1]["Condition"]["StringEquals"] = json!({"aws:PrincipalAccount": "111122223333"});
    assert!(has(&with("security/aws:kms:Key/secrets", "key_policy", &some), "key-grants"));
}

/// S19: who is sent to TLS has sent his token by then. Who looks at a site has none yet.
#[test]
fn clients_of_an_api_are_not_redirected() {
    let redirected = |place: &str| {
        let mut graph = graph("prod");
        let urn = "prod/api/aws:cloudfront:Distribution/api".parse().expect("a URN");
        let inputs = &mut graph.nodes.get_mut(&urn).expect("a distribution").inputs;
        let behavior = match place {
            "" => inputs.get_mut("default_cache_behavior").expect("a behavior"),
            path => {
                let Some(Value::List(all)) = inputs.get_mut("cache_behaviors") else { panic!("behaviors") };
                all.iter_mut()
                    .find(|one| one.as_map().and_then(|one| one["path_pattern"].as_text()) == Some(path))
                    .expect("a behavior")
            }
        };
        let Value::Map(behavior) = behavior else { panic!("a map") };
        behavior.insert("viewer_protocol_policy".to_owned(), "redirect-to-https".into());
        judged(&graph, "2026-11-30")
    };
    for place in ["", "/categories"] {
        let found = redirected(place);
        let one =
            found.iter().find(|one| one.rule == "tls-edge").unwrap_or_else(|| panic!("{place}: {found:?}"));
        assert!(one.message.contains("token in clear"), "{place}: {}", one.message);
    }
    assert!(!has(&redirected("/errors/*"), "tls-edge"), "pages take no tokens");
}

/// What is paid for twice hangs on one gateway in one zone.
#[test]
fn two_zones_with_one_way_out() {
    let said = |stack: &str, edits: &[(&str, &str)]| {
        let text = edits
            .iter()
            .fold(finsight::config::built_in(stack).expect("shipped").to_owned(), |text, (old, new)| {
                text.replace(old, new)
            });
        let config = finsight::config::parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
        let graph =
            finsight::finsight(stack, &config, &finsight::artifacts::Artifacts::default()).expect("a graph");
        judged(&graph, "2026-11-30")
    };
    let twice = ("\"multi_az\": false", "\"multi_az\": true");
    let found = said("prod", &[twice]);
    let zones: Vec<&Finding> = found.iter().filter(|one| one.rule == "reach-zones").collect();
    let [one] = zones.as_slice() else { panic!("{found:?}") };
    assert!(one.urn.as_ref().is_some_and(|urn| urn.type_name() == "aws:ec2:NatGateway"), "{one:?}");
    assert!(one.message.contains("ap-northeast-1a"), "{one:?}");
    assert!(!has(&said("prod", &[twice, ("\"nat_gateways\": 1", "\"nat_gateways\": 2")]), "reach-zones"));
    assert!(!has(&said("prod", &[]), "reach-zones"));
    // Without users nobody misses it.
    assert!(!has(&said("staging", &[twice]), "reach-zones"));
    // Two gateways of which one is used are no more than one.
    let text = finsight::config::built_in("prod").expect("shipped");
    let text = text.replace(twice.0, twice.1).replace("\"nat_gateways\": 1", "\"nat_gateways\": 2");
    let config = finsight::config::parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    let mut graph =
        finsight::finsight("prod", &config, &finsight::artifacts::Artifacts::default()).expect("a graph");
    let routes = |graph: &Graph, name: &str| {
        let urn = format!("prod/network/aws:ec2:RouteTable/{name}").parse().expect("a URN");
        (graph.nodes[&urn].inputs["routes"].clone(), urn)
    };
    let ((first, _), (_, second)) = (routes(&graph, "private-a"), routes(&graph, "private-b"));
    graph.nodes.get_mut(&second).expect("a table").inputs.insert("routes".to_owned(), first);
    assert!(has(&judged(&graph, "2026-11-30"), "reach-zones"));
}
