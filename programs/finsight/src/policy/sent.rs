//! What CloudFront sends to an origin of what a viewer sent, by the policies of a behavior.

use finsight_engine::policy::{Filled, Subject, referred};
use finsight_engine::value::{Map, Value, at_path};
use finsight_specs::cloudfront::{ManagedCachePolicy, ManagedOriginRequestPolicy};

use super::plain::{at, plain, plains};

/// The policy of a behavior: one of the stack's.
pub(super) fn policy<'a>(subject: &'a Subject<'a>, behavior: &Map, name: &str) -> Option<&'a Filled<'a>> {
    subject.get(behavior.get(name).and_then(referred)?)
}

/// AWS's own policies that send all that the viewer sent ("Use managed origin request policies").
fn sends_all(behavior: &Map) -> bool {
    let id = at(behavior, "origin_request_policy_id");
    [
        ManagedOriginRequestPolicy::ALL_VIEWER,
        ManagedOriginRequestPolicy::ALL_VIEWER_EXCEPT_HOST_HEADER,
        ManagedOriginRequestPolicy::ALL_VIEWER_AND_CLOUDFRONT_HEADERS_2022_06,
    ]
    .iter()
    .any(|policy| policy.id() == id)
}

/// What is part of a cache's key is sent on, and what an origin request policy names ("Control the cache key with a policy").
pub(super) fn sends(subject: &Subject<'_>, behavior: &Map, header: &str) -> bool {
    sends_all(behavior)
        || ["cache_policy_id", "origin_request_policy_id"]
            .iter()
            .filter_map(|name| policy(subject, behavior, name))
            .any(|own| lists(own, header))
        || header == "Authorization" && at(behavior, "cache_policy_id") == ManagedCachePolicy::AMPLIFY.id()
}

/// AWS's own cache policies that have all queries in their keys ("Use managed cache policies").
pub(super) const QUERIES: &[&str] = &[
    ManagedCachePolicy::AMPLIFY.id(),
    ManagedCachePolicy::USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS.id(),
];

pub(super) fn sends_queries(subject: &Subject<'_>, behavior: &Map) -> bool {
    let has = |item: &Filled<'_>| {
        at_path(&item.inputs, "query_strings_config.query_string_behavior")
            .map(plain)
            .is_some_and(|how| how != "none")
    };
    QUERIES.contains(&at(behavior, "cache_policy_id").as_str())
        || sends_all(behavior)
        || ["cache_policy_id", "origin_request_policy_id"]
            .iter()
            .filter_map(|name| policy(subject, behavior, name))
            .any(has)
}

/// A policy of AWS's, which no program of ours uses: the viewer's Host, and no other header.
const HOST_HEADER_ONLY: &str = "bf0718e1-ba1e-49d1-88b1-f726733018ae";

/// AWS's own origin request policies that send the viewer's Host ("Use managed origin request policies"), and cache policies that have
/// it in their keys ("Use managed cache policies"): what is in a key is sent, too.
const HOST: &[&str] = &[
    ManagedOriginRequestPolicy::ALL_VIEWER.id(),
    ManagedOriginRequestPolicy::ALL_VIEWER_AND_CLOUDFRONT_HEADERS_2022_06.id(),
    HOST_HEADER_ONLY,
    ManagedCachePolicy::AMPLIFY.id(),
    ManagedCachePolicy::USE_ORIGIN_CACHE_CONTROL_HEADERS.id(),
    ManagedCachePolicy::USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS.id(),
];

/// Whether a behavior sends the viewer's Host on, as far as its policies are seen.
pub(super) fn sends_host(subject: &Subject<'_>, behavior: &Map) -> Option<bool> {
    let mut unknown = false;
    for name in ["origin_request_policy_id", "cache_policy_id"] {
        let sends = match policy(subject, behavior, name) {
            Some(own) => Some(lists(own, "Host")),
            None => managed(&at(behavior, name)),
        };
        match sends {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

/// Whether a policy of AWS's sends the viewer's Host; nothing of one that is not known here.
fn managed(id: &str) -> Option<bool> {
    let known = ManagedOriginRequestPolicy::ALL.iter().any(|(one, _)| one.id() == id)
        || ManagedCachePolicy::ALL.iter().any(|(one, _)| one.id() == id);
    if HOST.contains(&id) { Some(true) } else { (known || id.is_empty()).then_some(false) }
}

/// Whether a policy of the program sends a header of the viewer's.
fn lists(policy: &Filled<'_>, header: &str) -> bool {
    let Some(config) = policy.get("headers_config").and_then(Value::as_map) else { return false };
    let named = plains(config.get("headers")).iter().any(|one| one.eq_ignore_ascii_case(header));
    match at(config, "header_behavior").as_str() {
        "allExcept" => !named,
        how => how.starts_with("allViewer") || named,
    }
}
