//! Whether what the API promises and pays for has an effect: T8, T10, T12.

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::cost::estimate;
use finsight_engine::cost::{Decimal, Items};
use finsight_engine::value::Value;
use serde_json::json;

use super::{STACKS, config, graph, said, text};

const REST: &str = "api/aws:apigateway:RestApi/main";
const STAGE: &str = "api/aws:apigateway:Stage/main";
const DISTRIBUTION: &str = "api/aws:cloudfront:Distribution/api";

/// T8: statements in Shift_JIS and reports as PDF pass as bytes; the preflights' templates, which are text, do not.
#[test]
fn files_pass_as_bytes() {
    for stack in STACKS {
        let types = said(&graph(stack), stack, REST, "binary_media_types");
        let types: Vec<&str> =
            types.as_array().expect("a list").iter().filter_map(|one| one.as_str()).collect();
        for kind in ["multipart/form-data", "text/csv", "application/pdf", "application/octet-stream"] {
            assert!(types.contains(&kind), "{stack}: {kind} is not in {types:?}");
        }
        assert!(!types.contains(&"*/*"), "{stack}");
    }
}

/// T10: the plan counts: each call but a preflight needs a key, CloudFront brings it, and no browser has it.
#[test]
fn the_usage_plan_holds_for_the_site() {
    for stack in STACKS {
        let graph = graph(stack);
        let body = said(&graph, stack, REST, "body");
        for (path, methods) in body["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let asks = operation["security"].to_string().contains("api_key");
                assert_eq!(asks, method != "options", "{stack} {path} {method}: {operation}");
            }
        }
        let origins = text(&graph, stack, DISTRIBUTION, "origins");
        assert!(origins.contains("x-api-key") && origins.contains("ApiKey/frontend"), "{stack}: {origins}");
        let site = text(&graph, stack, "frontend/aws:amplify:App/main", "environment_variables");
        assert!(!site.contains("ApiKey"), "{stack}: {site}");
        // It leaves room for more than is expected in the first phase, and for a day of ten times as much.
        let plan = &config(stack).api.usage_plans["standard"];
        assert!(plan.quota >= 100_000 && plan.rate_per_second >= 10, "{stack}: {plan:?}");
    }
}

/// T10: whoever guesses passwords has a limit of his own, far below that of who uses the site.
#[test]
fn logging_in_has_its_own_limit() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let rules = said(&graph, stack, "security/aws:wafv2:WebACL/edge", "rules");
        let rule = &rules["log-in"]["statement"]["rate_based_statement"];
        assert_eq!(rule["limit"], config.security.firewall.log_ins_per_5_minutes, "{stack}: {rules}");
        assert!(rule["scope_down_statement"].to_string().contains("/auth"), "{stack}: {rule}");
        let (own, all) =
            (config.security.firewall.log_ins_per_5_minutes, config.security.firewall.requests_per_5_minutes);
        assert!(own * 10 <= all, "{stack}: {own} of {all}");
    }
}

/// T12: what is paid for is read, and what is read is in the estimate.
#[test]
fn metrics_of_each_method_are_off_or_counted() {
    for stack in STACKS {
        let mut graph = graph(stack);
        let settings = said(&graph, stack, STAGE, "method_settings");
        assert_eq!(settings["*/*"]["metrics_enabled"], false, "{stack}");
        let metrics = |graph: &finsight_engine::graph::Graph| {
            let items = Items::of_graph(graph, &finsight_specs::registry());
            let report = estimate(&items, 10).unwrap_or_else(|errors| panic!("{errors:?}"));
            let lines = report.estimate.lines.iter().filter(|line| line.key == "cloudwatch.metric");
            lines.map(|line| line.quantity).sum::<Decimal>()
        };
        let off = metrics(&graph);
        let urn = format!("{stack}/{STAGE}").parse().expect("a URN");
        let on = Value::from_plain_json(&json!({"*/*": {"metrics_enabled": true}}));
        graph.nodes.get_mut(&urn).expect("the stage").inputs.insert("method_settings".to_owned(), on);
        // 18 paths with two methods each, and five metrics a method.
        assert_eq!(metrics(&graph), off + Decimal::whole(18 * 2 * 5), "{stack}");
    }
}

/// S3: what API Gateway keeps, it keeps for one caller, path and query.
#[test]
fn the_cache_gives_nobody_the_answer_of_another() {
    let cache = r#""cache": {"size_gb": "0.5", "ttl_seconds": 300, "groups": ["categories"], "query_parameters": ["page"]},
        "throttling""#;
    let text = built_in("prod").expect("shipped").replacen("\"throttling\"", cache, 1);
    let config = parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    let graph = finsight::finsight("prod", &config, &Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let settings = said(&graph, "prod", STAGE, "method_settings");
    let kept: Vec<&String> = settings
        .as_object()
        .expect("settings")
        .iter()
        .filter(|(_, setting)| setting["caching_enabled"] == true)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(kept, ["/categories/GET", "/categories/{proxy+}/GET"]);
    let body = said(&graph, "prod", REST, "body");
    let get = &body["paths"]["/categories/{proxy+}"]["get"]["x-amazon-apigateway-integration"];
    for key in ["path.proxy", "header.Authorization", "querystring.page"] {
        assert!(get["cacheKeyParameters"].to_string().contains(&format!("method.request.{key}")), "{get}");
    }
    // Nothing without a group.
    let text = text.replace(r#", "groups": ["categories"]"#, "");
    let error = parse("test.json", &text).expect_err("no group").to_string();
    assert!(error.contains("api.cache.groups: found none"), "{error}");
}
