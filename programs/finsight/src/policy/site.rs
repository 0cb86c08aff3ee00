//! FinSight's own facts, each in one place: the site calls the API that lets it in, and asks for the tokens that this API takes.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};

use super::document::Operation;
use super::plain::{at, name_of, plain, plains};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "works-site",
        "the site calls an API that lets it in, with tokens that this API takes",
        "let the API take the branch's origin (api.cors_origins), and give the branch the API's address, issuer and audience",
        site,
    )]
}

const API_URL: &str = "REACT_APP_API_URL";
const ISSUER: &str = "REACT_APP_AUTH_ISSUER";
const AUDIENCE: &str = "REACT_APP_AUTH_AUDIENCE";

fn variables(item: &Filled<'_>) -> BTreeMap<String, String> {
    let map = item.get("environment_variables").and_then(Value::as_map);
    map.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect()
}

/// What the authorizer takes: who it is, the issuer and the audiences.
fn taken<'a>(subject: &'a Subject<'a>) -> Option<(&'a Filled<'a>, String, BTreeSet<String>)> {
    subject.of_type("aws:lambda:Function").find_map(|one| {
        let environment = one.get("environment").and_then(Value::as_map)?;
        let issuer = environment.get("JWT_ISSUER").map(plain)?;
        let audiences =
            at(environment, "JWT_AUDIENCES").split(',').map(|one| one.trim().to_owned()).collect();
        Some((one, issuer, audiences))
    })
}

/// The origins that the distribution of a name tells browsers they may call from.
fn origins(subject: &Subject<'_>, domain: &str) -> Option<(Urn, BTreeSet<String>)> {
    let distribution = subject
        .of_type("aws:cloudfront:Distribution")
        .find(|one| plains(one.get("aliases")).iter().any(|alias| alias == domain))?;
    let policies = references(distribution.get("default_cache_behavior")?);
    let policy =
        policies.iter().filter_map(|urn| subject.get(urn)).find(|one| one.get("cors_config").is_some())?;
    let cors = policy.get("cors_config")?.as_map()?;
    Some((policy.urn().clone(), plains(cors.get("access_control_allow_origins")).into_iter().collect()))
}

/// The hosts that lead to a branch of an app.
fn hosts(subject: &Subject<'_>, branch: &Filled<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:amplify:DomainAssociation") {
        let domain = item.get("domain_name").map(plain).unwrap_or_default();
        let settings = item.get("sub_domain_settings").and_then(Value::as_list).unwrap_or_default();
        for setting in settings.iter().filter_map(Value::as_map) {
            if setting.get("branch_name").map(references).unwrap_or_default().contains(branch.urn()) {
                let prefix = at(setting, "prefix");
                found.push(if prefix.is_empty() { domain.clone() } else { format!("{prefix}.{domain}") });
            }
        }
    }
    found
}

/// Hosts that an app sends elsewhere.
fn redirected(app: &Filled<'_>) -> BTreeSet<String> {
    let rules = app.get("custom_rules").and_then(Value::as_list).unwrap_or_default();
    rules
        .iter()
        .filter_map(Value::as_map)
        .filter(|rule| at(rule, "status") == "301")
        .filter_map(|rule| at(rule, "source").strip_prefix("https://").map(str::to_owned))
        .collect()
}

fn site(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for app in subject.of_type("aws:amplify:App") {
        let of_app = variables(app);
        if !of_app.contains_key(API_URL) && !of_app.contains_key(ISSUER) {
            continue;
        }
        let branches =
            subject.of_type("aws:amplify:Branch").filter(|one| one.refers_to("app_id") == Some(app.urn()));
        for branch in branches {
            let mut all = of_app.clone();
            all.extend(variables(branch));
            let of = |name: &str| all.get(name).map(String::as_str).unwrap_or_default();
            let domain = of(API_URL).trim_start_matches("https://").to_owned();
            let name = name_of(branch).unwrap_or_else(|| branch.urn().name().to_owned());
            if domain.is_empty() {
                found.push(Violation::new(
                    branch,
                    format!("the site of {name} is built without {API_URL}: it knows of no API"),
                ));
            }
            // Another stack's API is judged there.
            let Some((policy, origins)) = origins(subject, &domain) else { continue };
            for host in hosts(subject, branch).iter().filter(|host| !redirected(app).contains(*host)) {
                if !origins.contains(&format!("https://{host}")) {
                    let message = format!(
                        "browsers of https://{host} may not call {domain} ({policy}): the site of {name} shows no data"
                    );
                    found.push(Violation::new(branch, message));
                }
            }
            let previews = branch.is("enable_pull_request_preview", true);
            if previews
                && !origins.iter().any(|origin| {
                    origin.starts_with("https://*.")
                        && origin.contains(&format!("{}#default_domain", app.urn()))
                })
            {
                let message = format!(
                    "previews of pull requests to {name} lie below the app's own domain, which {domain} does not let in: they show no data"
                );
                found.push(Violation::new(branch, message));
            }
            if let Some((who, issuer, audiences)) = taken(subject) {
                if of(ISSUER) != issuer {
                    let message = format!(
                        "the site of {name} logs in with `{}`, and {} trusts {issuer}: nobody gets in",
                        of(ISSUER),
                        who.urn()
                    );
                    found.push(Violation::new(branch, message));
                }
                if !audiences.contains(of(AUDIENCE)) {
                    let message = format!(
                        "the site of {name} asks for tokens for `{}`, which {} does not take: nobody gets in",
                        of(AUDIENCE),
                        who.urn()
                    );
                    found.push(Violation::new(branch, message));
                }
            }
        }
        found.extend(production(subject, app));
    }
    found.extend(policies(subject));
    found.extend(keyless(subject));
    found
}

/// The site brings no key: CloudFront does, where methods ask for one.
fn keyless(subject: &Subject<'_>) -> Vec<Violation> {
    let asks = |api: &Filled<'_>| Operation::all(api).iter().any(|one| one.asks_for("api_key"));
    if subject.of_type("aws:amplify:App").next().is_none()
        || !subject.of_type("aws:apigateway:RestApi").any(asks)
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        for (id, origin) in super::works::origins(item).filter(|(_, origin)| super::works::of_api(origin)) {
            let headers = origin.get("custom_headers").and_then(Value::as_map);
            if !headers.is_some_and(|all| all.keys().any(|name| name.eq_ignore_ascii_case("x-api-key"))) {
                let message = format!(
                    "methods of the API ask for a key, which the site does not have and origin {id} does not send: each call is answered with 403"
                );
                found.push(Violation::new(item, message));
            }
        }
    }
    found
}

/// `www` and the domain itself are production's.
fn production(subject: &Subject<'_>, app: &Filled<'_>) -> Vec<Violation> {
    let branches =
        || subject.of_type("aws:amplify:Branch").filter(|one| one.refers_to("app_id") == Some(app.urn()));
    let is_production = |branch: &Filled<'_>| branch.is("stage", "PRODUCTION");
    if !branches().any(is_production) {
        return Vec::new();
    }
    let public =
        |branch: &Filled<'_>| hosts(subject, branch).into_iter().find(|host| host.starts_with("www."));
    branches()
        .filter(|branch| !is_production(branch))
        .filter_map(|branch| Some((branch, public(branch)?)))
        .map(|(branch, host)| Violation::new(branch, format!("https://{host} shows it, and it is not what is in production: users work with what is being developed")))
        .collect()
}

/// The headers that a browser must be allowed to send, by which the API knows callers, and the methods of the API.
fn policies(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let schemes = subject
        .of_type("aws:apigateway:RestApi")
        .filter_map(|api| at_path(&api.inputs, "body.components.securitySchemes")?.as_map());
    let sources: BTreeSet<String> = schemes
        .flat_map(Map::values)
        .filter_map(|scheme| {
            at_path(scheme.as_map()?, "x-amazon-apigateway-authorizer.identitySource").map(plain)
        })
        .flat_map(|text| text.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>())
        .filter_map(|one| one.strip_prefix("method.request.header.").map(str::to_owned))
        .collect();
    for policy in subject.of_type("aws:cloudfront:ResponseHeadersPolicy") {
        let Some(cors) = policy.get("cors_config").and_then(Value::as_map) else { continue };
        let may = |key: &str, what: &str| {
            plains(cors.get(key)).iter().any(|one| one == "*" || one.eq_ignore_ascii_case(what))
        };
        let headers: Vec<&str> = sources
            .iter()
            .map(String::as_str)
            .chain(["Content-Type"])
            .filter(|one| !may("access_control_allow_headers", one))
            .collect();
        if !sources.is_empty() && !headers.is_empty() {
            let message =
                format!("browsers may not send {}: no call of the site gets through", headers.join(", "));
            found.push(Violation::new(policy, message));
        }
        let methods: Vec<&str> = ["GET", "POST", "PUT", "PATCH", "DELETE"]
            .into_iter()
            .filter(|one| {
                !may("access_control_allow_methods", one) && !may("access_control_allow_methods", "ALL")
            })
            .collect();
        if !sources.is_empty() && !methods.is_empty() {
            let message =
                format!("browsers may not {}: users cannot change what they see", methods.join(", "));
            found.push(Violation::new(policy, message));
        }
        if plains(cors.get("access_control_allow_origins")).is_empty() {
            found.push(Violation::new(policy, "browsers may call from nowhere: the site shows no data"));
        }
    }
    found
}
