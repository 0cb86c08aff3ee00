//! A stage between AWS's types and the shape of its spec.

use aws_sdk_apigateway::types::{CacheClusterStatus, MethodSetting, PatchOperation, Stage};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::{Map, Value};

use super::common::{SEPARATOR, arn_of, escaped, float, number, remove, replace, replacements};
use super::rest_api_values::execution_arn;
use crate::session::Region;
use crate::values::{Inputs, Values, text_map};

pub fn id_of(api: &str, stage: &str) -> String {
    format!("{api}{SEPARATOR}{stage}")
}

/// API and stage of an id.
pub fn split(id: &str) -> (&str, &str) {
    id.split_once(SEPARATOR).unwrap_or((id, ""))
}

/// A stage in the shape of its spec.
pub fn live(aws: &Region, api: &str, stage: &Stage) -> Live {
    let name = stage.stage_name().unwrap_or_default();
    let status = stage.cache_cluster_status();
    let variables = stage.variables().into_iter().flatten();
    let log = stage.access_log_settings().filter(|log| log.destination_arn().is_some());
    let methods = stage.method_settings().into_iter().flatten();
    let properties = Values::new()
        .set("rest_api_id", api)
        .set("stage_name", name)
        .set("deployment_id", stage.deployment_id())
        .set("description", stage.description().unwrap_or_default())
        .set(
            "cache_cluster_enabled",
            stage.cache_cluster_enabled() && status != Some(&CacheClusterStatus::DeleteInProgress),
        )
        .set("cache_cluster_size", stage.cache_cluster_size().map(|size| size.as_str()))
        .set(
            "variables",
            Value::Map(variables.map(|(key, value)| (key.clone(), Value::text(value.as_str()))).collect()),
        )
        .set("tracing_enabled", stage.tracing_enabled())
        .set(
            "access_log_settings",
            log.map(|log| {
                let values =
                    Values::new().set("destination_arn", log.destination_arn()).set("format", log.format());
                Value::Map(values.build())
            }),
        )
        .set(
            "method_settings",
            Value::Map(methods.map(|(key, setting)| (shown_key(key), setting_of(setting))).collect()),
        )
        .set("client_certificate_id", stage.client_certificate_id().unwrap_or_default())
        .tags(stage.tags().cloned().unwrap_or_default());
    let suffix = if aws.account().partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let outputs = Values::new()
        .set("arn", arn_of(aws, &format!("restapis/{api}/stages/{name}")))
        .set("name", name)
        .set("invoke_url", format!("https://{api}.execute-api.{}.{suffix}/{name}", aws.name()))
        .set("execution_arn", format!("{}/{name}", execution_arn(aws, api)));
    let health = match status {
        Some(CacheClusterStatus::CreateInProgress) => Health::Pending("CREATE_IN_PROGRESS".to_owned()),
        _ => Health::Ready,
    };
    Live { id: id_of(api, name), properties: properties.build(), outputs: outputs.build(), health }
}

/// The path and verb of a setting as programs write it: `/users/{id}/GET` for AWS's `~1users~1{id}/GET`.
fn shown_key(key: &str) -> String {
    let plain = key.replace("~1", "/").replace("~0", "~");
    if plain.starts_with('*') || plain.starts_with('/') { plain } else { format!("/{plain}") }
}

/// Where the settings of a path and verb stand in patches.
fn patch_path(key: &str) -> String {
    let (path, verb) = key.rsplit_once('/').unwrap_or((key, "*"));
    let path = if path.is_empty() { "/" } else { path };
    format!("/{}/{verb}", escaped(path))
}

/// What AWS shows as a method's rate where none was set: the account's own, or a negative number.
fn unset(setting: &MethodSetting) -> bool {
    let (rate, burst) = (setting.throttling_rate_limit(), setting.throttling_burst_limit());
    (rate < 0.0 && burst < 0) || (rate == 10_000.0 && burst == 5_000)
}

fn setting_of(setting: &MethodSetting) -> Value {
    let mut values = Values::new()
        .set("logging_level", setting.logging_level().unwrap_or("OFF"))
        .set("data_trace_enabled", setting.data_trace_enabled())
        .set("metrics_enabled", setting.metrics_enabled())
        .set("caching_enabled", setting.caching_enabled())
        .set("cache_ttl_in_seconds", setting.cache_ttl_in_seconds())
        .set("cache_data_encrypted", setting.cache_data_encrypted())
        .set("require_authorization_for_cache_control", setting.require_authorization_for_cache_control())
        .set(
            "unauthorized_cache_control_header_strategy",
            setting
                .unauthorized_cache_control_header_strategy()
                .map_or("SUCCEED_WITH_RESPONSE_HEADER", |strategy| strategy.as_str()),
        );
    if !unset(setting) {
        values = values
            .set("throttling_rate_limit", number(setting.throttling_rate_limit()))
            .set("throttling_burst_limit", setting.throttling_burst_limit());
    }
    Value::Map(values.build())
}

/// Every setting of a method, with its path and what stands for none.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("logging_level", "logging/loglevel", "OFF"),
    ("data_trace_enabled", "logging/dataTrace", "false"),
    ("metrics_enabled", "metrics/enabled", "false"),
    ("throttling_rate_limit", "throttling/rateLimit", "-1"),
    ("throttling_burst_limit", "throttling/burstLimit", "-1"),
    ("caching_enabled", "caching/enabled", "false"),
    ("cache_ttl_in_seconds", "caching/ttlInSeconds", "300"),
    ("cache_data_encrypted", "caching/dataEncrypted", "false"),
    ("require_authorization_for_cache_control", "caching/requireAuthorizationForCacheControl", "true"),
    (
        "unauthorized_cache_control_header_strategy",
        "caching/unauthorizedCacheControlHeaderStrategy",
        "SUCCEED_WITH_RESPONSE_HEADER",
    ),
];

fn text_of(value: Option<&Value>, otherwise: &str) -> String {
    match value {
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(number @ (Value::Int(_) | Value::Number(_))) => {
            float(Some(number)).map_or_else(|| otherwise.to_owned(), |number| number.to_string())
        }
        other => other.and_then(Value::as_text).unwrap_or(otherwise).to_owned(),
    }
}

/// The patches that bring a stage to what is wanted: one call takes them all.
pub fn patches(live: &Map, desired: &Map, differing: &[String]) -> Vec<PatchOperation> {
    let differs = |name: &str| differing.iter().any(|item| item == name);
    let mut patches = replacements(
        &[
            ("deployment_id", "/deploymentId"),
            ("description", "/description"),
            ("cache_cluster_size", "/cacheClusterSize"),
            ("cache_cluster_enabled", "/cacheClusterEnabled"),
            ("tracing_enabled", "/tracingEnabled"),
            ("client_certificate_id", "/clientCertificateId"),
        ],
        desired,
        differing,
    );
    if differs("variables") {
        let of = |map: &Map| map.get("variables").map(text_map).unwrap_or_default();
        let (from, to) = (of(live), of(desired));
        let path = |name: &str| format!("/variables/{}", escaped(name));
        let set = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
        patches.extend(set.map(|(name, value)| replace(&path(name), value.as_str())));
        patches.extend(from.keys().filter(|name| !to.contains_key(*name)).map(|name| remove(&path(name))));
    }
    if differs("access_log_settings") {
        match desired.get("access_log_settings").and_then(Value::as_map) {
            Some(log) => {
                let text = |name: &str| log.text(name).unwrap_or_default();
                patches.push(replace("/accessLogSettings/destinationArn", text("destination_arn")));
                patches.push(replace("/accessLogSettings/format", text("format")));
            }
            None => patches.push(remove("/accessLogSettings")),
        }
    }
    if differs("method_settings") {
        patches.extend(method_patches(live, desired));
    }
    patches
}

fn method_patches(live: &Map, desired: &Map) -> Vec<PatchOperation> {
    let none = Map::new();
    let of = |map: &'_ Map| map.get("method_settings").and_then(Value::as_map).cloned().unwrap_or_default();
    let (from, to) = (of(live), of(desired));
    let mut patches = Vec::new();
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patches.push(remove(&patch_path(key)));
    }
    for (key, wanted) in &to {
        let wanted = wanted.as_map().unwrap_or(&none);
        let stands = from.get(key).and_then(Value::as_map);
        for (name, path, otherwise) in SETTINGS {
            let value = text_of(wanted.get(*name), otherwise);
            let before = stands.map(|stands| text_of(stands.get(*name), otherwise));
            // A method without settings gets its first by any of them.
            if before.as_ref() != Some(&value) && (before.is_some() || value != "-1") {
                patches.push(replace(&format!("{}/{path}", patch_path(key)), value));
            }
        }
    }
    patches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_methods_are_escaped_once() {
        for (shown, path, key) in [
            ("*/*", "/*/*", "*/*"),
            ("/users/{id}/GET", "/~1users~1{id}/GET", "~1users~1{id}/GET"),
            ("//GET", "/~1/GET", "~1/GET"),
        ] {
            assert_eq!(patch_path(shown), path);
            assert_eq!(shown_key(key), shown);
        }
        assert_eq!(shown_key("users/GET"), "/users/GET");
    }

    #[test]
    fn only_what_differs_is_patched() {
        let setting = |level: &str, rate: i64| {
            let values = Values::new().set("logging_level", level).set("throttling_rate_limit", rate);
            Value::Map(values.build())
        };
        let of = |entries: &[(&str, Value)]| {
            let map = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
            Values::new().set("method_settings", Value::Map(map)).build()
        };
        let live = of(&[("*/*", setting("OFF", 50)), ("/a/GET", setting("OFF", 1))]);
        let desired = of(&[("*/*", setting("ERROR", 50))]);
        let sent = patches(&live, &desired, &["method_settings".to_owned()]);
        let sent: Vec<_> =
            sent.iter().map(|patch| (patch.path().unwrap_or_default(), patch.value())).collect();
        assert_eq!(sent, [("/~1a/GET", None), ("/*/*/logging/loglevel", Some("ERROR"))]);
    }
}
