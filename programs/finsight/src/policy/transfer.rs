//! TLS on every transfer.

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, is_open};
use finsight_engine::value::{Map, Value, at_path};

use super::pack;
use super::plain::{at, covers, plain, plains};
use super::works::{behaviors, of_api, origins};

const WHY: &str = "security checklist: TLS on every transfer";

pub(super) fn rules() -> Vec<Rule> {
    let rule = pack(Severity::Error, WHY);
    vec![
        rule(
            "tls-database",
            "databases refuse connections without TLS",
            "give the instance a parameter group with rds.force_ssl = 1",
            database,
        ),
        rule("tls-proxy", "database proxies refuse connections without TLS", "set require_tls", proxy),
        rule(
            "tls-edge",
            "CloudFront takes TLS 1.2 at least, from viewers and to origins",
            "let no behavior allow-all and none before an API redirect (https-only), take TLSv1.2_2021 or newer, and reach origins https-only",
            edge,
        ),
        rule(
            "tls-api",
            "API domains take TLS 1.2 at least",
            "set security_policy to TLS_1_2 or a newer one",
            api,
        ),
        rule(
            "tls-bucket",
            "buckets refuse requests without TLS",
            "deny s3:* where aws:SecureTransport is false in the bucket's policy",
            bucket,
        ),
        rule("tls-mail", "mail goes out over TLS alone", "set tls_policy to REQUIRE", mail),
        rule("tls-webhook", "subscriptions deliver over TLS", "take https in place of http", subscription),
    ]
}

fn broken<'a>(
    subject: &'a Subject<'_>,
    type_name: &'a str,
    kept: impl Fn(&Filled<'_>) -> bool + 'a,
    message: &'a str,
) -> Vec<Violation> {
    subject.of_type(type_name).filter(|item| !kept(item)).map(|item| Violation::new(item, message)).collect()
}

fn database(subject: &Subject<'_>) -> Vec<Violation> {
    let forced = |item: &Filled<'_>| {
        let group = item.refers_to("db_parameter_group_name").and_then(|urn| subject.get(urn));
        group.is_some_and(|group| {
            at_path(&group.inputs, "parameters")
                .and_then(Value::as_map)
                .and_then(|map| map.get("rds.force_ssl"))
                .is_some_and(|value| *value == Value::from("1") || is_open(value))
        })
    };
    broken(subject, "aws:rds:DBInstance", forced, "it does not force TLS")
}

fn proxy(subject: &Subject<'_>) -> Vec<Violation> {
    broken(
        subject,
        "aws:rds:DBProxy",
        |item| item.is("require_tls", true),
        "it takes connections without TLS",
    )
}

/// What CloudFront may speak with an origin, and is older than TLS 1.2 ("Minimum origin SSL protocol").
const OLD: &[&str] = &["SSLv3", "TLSv1", "TLSv1.1"];

fn edge(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        let apis: Vec<&str> = origins(item).filter(|(_, origin)| of_api(origin)).map(|(id, _)| id).collect();
        for behavior in behaviors(item) {
            let pattern = behavior.get("path_pattern").map_or_else(|| "*".to_owned(), plain);
            let before_api = apis.contains(&at(behavior, "target_origin_id").as_str());
            match at(behavior, "viewer_protocol_policy").as_str() {
                "allow-all" => {
                    found.push(Violation::new(item, format!("{pattern} lets viewers in without TLS")));
                }
                "redirect-to-https" if before_api => {
                    let message = format!(
                        "{pattern} sends clients of the API to TLS after they have sent their token in clear"
                    );
                    found.push(Violation::new(item, message));
                }
                _ => {}
            }
        }
        let version = item
            .get("viewer_certificate")
            .and_then(Value::as_map)
            .and_then(|map| map.get("minimum_protocol_version"));
        let old = |text: &str| {
            text.starts_with("SSL")
                || text.starts_with("TLSv1_")
                || text.starts_with("TLSv1.1")
                || text == "TLSv1"
        };
        match version.and_then(Value::as_text) {
            Some(text) if old(text) => found.push(Violation::new(item, format!("viewers may speak {text}"))),
            Some(_) => {}
            None => found.push(Violation::new(item, "CloudFront's own certificate takes TLS 1.0")),
        }
        for (id, origin) in origins(item) {
            let protocol = at_path(origin, "custom_origin_config.origin_protocol_policy");
            if protocol.is_some_and(|value| *value != Value::from("https-only") && !is_open(value)) {
                found.push(Violation::new(item, format!("origin {id} is reached without TLS")));
            }
            let spoken = plains(at_path(origin, "custom_origin_config.origin_ssl_protocols"));
            let old: Vec<&str> = spoken.iter().map(String::as_str).filter(|one| OLD.contains(one)).collect();
            if !old.is_empty() {
                let message = format!("origin {id} may be reached by {}", old.join(", "));
                found.push(Violation::new(item, message));
            }
        }
    }
    found
}

fn api(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| !item.is("security_policy", "TLS_1_0");
    broken(subject, "aws:apigateway:DomainName", kept, "callers may speak TLS 1.0")
}

/// Whether a statement keeps everybody from all actions without TLS, and has no other condition beside.
fn closes(statement: &Map) -> bool {
    let everybody = match statement.get("Principal") {
        Some(Value::Map(map)) => plains(map.get("AWS")).iter().any(|one| one == "*"),
        other => plains(other).iter().any(|one| one == "*"),
    };
    let all =
        plains(statement.get("Action")).iter().any(|one| one == "*" || one.eq_ignore_ascii_case("s3:*"));
    let conditions = statement.get("Condition").and_then(Value::as_map).into_iter().flatten();
    let keys: Vec<(&str, &str, String)> = conditions
        .flat_map(|(operator, keys)| {
            let keys = keys.as_map().into_iter().flatten();
            keys.map(move |(key, value)| (operator.as_str(), key.as_str(), plain(value)))
        })
        .collect();
    let [("Bool", key, value)] = keys.as_slice() else { return false };
    at(statement, "Effect") == "Deny"
        && everybody
        && all
        && key.eq_ignore_ascii_case("aws:SecureTransport")
        && value == "false"
}

fn bucket(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| {
        let statements = item.get("policy").and_then(Value::as_map).and_then(|map| map.get("Statement"));
        let statements = statements.and_then(Value::as_list).unwrap_or_default();
        let closing: Vec<&Map> =
            statements.iter().filter_map(Value::as_map).filter(|one| closes(one)).collect();
        // The bucket itself, and what lies in it.
        let on = |suffix: &str| {
            closing.iter().any(|one| plains(one.get("Resource")).iter().any(|on| covers(on, item, suffix)))
        };
        on("") && on("/*")
    };
    broken(subject, "aws:s3:Bucket", kept, "its policy does not deny requests without TLS")
}

fn mail(subject: &Subject<'_>) -> Vec<Violation> {
    let kept = |item: &Filled<'_>| item.is("tls_policy", "REQUIRE");
    broken(subject, "aws:ses:ConfigurationSet", kept, "it sends mail without TLS where the receiver has none")
}

fn subscription(subject: &Subject<'_>) -> Vec<Violation> {
    broken(subject, "aws:sns:Subscription", |item| !item.is("protocol", "http"), "it delivers in clear")
}
