//! Whether what users get in place of an answer is there, of its kind, and gone with its cause.

use std::collections::BTreeSet;

use finsight_engine::policy::{Subject, Violation, referred};
use finsight_engine::urn::glob;
use finsight_engine::value::Value;

use super::edge::DISTRIBUTION;
use super::plain::{at, plain};
use super::works::{behaviors, of_api, origins};

/// Content types by the endings of keys, as browsers take them ("Media types", IANA).
const KINDS: &[(&str, &str)] = &[
    (".json", "application/json"),
    (".html", "text/html"),
    (".css", "text/css"),
    (".js", "javascript"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
    (".txt", "text/plain"),
];

pub(super) fn pages(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type(DISTRIBUTION) {
        let errors = item.get("custom_error_responses").and_then(Value::as_list).unwrap_or_default();
        let wanted: BTreeSet<String> = errors
            .iter()
            .filter_map(Value::as_map)
            .map(|error| at(error, "response_page_path"))
            .filter(|path| !path.is_empty())
            .collect();
        for path in wanted {
            let leads = behaviors(item)
                .find(|one| {
                    one.get("path_pattern").is_some_and(|pattern| {
                        glob(plain(pattern).trim_start_matches('/'), path.trim_start_matches('/'))
                    })
                })
                .or_else(|| item.get("default_cache_behavior").and_then(Value::as_map));
            let id = leads.map(|one| at(one, "target_origin_id")).unwrap_or_default();
            let bucket = origins(item)
                .find(|(one, _)| *one == id)
                .and_then(|(_, origin)| subject.get(origin.get("domain_name").and_then(referred)?));
            let Some(bucket) = bucket.filter(|one| one.urn().type_name() == "aws:s3:Bucket") else {
                let message = format!(
                    "no behavior leads {path} to where pages are: users get an error about the error"
                );
                found.push(Violation::new(item, message));
                continue;
            };
            let there = subject.of_type("aws:s3:Object").any(|object| {
                object.refers_to("bucket") == Some(bucket.urn())
                    && object.get("key").map(plain).as_deref() == Some(path.trim_start_matches('/'))
            });
            if !there {
                let message =
                    format!("{path} is not in {}: users get an error about the error", bucket.urn());
                found.push(Violation::new(item, message));
            }
        }
    }
    for object in subject.of_type("aws:s3:Object") {
        let key = object.get("key").map(plain).unwrap_or_default();
        let Some(kind) = object.get("content_type").and_then(Value::as_text) else { continue };
        if let Some((_, wanted)) =
            KINDS.iter().find(|(end, _)| key.ends_with(end)).filter(|(_, wanted)| !kind.contains(wanted))
        {
            let message = format!(
                "{key} is said to be {kind}, and is {wanted}: programs that read it by its kind cannot"
            );
            found.push(Violation::new(object, message));
        }
    }
    found
}

/// Errors that CloudFront keeps for 10 seconds and for all callers where nothing else is said, whatever the cache policy says
/// ("How CloudFront caches HTTP 4xx and 5xx status codes from your origin").
const KEPT: &[i64] = &[404, 414, 500, 501, 502, 503, 504];

pub(super) fn kept(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type(DISTRIBUTION) {
        if !origins(item).any(|(_, origin)| of_api(origin)) {
            continue;
        }
        let errors = item.get("custom_error_responses").and_then(Value::as_list).unwrap_or_default();
        let zero = |code: i64| {
            errors.iter().filter_map(Value::as_map).any(|error| {
                error.get("error_code").and_then(Value::as_int) == Some(code)
                    && error.get("error_caching_min_ttl").and_then(Value::as_int) == Some(0)
            })
        };
        let missing: Vec<String> =
            KEPT.iter().filter(|code| !zero(**code)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            let message = format!(
                "it keeps {} by path and gives it to all callers, though the API answers again",
                missing.join(", ")
            );
            found.push(Violation::new(item, message));
        }
    }
    found
}
