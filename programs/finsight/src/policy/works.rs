//! Whether what stands works together: settings that look well one by one, and are an outage.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::glob;
use finsight_engine::value::{Map, Value, at_path};

use super::document::{Operation, api_of};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, WORKS), pack(Severity::Warning, WORKS));
    vec![
        error(
            "works-timeouts",
            "who waits waits longer than who works",
            "give the database less time than the function, the function less than API Gateway, and CloudFront more",
            timeouts,
        ),
        error(
            "works-certificate",
            "certificates and web ACLs are where their users look for them",
            "declare what CloudFront uses in us-east-1, and what API Gateway uses in the API's own region",
            places,
        ),
        error(
            "works-cors",
            "answers carry the headers that preflights promise",
            "give each behavior in front of the API a response headers policy with a cors_config",
            cors,
        ),
        warning(
            "works-binary",
            "files pass an API as bytes",
            "set binary_media_types to the media types of the files",
            binary,
        ),
        error(
            "works-cache",
            "API Gateway's cache gives nobody the answer of another",
            "name path, caller and query as cache keys of the integration (OpenApi::lambda_cached), and let the stage cache these methods alone",
            cache,
        ),
        error(
            "works-writes",
            "nobody gets an old answer after a write of his own",
            "take a cache policy with a default_ttl of 0 where a behavior lets writes pass",
            writes,
        ),
        warning(
            "works-mail",
            "mail addresses are in domains that take mail",
            "declare the domain's MX records (domain.records), or take an address elsewhere",
            super::mail::mail,
        ),
    ]
}

fn int(map: &Map, name: &str) -> Option<i64> {
    map.get(name).and_then(Value::as_int)
}

/// Milliseconds that API Gateway waits where an integration says nothing.
const GATEWAY_WAITS: i64 = 29_000;

fn timeouts(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut waits = None;
    for api in subject.of_type("aws:apigateway:RestApi") {
        for operation in Operation::all(api) {
            let Some(integration) = operation.integration() else { continue };
            let waited = int(integration, "timeoutInMillis").unwrap_or(GATEWAY_WAITS);
            let called = integration.get("uri").map(references).unwrap_or_default();
            for function in called.iter().filter_map(|urn| subject.get(urn)) {
                let Some(seconds) = int(&function.inputs, "timeout") else { continue };
                waits = waits.max(Some(waited));
                if seconds * 1_000 >= waited {
                    let message = format!(
                        "it may take {seconds} seconds, and API Gateway gives up on it after {waited} ms"
                    );
                    found.push(Violation::new(function, message));
                }
            }
        }
    }
    found.sort_by(|a, b| (&a.urn, &a.message).cmp(&(&b.urn, &b.message)));
    found.dedup();
    if let Some(waits) = waits {
        found.extend(impatient(subject, waits));
    }
    found.extend(statements(subject));
    found
}

/// Distributions that give up on the API before it answers.
fn impatient(subject: &Subject<'_>, waits: i64) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        for origin in origins(item).filter(|(_, origin)| of_api(origin)).map(|(_, origin)| origin) {
            let Some(seconds) =
                at_path(origin, "custom_origin_config.origin_read_timeout").and_then(Value::as_int)
            else {
                continue;
            };
            if seconds * 1_000 < waits {
                let message = format!(
                    "it gives up on the API after {seconds} seconds, which answers within {waits} ms"
                );
                found.push(Violation::new(item, message));
            }
        }
    }
    found
}

/// Statements and waits for a connection that outlive the functions which want them.
fn statements(subject: &Subject<'_>) -> Vec<Violation> {
    let in_vpc = subject
        .of_type("aws:lambda:Function")
        .filter(|function| function.get("subnet_ids").is_some_and(|ids| !references(ids).is_empty()));
    let Some(least) = in_vpc.filter_map(|function| int(&function.inputs, "timeout")).min() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for instance in subject.of_type("aws:rds:DBInstance").filter(|item| item.is("engine", "postgres")) {
        match statement_millis(subject, instance) {
            Some(millis) if millis < least * 1_000 => {}
            Some(millis) => {
                let message = format!(
                    "a statement may take {millis} ms, and the function that wants it {least} seconds"
                );
                found.push(Violation::new(instance, message));
            }
            None => {
                let message =
                    "a statement never ends by itself, and goes on after the function that wanted it";
                found.push(Violation::new(instance, message));
            }
        }
    }
    for group in subject.of_type("aws:rds:DBProxyTargetGroup") {
        let seconds = int(&group.inputs, "connection_borrow_timeout").unwrap_or(120);
        if seconds >= least {
            let message =
                format!("a function waits {seconds} seconds for a connection, and lives for {least}");
            found.push(Violation::new(group, message));
        } else if let Some(millis) = longest_behind(subject, group).filter(|millis| *millis < least * 1_000)
            && seconds * 1_000 + millis >= least * 1_000
        {
            let message = format!(
                "a function waits {seconds} seconds for a connection and then {millis} ms for a statement, and lives for {least} seconds"
            );
            found.push(Violation::new(group, message));
        }
    }
    found
}

/// How long a statement of an instance may take, where it ends.
fn statement_millis(subject: &Subject<'_>, instance: &Filled<'_>) -> Option<i64> {
    let group = subject.get(instance.refers_to("db_parameter_group_name")?)?;
    let limit = at_path(&group.inputs, "parameters.statement_timeout")?.as_text()?;
    limit.parse().ok().filter(|millis| *millis > 0)
}

/// The longest statement of the databases behind a proxy's pool.
fn longest_behind(subject: &Subject<'_>, pool: &Filled<'_>) -> Option<i64> {
    let proxy = pool.refers_to("db_proxy_name")?;
    let targets = subject
        .of_type("aws:rds:DBProxyTarget")
        .filter(move |target| target.refers_to("db_proxy_name") == Some(proxy));
    let instances = targets.filter_map(|target| subject.get(target.refers_to("db_instance_identifier")?));
    instances.filter_map(|instance| statement_millis(subject, instance)).max()
}

pub(super) fn origins<'a>(item: &'a Filled<'_>) -> impl Iterator<Item = (&'a str, &'a Map)> {
    let all = item.get("origins").and_then(Value::as_map);
    all.into_iter().flatten().filter_map(|(id, origin)| Some((id.as_str(), origin.as_map()?)))
}

/// Whether an origin is a domain of API Gateway, or a stage.
pub(super) fn of_api(origin: &Map) -> bool {
    let to = origin.get("domain_name").map(references).unwrap_or_default();
    to.iter().any(|urn| urn.type_name().starts_with("aws:apigateway:"))
}

pub(super) fn behaviors<'a>(item: &'a Filled<'_>) -> impl Iterator<Item = &'a Map> {
    let listed = item.get("cache_behaviors").and_then(Value::as_list).unwrap_or_default();
    let default = item.get("default_cache_behavior").and_then(Value::as_map);
    default.into_iter().chain(listed.iter().filter_map(Value::as_map))
}

fn region_of<'a>(subject: &'a Subject<'_>, item: &'a Filled<'_>) -> &'a str {
    item.node.options.region.as_deref().unwrap_or(subject.region)
}

/// Where CloudFront looks for its certificates and web ACLs.
const EDGE: &str = "us-east-1";

fn places(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut must = |item: &Filled<'_>, used: &Value, region: &str, user: &str| {
        for other in references(used).iter().filter_map(|urn| subject.get(urn)) {
            let is = region_of(subject, other);
            if is != region {
                let message = format!("{user} looks for {} in {region}, and it is in {is}", other.urn());
                found.push(Violation::new(item, message));
            }
        }
    };
    for item in subject.of_type("aws:cloudfront:Distribution") {
        for used in ["viewer_certificate", "web_acl_id"].iter().filter_map(|name| item.get(name)) {
            must(item, used, EDGE, "CloudFront");
        }
    }
    for item in subject.of_type("aws:apigateway:DomainName") {
        if let Some(used) = item.get("regional_certificate_arn") {
            must(item, used, region_of(subject, item), "API Gateway");
        }
    }
    for item in subject.of_type("aws:wafv2:WebACLAssociation") {
        for used in ["web_acl_arn", "resource_arn"].iter().filter_map(|name| item.get(name)) {
            must(item, used, region_of(subject, item), "WAF");
        }
    }
    for item in subject.of_type("aws:wafv2:LoggingConfiguration") {
        let acl = item.refers_to("resource_arn").and_then(|urn| subject.get(urn));
        if let (Some(acl), Some(used)) = (acl, item.get("log_destination_configs")) {
            let region = if acl.is("scope", "CLOUDFRONT") { EDGE } else { region_of(subject, acl) };
            must(item, used, region, "WAF");
        }
    }
    for item in subject.of_type("aws:wafv2:WebACL").filter(|item| item.is("scope", "CLOUDFRONT")) {
        if region_of(subject, item) != EDGE {
            found.push(Violation::new(item, format!("AWS has web ACLs of CloudFront in {EDGE} alone")));
        }
    }
    found
}

fn cors(subject: &Subject<'_>) -> Vec<Violation> {
    let mut apis = subject.of_type("aws:apigateway:RestApi");
    let asked = apis.any(|api| Operation::all(api).iter().any(Operation::is_preflight));
    if !asked {
        return Vec::new();
    }
    let answers = |behavior: &Map| {
        let policy =
            behavior.get("response_headers_policy_id").and_then(referred).and_then(|urn| subject.get(urn));
        // One that is named by its id is not seen.
        policy.map_or_else(
            || {
                behavior
                    .get("response_headers_policy_id")
                    .and_then(Value::as_text)
                    .is_some_and(|id| !id.is_empty())
            },
            // What does not take the place of the origin's own header stands behind it: the function says another one, or none.
            |policy| {
                let config = policy.get("cors_config").and_then(Value::as_map);
                config.is_some_and(|config| config.get("origin_override") != Some(&false.into()))
            },
        )
    };
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        let api: BTreeSet<&str> =
            origins(item).filter(|(_, origin)| of_api(origin)).map(|(id, _)| id).collect();
        for behavior in behaviors(item) {
            let target = behavior.get("target_origin_id").and_then(Value::as_text).unwrap_or_default();
            if api.contains(target) && !answers(behavior) {
                let path = behavior.get("path_pattern").and_then(Value::as_text).unwrap_or("*");
                let message = format!(
                    "browsers are told by a preflight that they may call {path}, and not by its answer"
                );
                found.push(Violation::new(item, message));
            }
        }
    }
    found
}

/// The rule of AWS's common group about long bodies.
pub(super) const LONG_BODIES: &str = "SizeRestrictions_BODY";

/// Whether a web ACL lets long bodies pass that AWS's common group would stop.
pub(super) fn takes_long_bodies(acl: &Filled<'_>) -> bool {
    let rules = acl.get("rules").and_then(Value::as_map);
    rules.into_iter().flatten().filter_map(|(_, rule)| rule.as_map()).any(|rule| {
        let group = at_path(rule, "statement.managed_rule_group_statement").and_then(Value::as_map);
        let own = group.and_then(|group| at_path(group, "rule_action_overrides")).and_then(Value::as_map);
        own.and_then(|own| own.get(LONG_BODIES))
            .and_then(Value::as_map)
            .is_some_and(|action| !action.contains_key("block"))
    })
}

/// The types of what users send and get as files: statements and reports.
const FILES: &[&str] = &["multipart/form-data", "text/csv", "application/pdf", "application/octet-stream"];

fn binary(subject: &Subject<'_>) -> Vec<Violation> {
    if !subject.of_type("aws:wafv2:WebACL").any(takes_long_bodies) {
        return Vec::new();
    }
    let listed = |api: &Filled<'_>| {
        let all = api.get("binary_media_types").and_then(Value::as_list).unwrap_or_default();
        all.iter().filter_map(Value::as_text).any(|kind| FILES.iter().any(|file| glob(kind, file)))
    };
    let message =
        "its firewall lets files pass, and API Gateway takes each statement and report for a text in UTF-8";
    subject
        .of_type("aws:apigateway:RestApi")
        .filter(|api| !listed(api))
        .map(|api| Violation::new(api, message))
        .collect()
}

/// Whether a stage's cache keeps what an operation answers.
pub(super) fn kept_by(stage: &Filled<'_>, operation: &Operation<'_>) -> bool {
    let settings = stage.get("method_settings").and_then(Value::as_map);
    let kept = |path: &str| {
        let setting = settings.and_then(|all| all.get(path)).and_then(Value::as_map);
        setting.map(|setting| setting.get("caching_enabled").and_then(Value::as_bool) == Some(true))
    };
    let own = format!("{}/{}", operation.path, operation.method);
    // Of the methods of a path that says nothing of them apart, GET is kept.
    let is_get = ["GET", "ANY"].contains(&operation.method.as_str());
    is_get && kept(&own).or(kept("*/*")).unwrap_or(false)
}

fn cache(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for stage in subject.of_type("aws:apigateway:Stage") {
        let Some(api) = api_of(subject, stage, "rest_api_id") else { continue };
        for operation in Operation::all(api) {
            let own = format!("{}/{}", operation.path, operation.method);
            if !kept_by(stage, &operation) {
                continue;
            }
            let keys = operation.integration().and_then(|one| one.get("cacheKeyParameters"));
            let has = |key: &str| keys.is_some_and(|keys| keys.any(&|value| value.as_text() == Some(key)));
            let mut wanted: Vec<String> =
                operation.parameters().map(|name| format!("method.request.path.{name}")).collect();
            if operation.schemes().any(|scheme| scheme != "api_key") {
                wanted.push("method.request.header.Authorization".to_owned());
            }
            let mut missing: Vec<String> = wanted.into_iter().filter(|key| !has(key)).collect();
            // API Gateway hands every query on, and keys on declared parameters alone ("Enabling API caching").
            if !operation.queries().any(|name| has(&format!("method.request.querystring.{name}"))) {
                missing.push("a parameter of the query".to_owned());
            }
            if !missing.is_empty() {
                let message = format!(
                    "it keeps answers of {own} without {}: one goes to whoever asks next",
                    missing.join(", ")
                );
                found.push(Violation::new(stage, message));
            }
        }
    }
    found
}

fn writes(subject: &Subject<'_>) -> Vec<Violation> {
    let lasts = |behavior: &Map| {
        let policy = behavior.get("cache_policy_id").and_then(referred).and_then(|urn| subject.get(urn));
        policy.is_some_and(|policy| policy.get("default_ttl").and_then(Value::as_int).unwrap_or(86_400) > 0)
    };
    let writes = |behavior: &Map| {
        let allowed = behavior.get("allowed_methods");
        allowed.is_some_and(|all| all.any(&|value| value.as_text() == Some("POST")))
    };
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        for behavior in behaviors(item).filter(|behavior| writes(behavior) && lasts(behavior)) {
            let path = behavior.get("path_pattern").and_then(Value::as_text).unwrap_or("*");
            let message = format!(
                "answers of {path} are kept though their function does not say so, and writes go there too"
            );
            found.push(Violation::new(item, message));
        }
    }
    found
}
