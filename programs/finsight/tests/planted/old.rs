//! FinSight as it once was, put back fault by fault: each finding, what bends the program to it, and the rules that say so.

use std::collections::BTreeSet;

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};

use super::faults::value_at;
use super::{TODAY, judged, key, shipped};

/// How one finds that the old program is back.
enum Found {
    /// The program is bent, and this rule says so.
    By(&'static str, fn(&mut Graph)),
    /// The config says it, and this rule says so.
    Config(&'static str, fn(&mut Json)),
    /// The config is refused, with this in its message.
    Refused(&'static str, fn(&mut Json)),
    /// Another test holds it, of the target `works`. It runs there: here it is only looked up, so that none is named that is gone.
    Test(&'static str),
}

use Found::{By, Config, Refused, Test};

fn inputs<'a>(graph: &'a mut Graph, name: &str) -> &'a mut Map {
    let urn = format!("{}/{name}", graph.stack).parse().expect("a URN");
    &mut graph.nodes.get_mut(&urn).unwrap_or_else(|| panic!("no {urn}")).inputs
}

fn set(graph: &mut Graph, name: &str, property: &str, value: &Json) {
    inputs(graph, name).insert(property.to_owned(), Value::from_plain_json(value));
}

fn unset(graph: &mut Graph, name: &str, property: &str) {
    inputs(graph, name).remove(property).unwrap_or_else(|| panic!("{name} has no {property}"));
}

fn at(graph: &mut Graph, name: &str, path: &str, value: &Json) {
    let found = value_at(inputs(graph, name), path).unwrap_or_else(|| panic!("{name} has no {path}"));
    *found = Value::from_plain_json(value);
}

fn gone(graph: &mut Graph, name: &str) {
    let urn = format!("{}/{name}", graph.stack).parse().expect("a URN");
    graph.nodes.remove(&urn).unwrap_or_else(|| panic!("no {urn}"));
}

const PROXY: &str = "database/aws:rds:DBProxy/main";
const INSTANCE: &str = "database/aws:rds:DBInstance/main";
const PARAMETERS: &str = "database/aws:rds:DBParameterGroup/main";
const DISTRIBUTION: &str = "api/aws:cloudfront:Distribution/api";
const STAGE: &str = "api/aws:apigateway:Stage/main";
const REST: &str = "api/aws:apigateway:RestApi/main";
const APP: &str = "frontend/aws:amplify:App/main";
const MAILER: &str = "api/aws:iam:Role/notifications";

fn alarm(name: &str) -> String {
    format!("monitoring/aws:cloudwatch:Alarm/{name}")
}

/// Each finding with what it was.
const OLD: &[(&str, &str, Found)] = &[
    (
        "W1",
        "the proxy knows the master's password alone, and functions log in as another user",
        By("reach-rights", |g| {
            let master = Value::Expr(Box::new(Expr::Output {
                urn: format!("{}/{INSTANCE}", g.stack).parse().expect("a URN"),
                name: "master_user_secret_arn".to_owned(),
            }));
            let proxy = inputs(g, PROXY);
            proxy.remove("default_auth_scheme");
            proxy.insert(
                "auth".to_owned(),
                Value::List(vec![Value::Map(Map::from([("secret_arn".to_owned(), master)]))]),
            );
        }),
    ),
    (
        "W1",
        "nobody makes the user that functions log in as",
        By("works-database-user", |g| {
            g.nodes.retain(|urn, _| urn.type_name() != "aws:lambda:Invocation");
        }),
    ),
    (
        "W2",
        "no role may send mail",
        By("reach-rights", |g| {
            let policies = value_at(inputs(g, MAILER), "inline_policies").expect("policies");
            let Value::Map(policies) = policies else { panic!("a map") };
            policies.remove("mail").expect("mail");
        }),
    ),
    (
        "W4",
        "80 connections where the pool has 20",
        By("heard-reach", |g| set(g, &alarm("database-connections"), "threshold", &json!(80))),
    ),
    (
        "W4",
        "the largest of each host's connections",
        By("heard-reach", |g| set(g, &alarm("proxy-connections"), "statistic", &json!("Maximum"))),
    ),
    (
        "W4",
        "slow statements that PostgreSQL does not log",
        By("works-queries", |g| {
            let Some(Value::Map(all)) = value_at(inputs(g, PARAMETERS), "parameters") else {
                panic!("parameters")
            };
            all.remove("log_min_duration_statement").expect("it");
        }),
    ),
    (
        "W5",
        "the notifier is the only way to people",
        By("heard-twice", |g| {
            g.nodes.retain(|_, node| node.inputs.get("protocol").and_then(Value::as_text) != Some("email"));
        }),
    ),
    ("W5", "no alarm on the notifier", By("heard-failing", |g| gone(g, &alarm("slack-notifier-errors")))),
    (
        "W5",
        "what the notifier cannot deliver is gone",
        By("heard-failures", |g| gone(g, "monitoring/aws:lambda:EventInvokeConfig/slack-notifier")),
    ),
    (
        "W5",
        "a crash of the authorizer has no alarm",
        By("heard-failing", |g| {
            gone(g, "monitoring/aws:logs:MetricFilter/authorizer-unavailable");
            gone(g, &alarm("authorizer-errors"));
        }),
    ),
    (
        "W5",
        "what RDS itself says reaches nobody",
        By("heard-findings", |g| gone(g, "monitoring/aws:rds:EventSubscription/database-events")),
    ),
    (
        "W5",
        "an authorizer that crashes logs nothing, and nobody else is asked",
        By("heard-failing", |g| gone(g, "monitoring/aws:logs:MetricFilter/authorizer-silent")),
    ),
    (
        "W6",
        "a branch whose origin its API does not let in",
        Refused("https://www.finsight.com", |c| {
            c["api"]["cors_origins"] = json!(["https://finsight.com"]);
        }),
    ),
    (
        "W6",
        "`develop` is built with prod's API, which does not let it in",
        By("works-site", |g| unset(g, "frontend/aws:amplify:Branch/develop", "environment_variables")),
    ),
    (
        "W7",
        "the develop site is what `www` shows",
        By("works-site", |g| {
            set(g, "frontend/aws:amplify:Branch/main", "stage", &json!("DEVELOPMENT"));
            set(g, "frontend/aws:amplify:Branch/develop", "stage", &json!("PRODUCTION"));
        }),
    ),
    (
        "T1",
        "answers carry no header for browsers",
        By("works-cors", |g| unset(g, "api/aws:cloudfront:ResponseHeadersPolicy/api", "cors_config")),
    ),
    (
        "T2",
        "silence is good for all alarms",
        By("heard-silence", |g| {
            set(g, &alarm("database-silent"), "treat_missing_data", &json!("notBreaching"))
        }),
    ),
    (
        "T2",
        "nobody probes from outside",
        By("heard-outside", |g| {
            gone(g, &alarm("api-unreachable"));
            gone(g, "monitoring/aws:route53:HealthCheck/api");
        }),
    ),
    (
        "T3",
        "five errors of a function within five minutes",
        By("heard-reach", |g| {
            set(g, &alarm("users-errors"), "threshold", &json!(5));
            set(g, &alarm("users-errors"), "period", &json!(300));
        }),
    ),
    (
        "T3",
        "one refused call of one is an alarm",
        By("heard-noise", |g| {
            let name = alarm("api-4xx");
            unset(g, &name, "metrics");
            for (property, value) in [
                ("namespace", json!("AWS/ApiGateway")),
                ("metric_name", json!("4XXError")),
                ("statistic", json!("Average")),
                ("period", json!(300)),
                ("threshold", json!(0.2)),
                ("datapoints_to_alarm", json!(1)),
                ("dimensions", json!([{"name": "ApiName", "value": "finsight-api"}])),
            ] {
                set(g, &name, property, &value);
            }
        }),
    ),
    (
        "T4",
        "an early warning under the alarm that users are affected",
        By("heard-early", |g| {
            let cpu = Value::Expr(Box::new(Expr::Output {
                urn: format!("{}/{}", g.stack, alarm("database-cpu")).parse().expect("a URN"),
                name: "id".to_owned(),
            }));
            let composite = inputs(g, "monitoring/aws:cloudwatch:CompositeAlarm/unavailable");
            let rule = composite.remove("alarm_rule").expect("a rule");
            composite.insert(
                "alarm_rule".to_owned(),
                Value::Expr(Box::new(Expr::Concat {
                    items: vec![rule, " OR ALARM(".into(), cpu, ")".into()],
                })),
            );
        }),
    ),
    (
        "T4",
        "free storage of 4 GiB, though RDS makes it larger at 2",
        By("heard-noise", |g| {
            set(g, &alarm("database-free-storage"), "threshold", &json!(4_294_967_296_i64))
        }),
    ),
    (
        "T4",
        "children tell beside it",
        By("heard-once", |g| {
            set(g, &alarm("api-5xx"), "alarm_actions", &json!(["arn:aws:sns:ap-northeast-1:123456789012:x"]))
        }),
    ),
    (
        "T5",
        "statements without an end",
        By("works-timeouts", |g| {
            let Some(Value::Map(all)) = value_at(inputs(g, PARAMETERS), "parameters") else {
                panic!("parameters")
            };
            all.remove("statement_timeout").expect("it");
        }),
    ),
    (
        "T5",
        "functions that outlive API Gateway",
        Refused("api.timeout_seconds", |c| c["api"]["timeout_seconds"] = 900.into()),
    ),
    (
        "T6",
        "CloudFront keeps errors for ten seconds",
        By("works-kept", |g| {
            let Some(Value::List(all)) = value_at(inputs(g, DISTRIBUTION), "custom_error_responses") else {
                panic!("errors")
            };
            all.retain(|error| error.as_map().and_then(|map| map.get("error_code")?.as_int()) > Some(501));
        }),
    ),
    (
        "T7",
        "categories are kept for five minutes after a write",
        By("works-writes", |g| set(g, "api/aws:cloudfront:CachePolicy/api", "default_ttl", &json!(300))),
    ),
    ("T7", "the list itself is not among what is cached", Test("works::nothing_is_kept_unasked")),
    ("T8", "files pass as texts", By("works-binary", |g| unset(g, REST, "binary_media_types"))),
    (
        "T9",
        "previews whose origin nobody lets in",
        By("works-site", |g| {
            set(g, "frontend/aws:amplify:Branch/main", "enable_pull_request_preview", &json!(true))
        }),
    ),
    (
        "T10",
        "no method asks for the key",
        By("effect-plan", |g| {
            let body = serde_json::to_string(&inputs(g, REST)["body"])
                .expect("JSON")
                .replace("\"api_key\":[],", "")
                .replace("\"api_key\":[]", "");
            let body: Value = serde_json::from_str(&body).expect("JSON");
            inputs(g, REST).insert("body".to_owned(), body);
        }),
    ),
    ("T10", "who guesses passwords has no limit of his own", Test("works::logging_in_has_its_own_limit")),
    (
        "T11",
        "mail addresses in a domain without MX",
        Config("works-mail", |c| c["security"]["waivers"] = json!([])),
    ),
    (
        "T12",
        "metrics of each method, which nothing reads",
        By("effect-metrics", |g| at(g, STAGE, "method_settings|*/*|metrics_enabled", &json!(true))),
    ),
    (
        "T13",
        "a query for a field that the format has not",
        By("works-queries", |g| {
            let format = inputs(g, STAGE)["access_log_settings"].as_map().expect("a map")["format"]
                .as_text()
                .expect("a text")
                .replace("\"path\":\"$context.path\",", "");
            at(g, STAGE, "access_log_settings|format", &json!(format));
        }),
    ),
    (
        "T13",
        "the query of cold starts reads what Lambda logs at DEBUG",
        By("works-queries", |g| {
            set(
                g,
                "monitoring/aws:logs:QueryDefinition/cold-starts",
                "query_string",
                &json!("filter type = \"platform.initReport\"\n| stats count() by bin(1h)"),
            );
        }),
    ),
    ("T14", "the snapshot fails silently", By("heard-failing", |g| gone(g, &alarm("schedules-failed")))),
    (
        "T14",
        "the snapshot meets the maintenance window",
        By("works-windows", |g| {
            set(g, INSTANCE, "preferred_maintenance_window", &json!("sun:17:45-sun:18:15"))
        }),
    ),
    (
        "T15",
        "API Gateway makes the log group of its execution log",
        By("works-groups", |g| gone(g, "api/aws:logs:LogGroup/execution")),
    ),
    (
        "T15",
        "the proxy makes its log group",
        By("works-groups", |g| gone(g, "database/aws:logs:LogGroup/proxy")),
    ),
    (
        "T16",
        "a burstable class without an alarm on credits",
        By("heard-credits", |g| gone(g, &alarm("database-credits"))),
    ),
    (
        "T17",
        "builds that fail reach nobody",
        By("heard-findings", |g| gone(g, "monitoring/aws:events:Rule/failed-builds")),
    ),
    (
        "T17",
        "findings of Config reach nobody",
        By("heard-findings", |g| gone(g, "monitoring/aws:events:Rule/config-findings")),
    ),
    (
        "T18",
        "dev's backups in hours when it is stopped",
        Test("works::rules::windows_in_which_nothing_can_be_done"),
    ),
    (
        "T19",
        "a function's own level below what Lambda lets through",
        By("works-level", |g| {
            at(g, "api/aws:lambda:Function/users", "environment|LOG_LEVEL", &json!("debug"));
        }),
    ),
    (
        "T20",
        "the site knows neither issuer nor audience",
        By("works-site", |g| {
            let Some(Value::Map(all)) = value_at(inputs(g, APP), "environment_variables") else {
                panic!("variables")
            };
            all.retain(|name, _| !name.contains("AUTH"));
        }),
    ),
    (
        "X2",
        "DKIM's records with a zone that is written by hand",
        By("works-signed", |g| {
            let record = inputs(g, "monitoring/aws:route53:RecordSet/dkim-1");
            let Some(Value::List(values)) = record.get_mut("resource_records") else { panic!("values") };
            let Some(Value::Expr(value)) = values.first_mut() else { panic!("an expression") };
            let Expr::Concat { items } = value.as_mut() else { panic!("texts") };
            *items.last_mut().expect("a zone") = "dkim.amazonses.com".into();
        }),
    ),
    (
        "S3",
        "API Gateway keeps answers for all methods",
        By("works-cache", |g| at(g, STAGE, "method_settings|*/*|caching_enabled", &json!(true))),
    ),
    (
        "S3",
        "a cache without groups",
        Refused("api.cache.groups", |c| {
            c["api"]["cache"] = json!({"size_gb": "0.5", "ttl_seconds": 300, "groups": []})
        }),
    ),
    (
        "S3",
        "a cache that does not know pages from each other",
        Refused("api.cache.query_parameters", |c| {
            c["api"]["cache"] = json!({"size_gb": "0.5", "ttl_seconds": 300, "groups": ["categories"]})
        }),
    ),
    (
        "S14",
        "a path of uploads that exempts log-ins and accounts too",
        Refused("security.firewall.upload_paths.0", |c| {
            c["security"]["firewall"]["upload_paths"] = json!(["/a"])
        }),
    ),
    (
        "T5",
        "a wait for a connection and a statement, which together outlive the function",
        Refused("database.proxy.borrow_timeout_seconds", |c| {
            c["database"]["proxy"]["borrow_timeout_seconds"] = 26.into()
        }),
    ),
    (
        "C8",
        "no way out, and functions that read secrets",
        Config("reach-services", |c| c["network"]["nat_gateways"] = 0.into()),
    ),
    (
        "C11",
        "windows in the hours when schedules stop the database",
        Config("works-windows", |c| {
            c["database"]["working_hours"] = json!({"start": "cron(0 8 ? * MON-FRI *)", "stop": "cron(0 22 * * ? *)", "time_zone": "Asia/Tokyo"});
        }),
    ),
    (
        "C12",
        "a key is asked for, and there is none",
        Refused("api.api_key_required", |c| c["api"]["usage_plans"] = json!({})),
    ),
    (
        "C12",
        "a key is asked for, and no plan of the stage has one",
        By("works-origin", |g| gone(g, "api/aws:apigateway:UsagePlanKey/frontend")),
    ),
    (
        "C12",
        "no audience",
        Refused("api.authorizer.audience", |c| c["api"]["authorizer"]["audience"] = "".into()),
    ),
    (
        "C12",
        "log-ins among the cached paths",
        Refused("api.cdn.cached_paths", |c| c["api"]["cdn"]["cached_paths"] = json!(["/auth/*"])),
    ),
];

/// The findings that the rules are asked about.
const ASKED: &[&str] = &[
    "W1", "W2", "W4", "W5", "W6", "W7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11",
    "T12", "T13", "T14", "T15", "T16", "T17", "T18", "T19", "T20", "X2", "S3", "C8", "C11", "C12",
];

fn program(config: &Json) -> Result<(Graph, finsight::config::Config), String> {
    let config = parse("prod.json", &config.to_string()).map_err(|error| error.to_string())?;
    let graph =
        finsight::finsight("prod", &config, &Artifacts::default()).map_err(|errors| format!("{errors:?}"))?;
    Ok((graph, config))
}

#[test]
fn each_fault_of_the_old_program_is_found() {
    let registry = finsight_specs::registry();
    let (base, config) = program(&shipped("prod")).expect("prod");
    let said: BTreeSet<_> =
        judged(&base, &config, &registry).iter().filter(|one| one.waived.is_none()).map(key).collect();
    let new = |graph: &Graph, config: &finsight::config::Config| -> BTreeSet<String> {
        let found = judged(graph, config, &registry)
            .into_iter()
            .filter(|one| one.waived.is_none() && !said.contains(&key(one)));
        found.map(|one| one.rule).collect()
    };
    let mut wrong = Vec::new();
    for (finding, what, how) in OLD {
        let problem = match how {
            By(rule, bend) => {
                let mut graph = base.clone();
                bend(&mut graph);
                let found = new(&graph, &config);
                (!found.contains(*rule)).then(|| format!("{rule} does not fire, {found:?} do"))
            }
            Config(rule, change) => {
                let mut changed = shipped("prod");
                change(&mut changed);
                match program(&changed) {
                    Ok((graph, config)) => {
                        let found = new(&graph, &config);
                        (!found.contains(*rule)).then(|| format!("{rule} does not fire, {found:?} do"))
                    }
                    Err(error) => Some(error),
                }
            }
            Refused(part, change) => {
                let mut changed = shipped("prod");
                change(&mut changed);
                match program(&changed) {
                    Ok(_) => Some("the config is taken".to_owned()),
                    Err(error) => (!error.contains(part)).then_some(error),
                }
            }
            Test(name) => (!is_a_test(name)).then(|| format!("no test {name}")),
        };
        wrong.extend(problem.map(|problem| format!("{finding}, {what}: {problem}")));
    }
    assert!(wrong.is_empty(), "on {TODAY}: {wrong:#?}");
    for asked in ASKED {
        assert!(OLD.iter().any(|(finding, ..)| finding == asked), "{asked} has no line");
    }
    assert!(built_in("prod").is_some());
}

/// Whether the tests of `tests/works` have a function of this name.
fn is_a_test(name: &str) -> bool {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/works");
    let function = format!("fn {}()", name.rsplit("::").next().unwrap_or_default());
    std::fs::read_dir(folder).expect("tests").any(|file| {
        std::fs::read_to_string(file.expect("a file").path()).expect("a text").contains(&function)
    })
}
