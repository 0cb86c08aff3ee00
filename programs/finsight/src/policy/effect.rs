//! Whether what is paid for, or looks like protection, has an effect.

use std::collections::BTreeSet;

use finsight_engine::cost::{Decimal, Items, NoPrice};
use finsight_engine::expr::references;
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Value, at_path};

use super::document::Operation;
use super::pack;
use super::paths::{covers, may_fit};
use super::works::{of_api, origins, takes_long_bodies};
use crate::cost::assumptions::USERS_PER_DAY;
use crate::cost::estimate;

pub(super) const EFFECT: &str = "operation: what is paid for or looks like protection has an effect";

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, EFFECT), pack(Severity::Warning, EFFECT));
    vec![
        error(
            "effect-plan",
            "usage plans hold for somebody",
            "let a method of the API ask for a key, and give the plan the one that CloudFront brings; or take the plan away",
            plan,
        ),
        warning(
            "effect-metrics",
            "metrics that are paid for are read",
            "let an alarm or a dashboard look at them, or switch them off",
            metrics,
        ),
        warning(
            "effect-keys",
            "keys encrypt something",
            "name the key where it is to be used, or take it away",
            keys,
        ),
        warning(
            "effect-cached",
            "cached paths are paths of the API",
            "take a pattern that fits a path of the API",
            cached,
        ),
        error(
            "effect-bodies",
            "a firewall judges bodies, or refuses them",
            "refuse bodies that are longer than what is looked at, but where files go",
            bodies,
        ),
        warning(
            "effect-budget",
            "budgets tell of what is not expected",
            "set monitoring.budget.monthly_usd to what `cost` says, and some room",
            budget,
        ),
    ]
}

/// The keys that CloudFront brings to APIs, whatever a caller sends ("Add custom headers to origin requests"): APIs that nobody
/// reaches by their own address know no others.
fn brought(subject: &Subject<'_>) -> BTreeSet<Urn> {
    let closed = |api: &Filled<'_>| api.is("disable_execute_api_endpoint", true);
    if !subject.of_type("aws:apigateway:RestApi").all(closed) {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        for (_, origin) in origins(item).filter(|(_, origin)| of_api(origin)) {
            let headers = origin.get("custom_headers").and_then(Value::as_map).into_iter().flatten();
            let key = headers.filter(|(name, _)| name.eq_ignore_ascii_case("x-api-key"));
            found.extend(key.flat_map(|(_, value)| references(value)));
        }
    }
    found
}

fn plan(subject: &Subject<'_>) -> Vec<Violation> {
    let brought = brought(subject);
    let mut found = Vec::new();
    for plan in subject.of_type("aws:apigateway:UsagePlan") {
        let of_plan = |key: &&Filled<'_>| key.refers_to("usage_plan_id") == Some(plan.urn());
        let keys: Vec<&Urn> = subject
            .of_type("aws:apigateway:UsagePlanKey")
            .filter(of_plan)
            .filter_map(|key| key.refers_to("key_id"))
            .collect();
        if keys.is_empty() {
            found.push(Violation::new(plan, "no key is in it: it limits nobody"));
        }
        for key in keys.into_iter().filter(|key| !brought.is_empty() && !brought.contains(*key)) {
            let message = format!(
                "nobody calls with {key}: CloudFront brings another key in the place of what a caller sends, and there is no other way in"
            );
            found.push(Violation::new(plan, message));
        }
        let stages = plan.get("api_stages").and_then(Value::as_list).unwrap_or_default();
        let apis = stages.iter().filter_map(Value::as_map).filter_map(|stage| stage.get("api_id"));
        for api in apis.filter_map(referred).filter_map(|urn| subject.get(urn)) {
            if !Operation::all(api).iter().any(|operation| operation.asks_for("api_key")) {
                let message =
                    format!("no method of {} asks for a key: its limits hold for nobody", api.urn());
                found.push(Violation::new(plan, message));
            }
        }
    }
    found
}

/// All that looks at metrics.
fn readers<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Value> {
    let alarms = subject.of_type("aws:cloudwatch:Alarm");
    let boards = subject.of_type("aws:cloudwatch:Dashboard");
    alarms.chain(boards).flat_map(|item| item.inputs.values())
}

fn metrics(subject: &Subject<'_>) -> Vec<Violation> {
    let read = |name: &str| readers(subject).any(|value| value.any(&|one| one.as_text() == Some(name)));
    let mut found = Vec::new();
    for stage in subject.of_type("aws:apigateway:Stage") {
        let settings = stage.get("method_settings").and_then(Value::as_map);
        let on = |setting: &Value| {
            setting.as_map().and_then(|map| map.get("metrics_enabled")) == Some(&true.into())
        };
        if settings.is_some_and(|all| all.values().any(on)) && !(read("Resource") && read("Method")) {
            let message = "each of its methods has metrics of its own, which cost, and nothing looks at them";
            found.push(Violation::new(stage, message));
        }
    }
    for filter in subject.of_type("aws:logs:MetricFilter") {
        let made = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        let names = made.iter().filter_map(|one| one.as_map()?.get("metric_name")?.as_text());
        found.extend(
            names
                .filter(|name| !read(name))
                .map(|name| Violation::new(filter, format!("nothing looks at its metric {name}"))),
        );
    }
    found
}

fn keys(subject: &Subject<'_>) -> Vec<Violation> {
    let mut used: BTreeSet<Urn> = BTreeSet::new();
    for item in subject.all().filter(|item| item.urn().type_name() != "aws:kms:Alias") {
        used.extend(item.inputs.values().flat_map(references));
    }
    let all = subject.of_type("aws:kms:Key").filter(|key| !used.contains(key.urn()));
    all.map(|key| Violation::new(key, "nothing is encrypted with it")).collect()
}

fn cached(subject: &Subject<'_>) -> Vec<Violation> {
    let apis = subject.of_type("aws:apigateway:RestApi");
    let paths: BTreeSet<String> =
        apis.flat_map(Operation::all).map(|operation| operation.path.to_owned()).collect();
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        let of_api = |id: &str| {
            let origin = item
                .get("origins")
                .and_then(Value::as_map)
                .and_then(|all| all.get(id))
                .and_then(Value::as_map);
            let to = origin.and_then(|origin| origin.get("domain_name")).map(references).unwrap_or_default();
            to.iter().any(|urn| urn.type_name().starts_with("aws:apigateway:"))
        };
        let behaviors = item.get("cache_behaviors").and_then(Value::as_list).unwrap_or_default();
        let mut before: Vec<&str> = Vec::new();
        for behavior in behaviors.iter().filter_map(Value::as_map) {
            let text = |name: &str| behavior.get(name).and_then(Value::as_text).unwrap_or_default();
            let pattern = text("path_pattern");
            if of_api(text("target_origin_id"))
                && !paths.is_empty()
                && !paths.iter().any(|path| may_fit(pattern, path))
            {
                found.push(Violation::new(
                    item,
                    format!("{pattern} fits no path of the API: nothing is kept by it"),
                ));
            }
            // CloudFront takes the first that fits ("Path pattern").
            if let Some(first) = before.iter().find(|first| covers(first, pattern)) {
                let message =
                    format!("{pattern} is never taken: {first} comes before, and fits all of its paths");
                found.push(Violation::new(item, message));
            }
            before.push(pattern);
        }
    }
    found
}

fn bodies(subject: &Subject<'_>) -> Vec<Violation> {
    let refuses = |acl: &Filled<'_>| {
        let rules = acl.get("rules").and_then(Value::as_map);
        rules.into_iter().flatten().filter_map(|(_, rule)| rule.as_map()).any(|rule| {
            let blocks = at_path(rule, "action.block").is_some();
            blocks && rule.get("statement").is_some_and(|statement| statement.any(&is_size_of_body))
        })
    };
    let message = "long bodies are counted and let by, and each rule looks at their beginning alone: what stands behind it is not judged";
    let all = subject.of_type("aws:wafv2:WebACL").filter(|acl| takes_long_bodies(acl) && !refuses(acl));
    all.map(|acl| Violation::new(acl, message)).collect()
}

/// Bytes of a body that WAF looks at before CloudFront and API Gateway where nothing else is said ("Managing body inspection size
/// limits").
const LOOKED_AT: i64 = 16_384;

/// A length that WAF sees, or that of what it does not see whole, which counts as a match.
fn is_size_of_body(value: &Value) -> bool {
    let size = value.as_map().and_then(|map| map.get("size_constraint_statement")).and_then(Value::as_map);
    let Some(size) = size else { return false };
    let Some(body) = at_path(size, "field_to_match.body").and_then(Value::as_map) else { return false };
    let seen = size.get("size").and_then(Value::as_int).is_none_or(|bytes| bytes < LOOKED_AT);
    seen || body.get("oversize_handling") == Some(&"MATCH".into())
}

fn budget(subject: &Subject<'_>) -> Vec<Violation> {
    let budgets: Vec<(&Filled<'_>, Decimal)> = subject
        .of_type("aws:budgets:Budget")
        .filter(|budget| budget.is("budget_type", "COST") && budget.is("time_unit", "MONTHLY"))
        .filter_map(|budget| Some((budget, budget.get("budget_limit_amount")?.as_text()?.parse().ok()?)))
        .collect();
    if budgets.is_empty() {
        return Vec::new();
    }
    let mut graph = Graph::new(subject.stack, subject.region);
    graph.nodes.extend(subject.all().map(|item| (item.urn().clone(), item.node.clone())));
    let report = match estimate(&Items::of_graph(&graph, &finsight_specs::registry()), USERS_PER_DAY) {
        Ok(report) => report,
        // What has no price has no estimate. That of the database is chosen with its class.
        Err(missing) => {
            let of_class = |one: &&NoPrice| one.key.starts_with("rds.") && one.key.ends_with(".hours");
            let instance = |one: &NoPrice| subject.get(one.urn.as_ref()?);
            let told = |one: &NoPrice| {
                let message = format!(
                    "no price is known for {} in {}: its budget is compared with nothing, and `cost` has no sum",
                    one.key, one.region
                );
                Some(Violation::new(instance(one)?, message))
            };
            return missing.iter().filter(of_class).filter_map(told).collect();
        }
    };
    let total = report.estimate.total();
    let low = budgets.into_iter().filter(|(_, limit)| *limit < total);
    low.map(|(budget, limit)| {
        let message = format!(
            "its {} US dollars are less than the {} that the stack is estimated at: it tells of each month",
            limit.fixed(0),
            total.fixed(0)
        );
        Violation::new(budget, message)
    })
    .collect()
}
