//! Whether what CloudFront passes on is what the other side wants: headers, keys, names, methods, pages.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::value::{Map, Value, at_path};
use finsight_specs::cloudfront::ManagedCachePolicy;

use super::document::Operation;
use super::plain::{at, plain, plains};
use super::sent::{QUERIES, policy, sends, sends_host, sends_queries};
use super::works::{behaviors, of_api, origins};
use super::{WORKS, pack};

pub(super) const DISTRIBUTION: &str = "aws:cloudfront:Distribution";

pub(super) fn rules() -> Vec<Rule> {
    let rule = pack(Severity::Error, WORKS);
    vec![
        rule(
            "works-origin",
            "CloudFront sends its origin what the origin asks for",
            "give the origin the header, key and Host that the firewall, the methods and the domain behind it ask for",
            origin,
        ),
        rule(
            "works-methods",
            "callers' methods and headers get through to the API",
            "let the behavior pass all methods, with an origin request policy that sends all headers of the viewer",
            passes,
        ),
        rule(
            "works-apart",
            "CloudFront gives nobody the answer of another",
            "let the cache policy tell callers apart: the header Authorization, and all query strings",
            apart,
        ),
        rule(
            "works-pages",
            "pages for errors are where they are looked for, and of their kind",
            "declare the object under that key, a behavior that leads to its bucket, and a content type that fits its ending",
            super::pages::pages,
        ),
        rule(
            "works-kept",
            "no error outlives its cause",
            "set error_caching_min_ttl to 0 for 404, 414, 500, 501, 502, 503 and 504",
            super::pages::kept,
        ),
    ]
}

/// The APIs that an origin of a distribution leads to: by a domain of API Gateway.
fn apis_of<'a>(subject: &'a Subject<'a>, origin: &Map) -> Vec<&'a Filled<'a>> {
    let to = origin.get("domain_name").map(references).unwrap_or_default();
    let mapped = |urn: &finsight_engine::urn::Urn| -> Vec<&'a Filled<'a>> {
        let of = |one: &&Filled<'_>| one.refers_to("domain_name") == Some(urn);
        let mappings = subject.of_type("aws:apigateway:BasePathMapping").filter(of);
        mappings.filter_map(|one| subject.get(one.refers_to("rest_api_id")?)).collect()
    };
    to.iter().flat_map(mapped).collect()
}

/// What a web ACL blocks whoever does not send: headers, each with the values of which one will do, of rules that refuse
/// what is not so.
fn demanded(acl: &Filled<'_>) -> Vec<(String, Vec<String>)> {
    let rules = acl.get("rules").and_then(Value::as_map);
    let blocking = rules.into_iter().flat_map(Map::values).filter_map(Value::as_map);
    let blocking = blocking.filter(|rule| at_path(rule, "action.block").is_some());
    blocking
        .filter_map(|rule| {
            let wanted = at_path(rule, "statement.not_statement.statement")?.as_map()?;
            let any = at_path(wanted, "or_statement.statements").and_then(Value::as_list);
            let any: Vec<&Map> = match any {
                Some(any) => any.iter().filter_map(Value::as_map).collect(),
                None => vec![wanted],
            };
            let headers =
                any.into_iter().map(|one| header_of(at_path(one, "byte_match_statement")?.as_map()?));
            let headers: Vec<(String, String)> = headers.collect::<Option<_>>()?;
            let (name, _) = headers.first()?.clone();
            let alike = headers.iter().all(|(other, _)| *other == name);
            alike.then(|| (name, headers.into_iter().map(|(_, value)| value).collect()))
        })
        .collect()
}

/// The header that a statement wants, and its value.
fn header_of(one: &Map) -> Option<(String, String)> {
    let header = at_path(one, "field_to_match.single_header.name").map(plain)?;
    let exactly = at(one, "positional_constraint") == "EXACTLY";
    exactly.then(|| (header.to_ascii_lowercase(), at(one, "search_string")))
}

fn origin(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type(DISTRIBUTION) {
        for (id, origin) in origins(item).filter(|(_, origin)| of_api(origin)) {
            let sent = origin.get("custom_headers").and_then(Value::as_map);
            let sent: Vec<(String, String)> = sent
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.to_ascii_lowercase(), plain(value)))
                .collect();
            let apis = apis_of(subject, origin);
            if apis.is_empty() {
                let message =
                    format!("no API is under the domain of origin {id}: each call is answered with 403");
                found.push(Violation::new(item, message));
            }
            for api in &apis {
                let stages = || {
                    subject
                        .of_type("aws:apigateway:Stage")
                        .filter(|one| one.refers_to("rest_api_id") == Some(api.urn()))
                };
                for stage in stages() {
                    for acl in firewalls(subject, stage) {
                        for (header, values) in demanded(acl) {
                            if !sent.iter().any(|(name, value)| *name == header && values.contains(value)) {
                                let message = format!(
                                    "{} refuses whoever does not send {header} as it wants it, and origin {id} sends it not: each call is answered with 403",
                                    acl.urn()
                                );
                                found.push(Violation::new(item, message));
                            }
                        }
                    }
                }
                if let Some(message) = key(subject, api, id, &sent, &stages().collect::<Vec<_>>()) {
                    found.push(Violation::new(item, message));
                }
            }
            found.extend(host(subject, item, id, origin));
        }
    }
    found
}

fn firewalls<'a>(subject: &'a Subject<'a>, stage: &Filled<'_>) -> Vec<&'a Filled<'a>> {
    let of_stage = |one: &&Filled<'_>| one.refers_to("resource_arn") == Some(stage.urn());
    let all = subject.of_type("aws:wafv2:WebACLAssociation").filter(of_stage);
    all.filter_map(|one| subject.get(one.refers_to("web_acl_arn")?)).collect()
}

/// Methods that ask for a key want one of a plan of their stage ("Usage plans and API keys for REST APIs in API Gateway").
fn key(
    subject: &Subject<'_>,
    api: &Filled<'_>,
    id: &str,
    sent: &[(String, String)],
    stages: &[&Filled<'_>],
) -> Option<String> {
    if !Operation::all(api).iter().any(|operation| operation.asks_for("api_key")) {
        return None;
    }
    let plans: BTreeSet<_> = subject
        .of_type("aws:apigateway:UsagePlan")
        .filter(|plan| {
            let named = plan.get("api_stages").map(references).unwrap_or_default();
            stages.iter().any(|stage| named.contains(stage.urn()))
        })
        .map(|plan| plan.urn().clone())
        .collect();
    let keys: Vec<String> = subject
        .of_type("aws:apigateway:UsagePlanKey")
        .filter(|one| one.refers_to("usage_plan_id").is_some_and(|urn| plans.contains(urn)))
        .filter_map(|one| one.refers_to("key_id"))
        .map(|urn| format!("{{{urn}#key_value}}"))
        .collect();
    if keys.is_empty() {
        return Some(format!(
            "methods of {} ask for a key, and no plan of its stage has one: each call is answered with 403",
            api.urn()
        ));
    }
    // Where CloudFront sends none, callers bring their own.
    let (_, brought) = sent.iter().find(|(name, _)| name == "x-api-key")?;
    (!keys.contains(brought)).then(|| {
        format!(
            "origin {id} sends a key that is in no plan of {}'s stage: each call is answered with 403",
            api.urn()
        )
    })
}

/// A behavior that passes the viewer's Host on asks API Gateway for that name, and one that does not for the origin's own, which
/// the regional domain of a name does not know ("Regional custom domain names in API Gateway").
fn host(subject: &Subject<'_>, item: &Filled<'_>, id: &str, origin: &Map) -> Option<Violation> {
    let domain = subject.get(origin.get("domain_name").and_then(referred)?)?;
    let name =
        plain(domain.get("domain_name").filter(|_| domain.urn().type_name() == "aws:apigateway:DomainName")?);
    let aliases = plains(item.get("aliases"));
    for behavior in behaviors(item).filter(|one| at(one, "target_origin_id") == id) {
        let path = behavior.get("path_pattern").map_or_else(|| "*".to_owned(), plain);
        let right = match sends_host(subject, behavior) {
            Some(true) => aliases.is_empty() || aliases.contains(&name),
            Some(false) => false,
            None => true,
        };
        if !right {
            let message = format!(
                "for {path} it does not ask API Gateway for {name}: API Gateway knows no other name there, and answers with 403"
            );
            return Some(Violation::new(item, message));
        }
    }
    None
}

/// Methods that change something.
const WRITES: &[&str] = &["POST", "PUT", "PATCH", "DELETE"];

/// Operations that a behavior of a distribution stands before.
fn behind<'a>(apis: &[&'a Filled<'a>], pattern: &str) -> Vec<Operation<'a>> {
    let all = apis.iter().flat_map(|api| Operation::all(api));
    all.filter(|operation| super::paths::may_fit(pattern, operation.path)).collect()
}

fn passes(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type(DISTRIBUTION) {
        for (id, origin) in origins(item).filter(|(_, origin)| of_api(origin)) {
            let apis = apis_of(subject, origin);
            for behavior in behaviors(item).filter(|one| at(one, "target_origin_id") == id) {
                let pattern = behavior.get("path_pattern").map_or_else(|| "*".to_owned(), plain);
                let operations = behind(&apis, &pattern);
                let taken = plains(behavior.get("allowed_methods"));
                let wanted = |method: &str| {
                    operations
                        .iter()
                        .any(|one| one.method == method || one.method == "ANY" && WRITES.contains(&method))
                };
                let asks: Vec<&str> = WRITES.iter().copied().chain(["OPTIONS"]).collect();
                let missing: Vec<&str> = asks
                    .into_iter()
                    .filter(|method| wanted(method) && !taken.iter().any(|one| one == method))
                    .collect();
                if !missing.is_empty() {
                    let message = format!(
                        "{pattern} does not let {} through to the API, which has them: users can change nothing there",
                        missing.join(", ")
                    );
                    found.push(Violation::new(item, message));
                }
                let secured = operations.iter().any(|one| one.schemes().any(|scheme| scheme != "api_key"));
                if secured && !sends(subject, behavior, "Authorization") {
                    let message = format!(
                        "{pattern} does not send Authorization on: whoever calls is taken for one without a token"
                    );
                    found.push(Violation::new(item, message));
                }
                if !operations.is_empty() && !sends_queries(subject, behavior) {
                    let message = format!(
                        "{pattern} does not send queries on: searches and pages give the same answer for all"
                    );
                    found.push(Violation::new(item, message));
                }
            }
        }
    }
    found
}

/// What is kept is kept for whoever asks with the same key.
fn apart(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type(DISTRIBUTION) {
        for (id, origin) in origins(item).filter(|(_, origin)| of_api(origin)) {
            let apis = apis_of(subject, origin);
            for behavior in behaviors(item).filter(|one| at(one, "target_origin_id") == id) {
                let pattern = behavior.get("path_pattern").map_or_else(|| "*".to_owned(), plain);
                let operations = behind(&apis, &pattern);
                let secured = operations.iter().any(|one| one.schemes().any(|scheme| scheme != "api_key"));
                let own = policy(subject, behavior, "cache_policy_id");
                let given = at(behavior, "cache_policy_id");
                let keeps = match own {
                    Some(own) => own.get("max_ttl").and_then(Value::as_int).unwrap_or(31_536_000) > 0,
                    None => {
                        ManagedCachePolicy::ALL.iter().any(|(one, _)| one.id() == given)
                            && given != ManagedCachePolicy::CACHING_DISABLED.id()
                    }
                };
                if operations.is_empty() || !keeps {
                    continue;
                }
                let headers =
                    own.map(|one| plains(at_path(&one.inputs, "headers_config.headers"))).unwrap_or_default();
                let queries =
                    own.and_then(|one| at_path(&one.inputs, "query_strings_config.query_string_behavior"));
                let mut missing = Vec::new();
                let by_caller = headers.iter().any(|one| one.eq_ignore_ascii_case("Authorization"))
                    || given == ManagedCachePolicy::AMPLIFY.id();
                if secured && !by_caller {
                    missing.push("callers");
                }
                let by_query =
                    queries.map(plain).is_some_and(|how| how != "none") || QUERIES.contains(&given.as_str());
                if !by_query {
                    missing.push("queries");
                }
                if !missing.is_empty() {
                    let message = format!(
                        "what it keeps of {pattern} it does not keep apart by {}: one gets the answer of another",
                        missing.join(" and ")
                    );
                    found.push(Violation::new(item, message));
                }
            }
        }
    }
    found
}
