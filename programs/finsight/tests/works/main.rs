//! Whether FinSight works on its first day, and whether anybody notices when it does not: what the graph alone says of it.

mod alarms;
mod api;
mod firewall;
mod guards;
mod heard;
mod logins;
mod meaning;
mod names;
mod rules;
mod settings;
mod switched;
mod unseen;

use finsight::artifacts::Artifacts;
use finsight::config::{Config, built_in, parse};
use finsight_engine::graph::{Graph, Node};
use finsight_engine::value::Value;
use serde_json::Value as Json;

const STACKS: [&str; 3] = ["dev", "staging", "prod"];

fn config(stack: &str) -> Config {
    parse("test.json", built_in(stack).expect("shipped")).unwrap_or_else(|error| panic!("{error}"))
}

fn graph(stack: &str) -> Graph {
    finsight::finsight(stack, &config(stack), &Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn node<'a>(graph: &'a Graph, stack: &str, name: &str) -> &'a Node {
    let urn = format!("{stack}/{name}").parse().expect("a URN");
    graph.nodes.get(&urn).unwrap_or_else(|| panic!("no {urn}"))
}

/// A property as JSON, with what is known later as its reference.
fn said(graph: &Graph, stack: &str, name: &str, property: &str) -> Json {
    node(graph, stack, name)
        .inputs
        .get(property)
        .map_or(Json::Null, |value| serde_json::to_value(value).expect("JSON"))
}

fn text(graph: &Graph, stack: &str, name: &str, property: &str) -> String {
    said(graph, stack, name, property).to_string()
}

/// W1: the proxy logs in as the user that functions log in as, with IAM, and reads nobody's password.
#[test]
fn functions_log_in_through_the_proxy() {
    for stack in ["staging", "prod"] {
        let graph = graph(stack);
        let proxy = "database/aws:rds:DBProxy/main";
        assert_eq!(said(&graph, stack, proxy, "default_auth_scheme"), "IAM_AUTH", "{stack}");
        assert!(!node(&graph, stack, proxy).inputs.contains_key("auth"), "{stack}");
        let role = text(&graph, stack, "database/aws:iam:Role/proxy", "inline_policies");
        for part in ["rds-db:connect", "dbi_resource_id", "/finsight_app"] {
            assert!(role.contains(part), "{stack}: {part} is not in {role}");
        }
        assert!(!role.contains("secretsmanager"), "{stack}: {role}");
        let function = text(&graph, stack, "api/aws:iam:Role/users", "inline_policies");
        assert!(
            function.contains("rds-db:connect") && function.contains("aws:rds:DBProxy/main"),
            "{function}"
        );
    }
}

/// W2: one function may mail, from the stack's domain, with the stack's settings.
#[test]
fn one_function_may_mail() {
    let graph = graph("prod");
    let roles = graph.nodes.values().filter(|node| node.urn.type_name() == "aws:iam:Role");
    let mailing: Vec<&str> = roles
        .filter(|role| serde_json::to_string(&role.inputs).expect("JSON").contains("ses:"))
        .map(|role| role.urn.as_str())
        .collect();
    assert_eq!(mailing, ["prod/api/aws:iam:Role/notifications"]);
    let policy = text(&graph, "prod", mailing[0].trim_start_matches("prod/"), "inline_policies");
    for part in ["ses:SendEmail", "identity/finsight.com", "configuration-set/finsight-mail"] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    let set = said(&graph, "prod", "monitoring/aws:ses:ConfigurationSet/main", "configuration_set_name");
    let function = said(&graph, "prod", "api/aws:lambda:Function/notifications", "environment");
    assert_eq!(function["MAIL_CONFIGURATION_SET"], set);
}

/// T1: a browser takes the answers too, not the preflights alone; of functions, of API Gateway, of CloudFront's own pages.
#[test]
fn answers_carry_the_headers_that_preflights_promise() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let cors = said(&graph, stack, "api/aws:cloudfront:ResponseHeadersPolicy/api", "cors_config");
        let origins = cors["access_control_allow_origins"].to_string();
        assert!(
            config.api.cors_origins.iter().all(|origin| origins.contains(origin.as_str())),
            "{stack}: {cors}"
        );
        assert_eq!(cors["origin_override"], true, "{stack}: an origin's own header would stand beside it");
        assert!(
            cors["access_control_allow_headers"].to_string().contains("Authorization"),
            "{stack}: {cors}"
        );
        let distribution = node(&graph, stack, "api/aws:cloudfront:Distribution/api");
        let behaviors = serde_json::to_value(&distribution.inputs).expect("JSON");
        let mut all = behaviors["cache_behaviors"].as_array().cloned().expect("behaviors");
        all.push(behaviors["default_cache_behavior"].clone());
        for behavior in all {
            let headers = behavior["response_headers_policy_id"].to_string();
            assert!(headers.contains("ResponseHeadersPolicy/api"), "{stack}: {behavior}");
            // S19: a redirect comes after the token was sent in clear.
            assert_eq!(behavior["viewer_protocol_policy"], "https-only", "{stack}");
        }
    }
}

/// T6 and T7: nothing is kept that nobody said may be kept.
#[test]
fn nothing_is_kept_unasked() {
    for stack in STACKS {
        let graph = graph(stack);
        let errors = said(&graph, stack, "api/aws:cloudfront:Distribution/api", "custom_error_responses");
        for code in [404, 414, 500, 501, 502, 503, 504] {
            let error = errors.as_array().expect("a list").iter().find(|error| error["error_code"] == code);
            let error = error.unwrap_or_else(|| panic!("{stack}: CloudFront keeps a {code} for ten seconds"));
            assert_eq!(error["error_caching_min_ttl"], 0, "{stack}: {error}");
        }
        if !config(stack).api.cdn.cached_paths.is_empty() {
            let policy = "api/aws:cloudfront:CachePolicy/api";
            assert_eq!(said(&graph, stack, policy, "default_ttl"), 0, "{stack}");
        }
        for path in &config(stack).api.cdn.cached_paths {
            let bare = path.trim_end_matches("/*").to_owned();
            assert!(config(stack).api.cdn.cached_paths.contains(&bare), "{stack}: {path} leaves {bare} out");
        }
    }
}

/// T5 and W4: a statement ends before the function that waits for it, and slow ones are in the log that is searched.
#[test]
fn time_limits_form_a_chain() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let parameters = said(&graph, stack, "database/aws:rds:DBParameterGroup/main", "parameters");
        let of = |name: &str| -> i64 { parameters[name].as_str().expect(name).parse().expect("a number") };
        let function = config.api.timeout_seconds * 1_000;
        assert!(
            of("lock_timeout") < of("statement_timeout") && of("statement_timeout") < function,
            "{parameters}"
        );
        let waits =
            if config.network.database_proxy { config.database.proxy.borrow_timeout_seconds } else { 0 };
        assert!(function < 29_000 && waits * 1_000 + of("statement_timeout") + 3_000 <= function, "{stack}");
        assert!(
            of("idle_in_transaction_session_timeout") > 0 && of("log_min_duration_statement") > 0,
            "{parameters}"
        );
    }
}

/// X7 and W9: no header of a caller lies in samples, and the site tells browsers to be careful.
#[test]
fn headers_are_kept_and_given() {
    for acl in ["edge", "regional"] {
        let acl = format!("security/aws:wafv2:WebACL/{acl}");
        let graph = graph("prod");
        let all = serde_json::to_string(&node(&graph, "prod", &acl).inputs).expect("JSON");
        let counted = all.matches("\"cloud_watch_metrics_enabled\":true").count();
        assert!(counted > 5 && all.matches("\"sampled_requests_enabled\":false").count() == counted, "{all}");
    }
    let headers = text(&graph("prod"), "prod", "frontend/aws:amplify:App/main", "custom_headers");
    for name in ["Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"]
    {
        assert!(headers.contains(name), "{name} is not in {headers}");
    }
}

/// Minutes of a day in UTC at which the schedules of a stack stop and start the database, if they do.
fn rest(config: &Config) -> Option<(i64, i64)> {
    let hours = config.database.working_hours.as_ref()?;
    let minute = |cron: &str| -> i64 {
        let fields: Vec<&str> = cron.trim_start_matches("cron(").split(' ').collect();
        let [minute, hour] = [fields[0], fields[1]].map(|field| field.parse::<i64>().expect("a number"));
        // Tokyo is nine hours ahead, the whole year.
        assert_eq!(hours.time_zone, "Asia/Tokyo");
        (hour * 60 + minute - 9 * 60).rem_euclid(1_440)
    };
    Some((minute(&hours.stop), minute(&hours.start)))
}

/// Where a window of RDS begins, in minutes of a day.
fn begins(window: &str) -> i64 {
    let time = window.split('-').next().expect("a beginning");
    let mut parts = time.rsplit(':').map(|part| part.parse::<i64>().unwrap_or_default());
    parts.next().expect("minutes") + 60 * parts.next().expect("hours")
}

/// T14 and T18: what is done to the database is done while it runs, and one thing at a time.
#[test]
fn windows_lie_where_they_are_of_use() {
    for stack in STACKS {
        let config = config(stack);
        let (backup, maintenance) = (&config.database.backup_window, &config.database.maintenance_window);
        if let Some((stops, starts)) = rest(&config) {
            for window in [backup, maintenance] {
                let since_start = (begins(window) - starts).rem_euclid(1_440);
                let awake = (stops - starts).rem_euclid(1_440);
                assert!(
                    since_start + 60 < awake,
                    "{stack}: {window} lies in the hours when the database is stopped"
                );
            }
            assert!(
                !maintenance.starts_with("sat") && !maintenance.starts_with("sun"),
                "{stack}: {maintenance}"
            );
        }
        if let Some(snapshot) = &config.database.monthly_snapshot {
            assert_eq!(
                (snapshot.schedule.as_str(), snapshot.time_zone.as_str()),
                ("cron(0 3 1 * ? *)", "Asia/Tokyo")
            );
            let taken = 18 * 60;
            for window in [backup, maintenance] {
                let apart = (begins(window) - taken).rem_euclid(1_440);
                assert!((30..1_410).contains(&apart), "{stack}: the snapshot meets {window}");
            }
        }
    }
}

/// T13: queries ask for fields that the format of their group has.
#[test]
fn queries_ask_for_what_is_logged() {
    let graph = graph("dev");
    let query = |name: &str| {
        said(&graph, "dev", &format!("monitoring/aws:logs:QueryDefinition/{name}"), "query_string")
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let format = text(&graph, "dev", "api/aws:apigateway:Stage/main", "access_log_settings");
    let failed = query("failed-requests");
    let fields = failed.lines().next().and_then(|line| line.strip_prefix("fields ")).expect("fields");
    for field in fields.split(", ").filter(|field| !field.starts_with('@')) {
        assert!(format.contains(&format!("\\\"{field}\\\"")), "{field} is not in {format}");
    }
    // Lambda writes `platform.initReport` at DEBUG, and the group has INFO.
    assert!(!query("cold-starts").contains("initReport") && query("cold-starts").contains("initDurationMs"));
    for part in ["platform.report", "record.status"] {
        assert!(
            query("errors").contains(part),
            "timeouts and crashes are no lines of a function: {}",
            query("errors")
        );
    }
    assert_eq!(
        said(&graph, "dev", "monitoring/aws:cloudwatch:Dashboard/main", "dashboard_name"),
        "finsight-dev"
    );
}

/// T19: what a function says that it logs, Lambda lets through.
#[test]
fn lambda_lets_the_functions_level_through() {
    for (stack, level) in [("dev", "DEBUG"), ("prod", "INFO")] {
        let graph = graph(stack);
        for function in ["api/aws:lambda:Function/users", "monitoring/aws:lambda:Function/slack-notifier"] {
            assert_eq!(said(&graph, stack, function, "application_log_level"), level, "{stack} {function}");
        }
    }
}

/// T20: the site asks Auth0 for the tokens that the API takes.
#[test]
fn the_site_knows_whom_to_log_in_with() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let site = said(&graph, stack, "frontend/aws:amplify:App/main", "environment_variables");
        let api = said(&graph, stack, "api/aws:lambda:Function/authorizer", "environment");
        assert_eq!(site["REACT_APP_AUTH_ISSUER"], api["JWT_ISSUER"], "{stack}");
        assert_eq!(site["REACT_APP_AUTH_AUDIENCE"], config.api.authorizer.audience.as_str(), "{stack}");
    }
}

/// W7: what users are sent to is the production branch, whichever branch comes first.
#[test]
fn the_site_is_what_production_shows() {
    let of = |config: &Config| {
        let graph = finsight::finsight("prod", config, &Artifacts::default()).expect("a graph");
        graph.outputs.get("site_url").and_then(|url| url.as_text().map(str::to_owned))
    };
    let mut config = config("prod");
    assert_eq!(of(&config).as_deref(), Some("https://www.finsight.com"));
    let mut first = config.frontend.branches["develop"].clone();
    assert_eq!(first.stage, finsight::config::BranchStage::Development);
    first.prefix = "a".to_owned();
    config.frontend.branches.insert("a-first".to_owned(), first);
    assert_eq!(of(&config).as_deref(), Some("https://www.finsight.com"));
}

/// API Gateway's own address is switched off: no output leads there.
#[test]
fn outputs_lead_somewhere() {
    for stack in STACKS {
        let graph = graph(stack);
        assert_eq!(
            said(&graph, stack, "api/aws:apigateway:RestApi/main", "disable_execute_api_endpoint"),
            true
        );
        let closed: Vec<&String> = graph
            .outputs
            .iter()
            .filter(|(_, value)| serde_json::to_string(value).expect("JSON").contains("invoke_url"))
            .map(|(name, _)| name)
            .collect();
        assert!(closed.is_empty(), "{stack}: {closed:?} is answered with 403");
    }
}

/// S17: whoever administers a key hands out no grants of it, but through the service that needs them.
#[test]
fn keys_grant_nothing_by_the_way() {
    for node in graph("prod").nodes.values().filter(|node| node.urn.type_name() == "aws:kms:Key") {
        let policy = node.inputs.get("key_policy").map(Value::masked).expect("a policy").to_string();
        assert!(!policy.contains("kms:Create*"), "{}: {policy}", node.urn);
    }
}
