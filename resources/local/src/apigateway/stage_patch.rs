//! Changes of a stage: its own settings, and those of methods.

use serde_json::{Map, Value, json};

use super::patch::Patch;
use super::stage::{self, Stage};
use super::{bad, find};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// What AWS shows of a method that has a setting.
fn defaults() -> Map<String, Value> {
    let values = json!({
        "metricsEnabled": false,
        "loggingLevel": "OFF",
        "dataTraceEnabled": false,
        "throttlingBurstLimit": 5000,
        "throttlingRateLimit": 10000.0,
        "cachingEnabled": false,
        "cacheTtlInSeconds": 300,
        "cacheDataEncrypted": false,
        "requireAuthorizationForCacheControl": true,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    });
    values.as_object().cloned().unwrap_or_default()
}

/// One setting of a method: its member, and its value.
fn setting(patch: &Patch, group: &str, name: &str) -> Result<(&'static str, Value), Refusal> {
    let one_of = |known: &[&str]| match patch.filled() {
        Some(text) if known.contains(&text.as_str()) => Ok(json!(text)),
        other => Err(bad(format!("Invalid value specified: {}", other.unwrap_or_default()))),
    };
    Ok(match (group, name) {
        ("logging", "loglevel") => ("loggingLevel", one_of(&["OFF", "ERROR", "INFO"])?),
        ("logging", "dataTrace") => ("dataTraceEnabled", json!(patch.flag())),
        ("metrics", "enabled") => ("metricsEnabled", json!(patch.flag())),
        ("throttling", "rateLimit") => {
            let rate: f64 = patch.number()?;
            ("throttlingRateLimit", json!(if rate < 0.0 { 10_000.0 } else { rate }))
        }
        ("throttling", "burstLimit") => {
            let burst: i64 = patch.number()?;
            ("throttlingBurstLimit", json!(if burst < 0 { 5_000 } else { burst }))
        }
        ("caching", "enabled") => ("cachingEnabled", json!(patch.flag())),
        ("caching", "ttlInSeconds") => match patch.number::<i64>()? {
            seconds @ 0..=3600 => ("cacheTtlInSeconds", json!(seconds)),
            _ => return Err(bad("Invalid cache TTL: it must be between 0 and 3600")),
        },
        ("caching", "dataEncrypted") => ("cacheDataEncrypted", json!(patch.flag())),
        ("caching", "requireAuthorizationForCacheControl") => {
            ("requireAuthorizationForCacheControl", json!(patch.flag()))
        }
        ("caching", "unauthorizedCacheControlHeaderStrategy") => (
            "unauthorizedCacheControlHeaderStrategy",
            one_of(&["FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"])?,
        ),
        _ => return Err(patch.invalid()),
    })
}

/// Destination and format of access logs, as they come in one call.
type Log = (Option<String>, Option<String>);

fn apply(cx: &Context<'_>, stage: &mut Stage, log: &mut Log, patch: &Patch) -> Result<(), Refusal> {
    let removed = patch.op == "remove";
    if !matches!(patch.op.as_str(), "replace" | "remove" | "add") {
        return Err(patch.invalid());
    }
    match patch.parts().as_slice() {
        ["deploymentId"] => stage.deployment = patch.filled().ok_or_else(|| patch.invalid())?,
        ["description"] => stage.description = patch.filled(),
        ["cacheClusterEnabled"] => stage.set_cache(patch.flag(), cx.clock),
        ["cacheClusterSize"] => {
            stage.set_cache_size(&patch.filled().ok_or_else(|| patch.invalid())?, cx.clock)?;
        }
        ["tracingEnabled"] => stage.tracing = patch.flag(),
        ["clientCertificateId"] => stage.certificate = patch.filled(),
        ["documentationVersion"] => stage.documentation = patch.filled(),
        ["accessLogSettings"] if removed => *log = (None, None),
        ["accessLogSettings", "destinationArn"] => log.0 = patch.filled(),
        ["accessLogSettings", "format"] => log.1 = patch.filled(),
        ["variables", name] if removed => {
            stage.variables.remove(*name);
        }
        ["variables", name] => {
            let value = patch.value.clone().unwrap_or_default();
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
            if !value.chars().all(fits) {
                return Err(bad(format!("Stage variable {name} has characters that are not allowed")));
            }
            stage.variables.insert((*name).to_owned(), value);
        }
        [path, verb] if removed => {
            let key = format!("{}/{verb}", path.replace('/', "~1"));
            stage.methods.remove(&key).ok_or_else(|| {
                bad(format!(
                    "Cannot remove method setting {key} because there is no method setting for this method"
                ))
            })?;
        }
        [path, verb, group, name] if !removed => {
            let (member, value) = setting(patch, group, name)?;
            if member == "loggingLevel" && value != json!("OFF") {
                role_is_set(cx)?;
            }
            let key = format!("{}/{verb}", path.replace('/', "~1"));
            stage.methods.entry(key).or_insert_with(defaults).insert(member.to_owned(), value);
        }
        _ => return Err(patch.invalid()),
    }
    Ok(())
}

fn role_is_set(cx: &Context<'_>) -> Result<(), Refusal> {
    let apis = cx.world.apigateway.get(cx.region());
    if apis.is_some_and(|apis| apis.role.is_some()) {
        return Ok(());
    }
    Err(bad("CloudWatch Logs role ARN must be set in account settings to enable logging"))
}

/// Refuses access logs that could not be written.
fn access_log(cx: &Context<'_>, log: Log) -> Result<Option<(String, String)>, Refusal> {
    let (destination, format) = match log {
        (None, None) => return Ok(None),
        (Some(destination), Some(format)) => (destination, format),
        _ => return Err(bad("Access log settings need both a destination ARN and a format")),
    };
    if !["requestId", "extendedRequestId"].iter().any(|id| format.contains(&format!("$context.{id}"))) {
        return Err(bad(
            "Access Log format must contain at least $context.requestId or $context.extendedRequestId",
        ));
    }
    if format.len() > 3 * 1024 {
        return Err(bad("Access log format is longer than 3 KB"));
    }
    if destination.contains(":firehose:") {
        return Ok(Some((destination, format)));
    }
    let group = destination.split_once(":log-group:").map(|(_, name)| name);
    let group = group.filter(|name| destination.starts_with("arn:aws:logs:") && !name.ends_with(":*"));
    let group = group
        .ok_or_else(|| bad("Invalid ARN specified in the request. ARNs must start with 'arn:aws:logs'"))?;
    role_is_set(cx)?;
    if !cx.world.logs.get(cx.region()).is_some_and(|groups| groups.exists(group)) {
        return Err(bad(format!("The log group of the access logs does not exist: {group}")));
    }
    Ok(Some((destination, format)))
}

/// All operations take effect, or none.
pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let mut changed = stage::one(cx)?.clone();
    let before: Log = changed.access_log.clone().unzip();
    let mut log = before.clone();
    for patch in &patches {
        apply(cx, &mut changed, &mut log, patch)?;
    }
    if log != before {
        changed.access_log = access_log(cx, log)?;
    }
    if !find(cx)?.deployments.contains_key(&changed.deployment) {
        return Err(bad("Deployment id does not exist"));
    }
    changed.updated_at = cx.now();
    let api = find(cx)?.id.clone();
    let guard = stage::guard(cx, &api, &changed.name);
    let shown = changed.render(cx.now(), guard.as_deref());
    *stage::one(cx)? = changed;
    Ok(answer::rest(200, shown))
}
