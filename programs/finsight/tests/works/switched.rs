//! Settings that look like protection, or like an opening, and are neither: each is bent in prod, and told of.

use finsight_engine::policy::Severity;
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

use super::rules::{fires, found, judged};
use super::{graph, node};

const EDGE: &str = "security/aws:wafv2:WebACL/edge";
const REGIONAL: &str = "security/aws:wafv2:WebACL/regional";
const STAGE: &str = "api/aws:apigateway:Stage/main";
const DISTRIBUTION: &str = "api/aws:cloudfront:Distribution/api";
const CHECK: &str = "monitoring/aws:route53:HealthCheck/api";

/// An input of a resource as JSON, bent.
fn bent(name: &str, property: &str, bend: impl FnOnce(&mut Json)) -> Vec<(String, Json)> {
    let graph = graph("prod");
    let mut value = serde_json::to_value(&node(&graph, "prod", name).inputs[property]).expect("JSON");
    bend(&mut value);
    vec![(property.to_owned(), value)]
}

/// What the policy pack newly says of prod with these inputs, which may hold expressions.
fn says(rule: &str, part: &str, name: &str, inputs: &[(String, Json)]) {
    let mut graph = graph("prod");
    let urn = format!("prod/{name}").parse().expect("a URN");
    let own = &mut graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}")).inputs;
    for (property, value) in inputs {
        let value: Value = serde_json::from_value(value.clone()).expect("a value");
        own.insert(property.clone(), value);
    }
    let all = judged(&graph, "prod");
    assert!(
        all.iter().any(|one| one.rule == rule && one.message.contains(part)),
        "{name}: no {rule} says {part}: {all:#?}"
    );
}

#[test]
fn rules_of_a_firewall_that_count() {
    for (acl, rule) in [
        (EDGE, "rate-limit"),
        (EDGE, "log-in"),
        (EDGE, "cross-site-scripting"),
        (REGIONAL, "only-through-cloudfront"),
    ] {
        let rules = bent(acl, "rules", |rules| rules[rule]["action"] = json!({"count": {}}));
        says("effect-firewall", &format!("rule {rule} counts"), acl, &rules);
    }
    let rules = bent(EDGE, "rules", |rules| rules["sql-injection"]["override_action"] = json!({"count": {}}));
    says("effect-firewall", "rule sql-injection counts", EDGE, &rules);
    let rules = bent(EDGE, "rules", |rules| {
        rules["common"]["statement"]["managed_rule_group_statement"]["rule_action_overrides"]["GenericLFI_BODY"] =
            json!({"count": {}});
    });
    says("effect-firewall", "counts what GenericLFI_BODY would refuse", EDGE, &rules);
}

#[test]
fn caches_that_keep_nothing() {
    let on =
        [("cache_cluster_enabled".to_owned(), json!(true)), ("cache_cluster_size".to_owned(), json!("0.5"))];
    says("effect-cache", "no method's answers are kept", STAGE, &on);
    says(
        "effect-cache",
        "keep nothing of /categories",
        "api/aws:cloudfront:CachePolicy/api",
        &[("max_ttl".to_owned(), json!(0))],
    );
}

#[test]
fn what_is_switched_off() {
    let cases: [(&str, &str, &str, Json, &str); 6] = [
        (
            "effect-schedules",
            "database/aws:scheduler:Schedule/monthly-snapshot",
            "state",
            json!("DISABLED"),
            "switched off",
        ),
        (
            "effect-recorder",
            "security/aws:config:ConfigurationRecorderStatus/main",
            "recording",
            json!(false),
            "records nothing",
        ),
        ("effect-probe", CHECK, "health_check_type", json!("TCP"), "by TCP"),
        ("works-on", DISTRIBUTION, "enabled", json!(false), "answers nobody"),
        ("works-on", "network/aws:ec2:Vpc/main", "enable_dns_support", json!(false), "no name is resolved"),
        ("works-on", EDGE, "default_action", json!({"block": {}}), "refuses everybody"),
    ];
    for (rule, name, property, value, part) in cases {
        says(rule, part, name, &[(property.to_owned(), value)]);
    }
    for key in ["security/aws:kms:Key/database", "security/aws:kms:Key/secrets"] {
        says("works-on", "is out of reach", key, &[("enabled".to_owned(), json!(false))]);
    }
}

/// A3: a placeholder answers its caller well, and does nothing.
#[test]
fn placeholders_are_said() {
    let mut graph = graph("prod");
    let all = super::rules::all(&graph, "prod");
    let of = |rule: &str| all.iter().filter(|one| one.rule == rule).collect::<Vec<_>>();
    assert!(of("code-needed").iter().all(|one| one.waived.is_some() && one.severity == Severity::Error));
    assert_eq!(of("code-needed").len(), 2, "the notifier, and what makes the database's user");
    assert_eq!(of("code-own").len(), 9, "eight functions and the authorizer");
    // With code of its own, nothing is said of a function.
    for node in graph.nodes.values_mut() {
        if let Some(Value::Map(tags)) = node.inputs.get_mut("tags") {
            tags.remove("Code");
        }
    }
    let all = super::rules::all(&graph, "prod");
    assert!(!all.iter().any(|one| one.rule.starts_with("code-") && one.urn.is_some()), "{all:#?}");
}

/// S22: what is put together is judged as what is written.
#[test]
fn resources_and_callers_that_name_nothing() {
    const ROLE: &str = "api/aws:iam:Role/users";
    let allow = |action: &str, resource: Json| {
        json!({"wide": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": [action], "Resource": resource}]}})
    };
    let wide = |statement: Json| {
        bent(ROLE, "inline_policies", |all| {
            all["wide"] = statement["wide"].clone();
        })
    };
    for (action, resource) in [
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
        ("rds-db:connect", "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:*"),
        ("kms:Decrypt", "arn:aws:kms:ap-northeast-1:123456789012:key/*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:*"),
    ] {
        let part = format!("it allows {action} on every resource");
        says("iam-resources", &part, ROLE, &wide(allow(action, json!([resource]))));
    }
    // The statement of the function itself, with its parts: any user in the place of the one.
    let built = bent(ROLE, "inline_policies", |all| {
        let text = all["connect"].to_string().replace("/finsight_app", "/*");
        all["connect"] = serde_json::from_str(&text).expect("JSON");
    });
    says("iam-resources", "it allows rds-db:connect on every resource", ROLE, &built);
    const TOPIC: &str = "monitoring/aws:sns:Topic/alarms";
    let open = |rest: Json| {
        bent(TOPIC, "policy", |policy| {
            let mut statement = json!({"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"});
            for (key, value) in rest.as_object().expect("a map") {
                statement[key] = value.clone();
            }
            policy["Statement"].as_array_mut().expect("a list").push(statement);
        })
    };
    let like = |arn: &str| json!({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": arn}}});
    says(
        "iam-public",
        "lets everyone in but some",
        TOPIC,
        &open(json!({"NotPrincipal": {"AWS": "123456789012"}})),
    );
    for arn in ["arn:aws:iam::*:role/*", "arn:aws:iam::*:role/deploy"] {
        says("iam-public", "lets everyone in", TOPIC, &open(like(arn)));
    }
    let own = open(like("arn:aws:iam::123456789012:role/*"));
    let all: Vec<(&str, Json)> = own.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert!(all.len() == 1);
}

/// What narrows without being asked: ranges, endpoints, boundaries, and policies of others.
#[test]
fn ways_that_are_closed_elsewhere() {
    let egress =
        json!([{"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_ip": "192.168.0.0/24"}]);
    says(
        "reach-ports",
        "lets nothing out to",
        "network/aws:ec2:SecurityGroup/database-user",
        &[("egress".to_owned(), egress)],
    );
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]});
    says(
        "reach-rights",
        "itself denies secretsmanager:GetSecretValue",
        "security/aws:secretsmanager:Secret/auth0",
        &[("resource_policy".to_owned(), deny)],
    );
    let bound =
        [("permissions_boundary".to_owned(), json!("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"))];
    says("reach-rights", "the boundary of its role does not allow", "api/aws:iam:Role/users", &bound);
    let topic = bent("monitoring/aws:sns:Topic/alarms", "policy", |policy| {
        for statement in policy["Statement"].as_array_mut().expect("a list") {
            if let Some(condition) = statement.get_mut("Condition") {
                let own = condition["StringEquals"]["AWS:SourceAccount"].clone();
                *condition = json!({ "StringNotEquals": { "AWS:SourceAccount": own } });
            }
        }
    });
    says("reach-callers", "may not publish to it", "monitoring/aws:sns:Topic/alarms", &topic);
    says(
        "reach-keys",
        "AWS's own key for S3",
        "api/aws:s3:Bucket/pages",
        &[("sse_algorithm".to_owned(), json!("aws:kms"))],
    );
    let mut graph = graph("prod");
    let group = "prod/security/aws:logs:LogGroup/waf-edge".parse().expect("a URN");
    graph.nodes.get_mut(&group).expect("a group").options.region = None;
    let all = judged(&graph, "prod");
    assert!(
        all.iter().any(|one| one.rule == "works-certificate" && one.message.contains("WAF looks for")),
        "{all:#?}"
    );
}

/// Where the network has an endpoint with the service's own name, its policy counts, whatever other way out there is.
#[test]
fn endpoints_that_refuse() {
    let text = finsight::config::built_in("prod")
        .expect("shipped")
        .replace("\"interface_endpoints\": []", "\"interface_endpoints\": [\"secretsmanager\"]");
    let config = finsight::config::parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    let sound =
        finsight::finsight("prod", &config, &finsight::artifacts::Artifacts::default()).expect("a graph");
    let refused = |statements: Json| {
        let mut graph = sound.clone();
        let endpoint = graph
            .nodes
            .values_mut()
            .find(|node| node.urn.as_str().ends_with("VpcEndpoint/secretsmanager"))
            .expect("one");
        let policy = Value::from_plain_json(&json!({"Version": "2012-10-17", "Statement": statements}));
        endpoint.inputs.insert("policy_document".to_owned(), policy);
        judged(&graph, "prod")
            .iter()
            .any(|one| one.rule == "reach-services" && one.message.contains("each call is refused"))
    };
    let all = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
    assert!(!refused(json!([all])));
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"});
    assert!(refused(json!([all, deny])));
    let other = json!({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:other"});
    assert!(refused(json!([other])));
    let narrow = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}});
    assert!(refused(json!([narrow])));
}

/// What one place says and another does not.
#[test]
fn settings_that_do_not_fit_each_other() {
    let user = bent("database/aws:lambda:Function/database-user", "environment", |all| {
        all["DB_USER"] = json!("other")
    });
    says(
        "works-database-user",
        "it makes the user other",
        "database/aws:lambda:Function/database-user",
        &user,
    );
    let cors = bent("api/aws:cloudfront:ResponseHeadersPolicy/api", "cors_config", |all| {
        all["origin_override"] = json!(false);
    });
    says("works-cors", "not by its answer", "api/aws:cloudfront:ResponseHeadersPolicy/api", &cors);
    says(
        "works-binary",
        "text in UTF-8",
        "api/aws:apigateway:RestApi/main",
        &[("binary_media_types".to_owned(), json!(["image/png"]))],
    );
    let log = bent(STAGE, "access_log_settings", |all| {
        let text = all["destination_arn"].to_string().replace("LogGroup/access", "LogGroup/execution");
        all["destination_arn"] = serde_json::from_str(&text).expect("JSON");
    });
    says("works-queries", "each saved query looks elsewhere", STAGE, &log);
    says(
        "works-queries",
        "has WARN",
        "api/aws:lambda:Function/users",
        &[("system_log_level".to_owned(), json!("WARN"))],
    );
    // Seoul is as far from UTC as Tokyo.
    for (zone, is_judged) in [("Asia/Seoul", true), ("Asia/Tokyo", true), ("Europe/Berlin", false)] {
        let mut graph = graph("prod");
        for node in graph.nodes.values_mut().filter(|node| node.urn.type_name() == "aws:scheduler:Schedule") {
            node.inputs.insert("schedule_expression_timezone".to_owned(), zone.into());
        }
        let database = "prod/database/aws:rds:DBInstance/main".parse().expect("a URN");
        let inputs: &mut Map = &mut graph.nodes.get_mut(&database).expect("a database").inputs;
        inputs.insert("preferred_backup_window".to_owned(), "18:00-18:30".into());
        let found = judged(&graph, "prod").iter().any(|one| one.rule == "works-windows");
        assert_eq!(found, is_judged, "{zone}");
    }
}

#[test]
fn the_program_as_it_is_says_none_of_it() {
    assert_eq!(found("prod", CHECK, &[]), []);
    // Each rule of this file is one of the pack.
    assert_eq!(
        fires("works-on", "answers nobody", "prod", DISTRIBUTION, &[("enabled", json!(false))]),
        Severity::Error
    );
}
