//! What stands in front of the functions: API Gateway, CloudFront, WAF, DNS.

use std::collections::BTreeSet;

use finsight_engine::cost::{Bill, Decimal, Item};
use finsight_engine::value::{Map, Value};

use super::assumptions::{API_CALLS, API_LOGS_GB, CDN_GB, DNS_QUERIES, FUNCTION_LOGS_GB, HOURS, probes};
use super::{Rate, View, count, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    ("aws:acm:Certificate", free("public certificates are free")),
    ("aws:acm:CertificateValidation", free("public certificates are free")),
    ("aws:apigateway:Account", free("a setting of the account")),
    ("aws:apigateway:ApiKey", free("API keys are free")),
    ("aws:apigateway:Authorizer", free("its function is billed")),
    ("aws:apigateway:BasePathMapping", free("domains of an API are free")),
    ("aws:apigateway:Deployment", free("deployments are free")),
    ("aws:apigateway:DomainName", free("domains of an API are free")),
    ("aws:apigateway:RestApi", priced(rest)),
    ("aws:apigateway:Stage", priced(stage)),
    ("aws:apigateway:UsagePlan", free("usage plans are free")),
    ("aws:apigateway:UsagePlanKey", free("usage plans are free")),
    ("aws:cloudfront:CachePolicy", free("policies of CloudFront are free")),
    ("aws:cloudfront:Distribution", priced(distribution)),
    ("aws:cloudfront:OriginAccessControl", free("access controls of CloudFront are free")),
    ("aws:cloudfront:OriginRequestPolicy", free("policies of CloudFront are free")),
    ("aws:cloudfront:ResponseHeadersPolicy", free("policies of CloudFront are free")),
    ("aws:route53:HealthCheck", priced(health_check)),
    ("aws:route53:HostedZone", priced(zone)),
    ("aws:route53:RecordSet", free("records are free, queries are counted with their zone")),
    ("aws:wafv2:IPSet", free("IP sets are free")),
    ("aws:wafv2:LoggingConfiguration", free("what it writes is counted with its log group")),
    ("aws:wafv2:WebACL", priced(firewall)),
    ("aws:wafv2:WebACLAssociation", free("associations are free")),
];

fn rest(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "apigateway.rest.calls", view.share(item, &API_CALLS));
}

/// What each method has of metrics of its own: its calls, two kinds of errors, two latencies ("Amazon API Gateway dimensions
/// and metrics").
const METRICS_OF_A_METHOD: usize = 5;

/// Metrics of each method, where they are on: as if each were called in each hour.
fn detailed(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let settings = item.get("method_settings").and_then(Value::as_map);
    let on = |setting: &Value| {
        setting.as_map().and_then(|map| map.get("metrics_enabled")).and_then(Value::as_bool) == Some(true)
    };
    let all = settings.into_iter().flatten();
    let on: Vec<&str> = all.filter(|(_, setting)| on(setting)).map(|(path, _)| path.as_str()).collect();
    if on.is_empty() {
        return;
    }
    let api = item.refers("rest_api_id").find_map(|urn| view.items.get(urn));
    let body = api.and_then(|api| api.get("body")).and_then(Value::as_map);
    let Some(paths) = body.and_then(|body| body.get("paths")).and_then(Value::as_map) else {
        bill.unknown(item, "cloudwatch.metric", "method_settings");
        return;
    };
    let all = paths.values().filter_map(Value::as_map).map(Map::len).sum();
    let methods = if on.contains(&"*/*") { all } else { on.len() };
    let note = format!(
        "at most: {METRICS_OF_A_METHOD} of each of {methods} methods, in the hours in which it is called"
    );
    bill.note(item, "cloudwatch.metric", count(methods * METRICS_OF_A_METHOD), Some(note));
}

fn stage(item: &Item, view: &View<'_>, bill: &mut Bill) {
    detailed(item, view, bill);
    if item.is_open("cache_cluster_enabled") {
        bill.unknown(item, "apigateway.cache.hours", "cache_cluster_enabled");
    } else if item.is_on("cache_cluster_enabled") {
        let size = item.text("cache_cluster_size").unwrap_or("0.5");
        bill.add(item, &format!("apigateway.cache.{size}.hours"), HOURS);
    }
}

fn distribution(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "cloudfront.bytes", view.share(item, &CDN_GB));
    bill.add(item, "cloudfront.requests", view.share(item, &API_CALLS));
}

fn zone(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "route53.hosted-zone", Decimal::whole(1));
    bill.add(item, "route53.queries", view.share(item, &DNS_QUERIES));
}

/// A check, its features ("Amazon Route 53 pricing": an endpoint on AWS), and what its requests are to the API.
fn health_check(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "route53.health-check", Decimal::whole(1));
    let kind = item.text("health_check_type").unwrap_or_default();
    let quick = item.int("request_interval").is_some_and(|seconds| seconds < 30);
    let features =
        [kind.starts_with("HTTPS"), kind.ends_with("STR_MATCH"), quick, item.is_on("measure_latency")];
    let features = features.into_iter().filter(|one| *one).count();
    if features > 0 {
        bill.add(item, "route53.health-check.feature", count(features));
    }
    let asked = probes(item.get("regions").and_then(Value::as_list).map(<[Value]>::len), quick);
    bill.add(item, "cloudfront.requests", asked);
    for firewall in view.items.of_type("aws:wafv2:WebACL") {
        bill.add(firewall, "wafv2.requests", asked);
    }
    for api in view.items.of_type("aws:apigateway:RestApi") {
        for key in ["apigateway.rest.calls", "lambda.requests", "xray.traces"] {
            bill.add(api, key, asked);
        }
        // Of 10,000 calls, as the requests of callers are.
        let lines = API_LOGS_GB.quantity + FUNCTION_LOGS_GB.quantity;
        bill.add(api, "logs.ingestion", asked * lines * Decimal::ratio(1, 10_000));
    }
}

/// Every call passes both web ACLs. AWS bills some managed groups besides: they have no price here.
fn firewall(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "wafv2.web-acl", Decimal::whole(1));
    bill.add(item, "wafv2.requests", view.usage.of(&API_CALLS));
    let Some(rules) = item.get("rules").and_then(|rules| rules.as_map()) else {
        bill.unknown(item, "wafv2.rule", "rules");
        return;
    };
    bill.note(item, "wafv2.rule", count(rules.len()), twice(item, view));
    for name in managed(item) {
        if ["BotControl", "ATPRuleSet", "ACFPRuleSet", "AntiDDoS"].iter().any(|dear| name.contains(dear)) {
            bill.add(item, &format!("wafv2.managed.{name}"), Decimal::whole(1));
        }
    }
}

/// AWS's groups of rules that a web ACL has, by name.
fn managed(acl: &Item) -> BTreeSet<&str> {
    let rules = acl.get("rules").and_then(Value::as_map);
    let names = rules.into_iter().flat_map(Map::values).filter_map(|rule| {
        let statement = rule.as_map()?.get("statement")?.as_map()?;
        statement.get("managed_rule_group_statement")?.as_map()?.get("name")?.as_text()
    });
    names.collect()
}

/// What stands before the API again though each call has passed it at CloudFront.
fn twice(acl: &Item, view: &View<'_>) -> Option<String> {
    if acl.text("scope") != Some("REGIONAL") {
        return None;
    }
    let edge = view.items.of_type("aws:wafv2:WebACL").filter(|one| one.text("scope") == Some("CLOUDFRONT"));
    let before: BTreeSet<&str> = edge.flat_map(managed).collect();
    let again = managed(acl).intersection(&before).count();
    (again > 0).then(|| {
        format!(
            "{again} of AWS's groups stand before CloudFront and before the API: `security.firewall.regional_groups: false` leaves these out"
        )
    })
}
