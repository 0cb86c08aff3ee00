//! Programs that look well to a rule that reads half of what they say: each is found, and what only looks like it is not.

use finsight_engine::graph::Graph;
use finsight_engine::policy::Finding;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

use super::graph;
use super::rules::judged;

/// The messages of a rule after a change of prod.
fn told(rule: &str, change: impl FnOnce(&mut Graph)) -> Vec<String> {
    let mut graph = graph("prod");
    change(&mut graph);
    let of_rule = |one: Finding| (one.rule == rule).then_some(one.message);
    judged(&graph, "prod").into_iter().filter_map(of_rule).collect()
}

fn inputs<'a>(graph: &'a mut Graph, name: &str) -> &'a mut Map {
    let urn: Urn = format!("prod/{name}").parse().expect("a URN");
    &mut graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}")).inputs
}

fn set(graph: &mut Graph, name: &str, input: &str, value: &Json) {
    let inputs = inputs(graph, name);
    if value.is_null() {
        inputs.remove(input);
    } else {
        inputs.insert(input.to_owned(), Value::from_plain_json(value));
    }
}

/// A schedule of any kind that comes no more.
#[test]
fn schedules_that_never_come_again() {
    const SCHEDULE: &str = "database/aws:scheduler:Schedule/monthly-snapshot";
    let of = |expression: &str| {
        told("effect-schedules", |graph| set(graph, SCHEDULE, "schedule_expression", &json!(expression)))
    };
    for never in ["at(2025-01-01T00:00:00)", "cron(0 8 31 2 ? *)", "cron(0 3 1 * ? 2025)"] {
        let found = of(never);
        assert!(found.iter().any(|one| one.contains("never comes")), "{never}: {found:?}");
    }
    let found = of("rate(1 day)");
    assert!(found.iter().any(|one| one.contains("100")), "a copy a day fills the quota: {found:?}");
    let found = of("cron(0 3 1 1 ? *)");
    assert!(found.iter().any(|one| one.contains("month")), "a copy a year: {found:?}");
    assert_eq!(of("cron(0 3 1 * ? *)"), Vec::<String>::new());
    let ended =
        told("effect-schedules", |graph| set(graph, SCHEDULE, "end_date", &json!("2026-01-01T00:00:00Z")));
    assert!(ended.iter().any(|one| one.contains("never comes")), "{ended:?}");
}

/// A start or stop that cannot be judged is said, and not passed over.
#[test]
fn hours_that_cannot_be_judged() {
    let mut graph = graph("dev");
    let starts = graph
        .nodes
        .keys()
        .find(|urn| urn.as_str().contains("aws:scheduler:Schedule/start"))
        .expect("one")
        .clone();
    let node = graph.nodes.get_mut(&starts).expect("it");
    node.inputs.insert("schedule_expression".to_owned(), "cron(0 8 ? * MON#1 *)".into());
    let found = judged(&graph, "dev");
    assert!(
        found.iter().any(|one| one.rule == "works-windows" && one.message.contains("MON#1")),
        "{found:#?}"
    );
}

/// M3: failover, failure, low storage and maintenance of the instance; failure of the proxy.
#[test]
fn events_of_the_database_that_nobody_hears() {
    const EVENTS: &str = "monitoring/aws:rds:EventSubscription/database-events";
    let with = |input: &str, value: Json| told("heard-findings", |graph| set(graph, EVENTS, input, &value));
    assert_eq!(told("heard-findings", |_| {}), Vec::<String>::new());
    let found = with("event_categories", json!(["failure"]));
    assert!(found.iter().any(|one| one.contains("failover, low storage, maintenance")), "{found:?}");
    assert_eq!(with("source_type", json!("db-cluster")).len(), 1, "of another type of source");
    // RDS tells all where nothing is named.
    for (input, value) in [
        ("event_categories", Json::Null),
        ("event_categories", json!([])),
        ("source_ids", Json::Null),
        ("source_ids", json!([])),
    ] {
        assert_eq!(with(input, value), Vec::<String>::new(), "{input}");
    }
    // Two subscriptions tell together what one would.
    let both = told("heard-findings", |graph| {
        let urn: Urn = format!("prod/{EVENTS}").parse().expect("a URN");
        let mut more = graph.nodes[&urn].clone();
        more.urn = format!("prod/{EVENTS}-more").parse().expect("a URN");
        more.inputs.insert(
            "event_categories".to_owned(),
            Value::from_plain_json(&json!(["failover", "low storage"])),
        );
        graph.nodes.insert(more.urn.clone(), more);
        set(graph, EVENTS, "event_categories", &json!(["failure", "maintenance"]));
    });
    assert_eq!(both, Vec::<String>::new());
}

/// A Deny that is about another key, or leaves out whom it names, denies nothing here.
#[test]
fn denies_of_something_else() {
    const KEY: &str = "security/aws:kms:Key/secrets";
    let with = |deny: Json| {
        told("key-grants", |graph| {
            let allow = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"});
            set(graph, KEY, "key_policy", &json!({"Version": "2012-10-17", "Statement": [allow, deny]}));
        })
    };
    let deny = |resource: &str, who: (&str, Json)| json!({"Effect": "Deny", who.0: who.1, "Action": "kms:CreateGrant", "Resource": resource});
    assert_eq!(with(deny("*", ("Principal", json!("*")))), Vec::<String>::new());
    let other = "arn:aws:kms:ap-northeast-1:111122223333:key/00000000-0000-0000-0000-000000000000";
    assert_eq!(with(deny(other, ("Principal", json!("*")))).len(), 1, "another key");
    assert_eq!(
        with(deny("*", ("NotPrincipal", json!({"AWS": "arn:aws:iam::111122223333:root"})))).len(),
        1,
        "all but root"
    );
    // Of a role.
    let of_role = |resource: &str| {
        told("key-grants", |graph| {
            let allow = json!({"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*"});
            let deny = json!({"Effect": "Deny", "Action": "kms:CreateGrant", "Resource": resource});
            let policy = json!({"own": {"Version": "2012-10-17", "Statement": [allow, deny]}});
            set(graph, "api/aws:iam:Role/users", "inline_policies", &policy);
        })
    };
    assert_eq!(of_role("*"), Vec::<String>::new());
    assert_eq!(of_role(other).len(), 1, "another key");
}

const CDN: &str = "api/aws:cloudfront:Distribution/api";

fn behaviors(graph: &mut Graph, input: &str, value: &Value) {
    let inputs = inputs(graph, CDN);
    let Some(Value::Map(default)) = inputs.get_mut("default_cache_behavior") else { panic!("one") };
    default.insert(input.to_owned(), value.clone());
}

/// The domain of API Gateway is asked by its own name, where the viewer's Host is sent on.
#[test]
fn policies_that_send_no_host() {
    let with = |policy: &str| {
        told("works-origin", |graph| behaviors(graph, "origin_request_policy_id", &policy.into()))
    };
    for sends in [
        "216adef6-5c7f-47e4-b989-5492eafa07d3",
        "33f36d7e-f396-46d9-90e0-52428a34d9dc",
        "bf0718e1-ba1e-49d1-88b1-f726733018ae",
    ] {
        assert_eq!(with(sends), Vec::<String>::new(), "{sends}");
    }
    for (drops, name) in [
        ("b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader"),
        ("59781a5b-3903-41f3-afcb-af62929ccde1", "CORS-CustomOrigin"),
        ("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "CORS-S3Origin"),
        ("acba4595-bd28-49b8-b9fe-13317c0390fa", "UserAgentRefererHeaders"),
    ] {
        assert_eq!(with(drops).len(), 1, "{name}");
    }
    let own = |headers: Json| {
        told("works-origin", |graph| {
            let urn: Urn = "prod/api/aws:cloudfront:OriginRequestPolicy/own".parse().expect("a URN");
            let mut node = graph.nodes[&format!("prod/{CDN}").parse::<Urn>().expect("a URN")].clone();
            node.urn = urn.clone();
            node.inputs = Map::from([("headers_config".to_owned(), Value::from_plain_json(&headers))]);
            graph.nodes.insert(urn.clone(), node);
            let id = finsight_engine::expr::Expr::Output { urn, name: "id".to_owned() };
            behaviors(graph, "origin_request_policy_id", &Value::Expr(Box::new(id)));
        })
    };
    assert_eq!(own(json!({"header_behavior": "whitelist", "headers": ["host"]})), Vec::<String>::new());
    assert_eq!(own(json!({"header_behavior": "allViewer"})), Vec::<String>::new());
    assert_eq!(own(json!({"header_behavior": "allExcept", "headers": ["Cookie"]})), Vec::<String>::new());
    assert_eq!(own(json!({"header_behavior": "whitelist", "headers": ["Accept"]})).len(), 1);
    assert_eq!(own(json!({"header_behavior": "allExcept", "headers": ["Host"]})).len(), 1);
    assert_eq!(own(json!({"header_behavior": "none"})).len(), 1);
}

/// AWS's own cache policies have keys of their own.
#[test]
fn managed_cache_policies_tell_queries_apart() {
    let with =
        |policy: &str| told("works-apart", |graph| behaviors(graph, "cache_policy_id", &policy.into()));
    let queries = with("4cc15a8a-d715-48a4-82b8-cc0b614638fe");
    assert!(queries.iter().all(|one| !one.contains("queries")), "{queries:?}");
    let none = with("83da9c7e-98b4-4e11-a168-04f0df8e2c65");
    assert!(none.iter().any(|one| one.contains("queries")), "{none:?}");
}

#[test]
fn old_tls_to_origins() {
    let with = |protocols: Json| {
        told("tls-edge", |graph| {
            let Some(Value::Map(origins)) = inputs(graph, CDN).get_mut("origins") else { panic!("origins") };
            let custom = origins.values_mut().find_map(|origin| match origin {
                Value::Map(origin) => origin.get_mut("custom_origin_config"),
                _ => None,
            });
            let Some(Value::Map(custom)) = custom else { panic!("one of our own") };
            custom.insert("origin_ssl_protocols".to_owned(), Value::from_plain_json(&protocols));
        })
    };
    assert_eq!(with(json!(["TLSv1.2"])), Vec::<String>::new());
    assert_eq!(with(json!(["TLSv1", "TLSv1.2"])).len(), 1);
    assert_eq!(with(json!(["SSLv3", "TLSv1.1"])).len(), 1);
}

#[test]
fn denies_of_buckets_that_let_most_through() {
    const BUCKET: &str = "security/aws:s3:Bucket/trail";
    let with = |change: fn(&mut Map)| {
        told("tls-bucket", |graph| {
            let Some(Value::Map(policy)) = inputs(graph, BUCKET).get_mut("policy") else {
                panic!("a policy")
            };
            let Some(Value::List(statements)) = policy.get_mut("Statement") else { panic!("statements") };
            for statement in statements {
                if let Value::Map(statement) = statement
                    && statement.get("Effect") == Some(&"Deny".into())
                {
                    change(statement);
                }
            }
        })
    };
    assert_eq!(with(|_| {}), Vec::<String>::new());
    assert_eq!(
        with(|one| drop(one.insert("Action".to_owned(), "s3:GetObject".into()))).len(),
        1,
        "one action"
    );
    assert_eq!(
        with(|one| drop(one.insert("Resource".to_owned(), "arn:aws:s3:::other/*".into()))).len(),
        1,
        "another bucket"
    );
    assert_eq!(
        with(|one| drop(one.insert(
            "Principal".to_owned(),
            Value::from_plain_json(&json!({"AWS": "arn:aws:iam::111122223333:root"}))
        )))
        .len(),
        1,
        "one account"
    );
    assert_eq!(
        with(|one| {
            let both = json!({"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": "1"}});
            one.insert("Condition".to_owned(), Value::from_plain_json(&both));
        })
        .len(),
        1,
        "on one more condition"
    );
}
