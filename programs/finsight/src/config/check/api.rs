//! Functions, API Gateway and CloudFront, and what AWS would only say after minutes.

use finsight_specs::runtimes;

use super::{Wrong, is_domain, is_tag_text, retention, within};
use crate::artifacts::HANDLER;
use crate::config::Config;

/// What AWS insists on leaving to functions without a reservation (`aws-semantics.md` 3).
const UNRESERVED: i64 = 100;
/// The price classes of CloudFront.
const PRICE_CLASSES: &[&str] = &["PriceClass_100", "PriceClass_200", "PriceClass_All"];
/// The sizes of API Gateway's cache.
const CACHE_SIZES: &[&str] = &["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    let api = &config.api;
    // API Gateway gives up after 29 seconds.
    within("api.timeout_seconds", api.timeout_seconds, 1..=28, wrong);
    retention("api.log_retention_days", api.log_retention_days, wrong);
    if let Some(runtime) = runtimes::of(&api.runtime).filter(runtimes::Runtime::is_closed) {
        let since = runtime.no_create.unwrap_or_default();
        let found = format!("`{}`, of which AWS takes no new functions since {since}", api.runtime);
        wrong("api.runtime", found, "a runtime that AWS supports, such as provided.al2023");
    } else if !api.runtime.starts_with("provided") {
        let found = format!("`{}`, which starts no `{HANDLER}`", api.runtime);
        wrong("api.runtime", found, "a runtime that starts the file of that name, such as provided.al2023");
    }
    concurrency(config, wrong);
    for (name, _, function) in api.functions.all() {
        let path = |rest: &str| format!("api.functions.{name}.{rest}");
        within(&path("memory_mib"), function.memory_mib, 128..=10_240, wrong);
        let most =
            api.reserved_concurrency.unwrap_or(api.account_concurrency.saturating_sub(UNRESERVED)).max(0);
        within(&path("provisioned_concurrency"), function.provisioned_concurrency, 0..=most, wrong);
        for (index, secret) in function.secrets.iter().enumerate() {
            if secret != "auth0" && !config.security.secrets.contains_key(secret) {
                let known: Vec<&str> =
                    ["auth0"].into_iter().chain(config.security.secrets.keys().map(String::as_str)).collect();
                let expected = format!("one of {}", known.join(", "));
                wrong(&path(&format!("secrets.{index}")), format!("`{secret}`"), &expected);
            }
        }
        let size: usize = api
            .environment
            .iter()
            .chain(&function.environment)
            .map(|(key, value)| key.len() + value.len())
            .sum();
        // Lambda takes 4 KB; the stack's own variables need some of it.
        if size > 3_000 {
            wrong(
                &path("environment"),
                format!("{size} bytes of variables"),
                "at most 3,000: Lambda takes 4 KB in all",
            );
        }
        for key in api.environment.keys().chain(function.environment.keys()) {
            if key.starts_with("AWS_") || key.starts_with("LAMBDA_") {
                wrong(&path("environment"), format!("`{key}`"), "names that Lambda does not keep for itself");
            }
        }
    }
    within("api.authorizer.memory_mib", api.authorizer.memory_mib, 128..=10_240, wrong);
    // Lambda takes 4 KB of variables in all, and these are two of them.
    for (key, text) in [("audience", &api.authorizer.audience), ("issuer", &api.authorizer.issuer)] {
        if text.len() > 1_000 {
            let found = format!("{} bytes", text.len());
            wrong(
                &format!("api.authorizer.{key}"),
                found,
                "at most 1,000: it is a variable of the authorizer",
            );
        }
    }
    within("api.authorizer.cache_seconds", api.authorizer.cache_seconds, 0..=3_600, wrong);
    if !api.authorizer.issuer.starts_with("https://") || !api.authorizer.issuer.ends_with('/') {
        let found = format!("`{}`", api.authorizer.issuer);
        wrong("api.authorizer.issuer", found, "an https address with a slash at its end, as Auth0 writes it");
    }
    if api.authorizer.audience.trim().is_empty() {
        let expected = "the API's identifier at Auth0, such as https://api.finsight.com";
        wrong("api.authorizer.audience", "nothing".to_owned(), expected);
    }
    keys(config, wrong);
    for (index, kind) in api.binary_media_types.iter().enumerate() {
        let path = format!("api.binary_media_types.{index}");
        if !is_media_type(kind) {
            wrong(&path, format!("`{kind}`"), "a media type, such as application/pdf");
        } else if kind == "*/*" {
            wrong(
                &path,
                "`*/*`".to_owned(),
                "types by name: preflights are answered by a template, which is text",
            );
        }
    }
    if api.cors_origins.is_empty() {
        wrong("api.cors_origins", "none".to_owned(), "at least one origin, such as https://www.finsight.com");
    }
    for (index, origin) in api.cors_origins.iter().enumerate() {
        if !is_origin(origin) {
            let path = format!("api.cors_origins.{index}");
            wrong(&path, format!("`{origin}`"), "an https origin without a path, or http://localhost:PORT");
        }
    }
    within("api.throttling.rate_per_second", api.throttling.rate_per_second, 1..=10_000, wrong);
    within("api.throttling.burst", api.throttling.burst, 1..=5_000, wrong);
    for (name, plan) in &api.usage_plans {
        let keys = plan.keys.iter().enumerate().map(|(index, key)| (format!(".keys.{index}"), key));
        for (of, name_of) in keys.chain([(String::new(), name)]) {
            if name_of.is_empty() || !is_tag_text(name_of) {
                let expected = "a name of letters, digits, spaces and any of _ . : / = + - @";
                wrong(&format!("api.usage_plans.{name}{of}"), format!("the name `{name_of}`"), expected);
            }
        }
        let path = |rest: &str| format!("api.usage_plans.{name}.{rest}");
        within(&path("rate_per_second"), plan.rate_per_second, 1..=10_000, wrong);
        within(&path("burst"), plan.burst, 1..=5_000, wrong);
        within(&path("quota"), plan.quota, 1..=i64::from(i32::MAX), wrong);
    }
    if let Some(cache) = &api.cache {
        if !CACHE_SIZES.contains(&cache.size_gb.as_str()) {
            let expected = format!("one of {}", CACHE_SIZES.join(", "));
            wrong("api.cache.size_gb", format!("`{}`", cache.size_gb), &expected);
        }
        within("api.cache.ttl_seconds", cache.ttl_seconds, 1..=3_600, wrong);
        let groups: Vec<&str> = api
            .functions
            .all()
            .iter()
            .filter(|(name, _, _)| *name != OPEN)
            .flat_map(|(_, groups, _)| groups.iter().copied())
            .collect();
        if cache.groups.is_empty() {
            wrong(
                "api.cache.groups",
                "none".to_owned(),
                "a group to keep answers of: the cache costs by the hour",
            );
        }
        for (index, group) in cache.groups.iter().enumerate() {
            if !groups.contains(&group.as_str()) || cache.groups[..index].contains(group) {
                let path = format!("api.cache.groups.{index}");
                wrong(&path, format!("`{group}`"), &format!("one of {}, once", groups.join(", ")));
            }
        }
        if cache.query_parameters.is_empty() {
            wrong(
                "api.cache.query_parameters",
                "none".to_owned(),
                "each parameter of queries that the functions of these groups read, such as page: without it, `?page=2` gets the answer of `?page=1`",
            );
        }
        for (index, name) in cache.query_parameters.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._$-".contains(c);
            if name.is_empty() || !name.chars().all(plain) || cache.query_parameters[..index].contains(name) {
                let path = format!("api.cache.query_parameters.{index}");
                wrong(&path, format!("`{name}`"), "the name of a parameter, such as page, once");
            }
        }
    }
    if !PRICE_CLASSES.contains(&api.cdn.price_class.as_str()) {
        let expected = format!("one of {}", PRICE_CLASSES.join(", "));
        wrong("api.cdn.price_class", format!("`{}`", api.cdn.price_class), &expected);
    }
    within("api.cdn.cache_seconds", api.cdn.cache_seconds, 1..=31_536_000, wrong);
    within("api.cdn.log_retention_days", api.cdn.log_retention_days, 1..=3_650, wrong);
    cached_paths(config, wrong);
}

/// `https://HOST`, with a port or without, or `http://localhost` with one.
fn is_origin(text: &str) -> bool {
    let port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0) && !text.starts_with(['0', '+']);
    let local = text.strip_prefix("http://localhost").or_else(|| text.strip_prefix("https://localhost"));
    let host = text.strip_prefix("https://").unwrap_or_default();
    match (local, host.split_once(':')) {
        (Some(""), _) => true,
        (Some(rest), _) if rest.strip_prefix(':').is_some_and(port) => true,
        (_, Some((name, at))) => is_domain(name) && port(at),
        (_, None) => is_domain(host),
    }
}

/// `type/subtype`, either of which may be `*` at its end.
fn is_media_type(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+*".contains(c);
    text.split_once('/').is_some_and(|(kind, of)| {
        !kind.is_empty() && !of.is_empty() && kind.chars().all(word) && of.chars().all(word)
    })
}

/// A7: keys that somebody asks for, and that somebody brings.
fn keys(config: &Config, wrong: Wrong<'_>) {
    let api = &config.api;
    let keys: Vec<(String, &str)> = api
        .usage_plans
        .iter()
        .flat_map(|(name, plan)| {
            plan.keys.iter().map(move |key| (format!("api.usage_plans.{name}.keys"), key.as_str()))
        })
        .collect();
    let brought = api.cdn.api_key.as_deref();
    if !api.api_key_required {
        if let Some((path, key)) = keys.first() {
            let expected = "none, or api.api_key_required: a key that no method asks for has no effect";
            wrong(path, format!("`{key}`"), expected);
        }
        if let Some(key) = brought {
            wrong("api.cdn.api_key", format!("`{key}`"), "api.api_key_required: no method asks for it");
        }
        return;
    }
    if keys.is_empty() {
        let expected = "false, or a key in api.usage_plans: nobody could call";
        wrong("api.api_key_required", "true, and no key".to_owned(), expected);
    }
    let known: Vec<&str> = keys.iter().map(|(_, key)| *key).collect();
    match brought {
        Some(key) if known.contains(&key) => {
            // CloudFront puts its own in the place of what a caller sends.
            for (path, other) in keys.iter().filter(|(_, other)| *other != key) {
                let expected = format!("`{key}` alone: CloudFront brings it in the place of any other");
                wrong(path, format!("`{other}`"), &expected);
            }
        }
        _ if keys.is_empty() => {}
        other => {
            let found = other.map_or_else(|| "nothing".to_owned(), |key| format!("`{key}`"));
            let expected = format!("one of {}: the site sends none", known.join(", "));
            wrong("api.cdn.api_key", found, &expected);
        }
    }
}

/// The group of paths that answers callers without a token.
pub(super) const OPEN: &str = "auth";
/// Cache behaviors of a distribution besides the default one and that of the error pages (CloudFront's quotas).
const BEHAVIORS: usize = 73;
/// What a path pattern has besides letters and digits (CloudFront: "Path pattern").
const IN_PATTERNS: &str = "_-.*$/~\"'@:+&?";

/// A9: each is a behavior of the distribution, beside the one of the error pages.
fn cached_paths(config: &Config, wrong: Wrong<'_>) {
    let paths = &config.api.cdn.cached_paths;
    if paths.len() > BEHAVIORS {
        let found = format!("{} paths", paths.len());
        wrong("api.cdn.cached_paths", found, &format!("at most {BEHAVIORS} paths"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || IN_PATTERNS.contains(c);
    for (index, path) in paths.iter().enumerate() {
        let key = format!("api.cdn.cached_paths.{index}");
        if !path.starts_with('/') || path.len() > 255 || !path.chars().all(fits) {
            wrong(&key, format!("`{path}`"), "a path, such as /categories/*");
        } else if path.starts_with("/errors/") {
            wrong(&key, format!("`{path}`"), "a path of the API: /errors/ is where the error pages lie");
        } else if covers_open(path) {
            wrong(&key, format!("`{path}`"), "a path with a caller: /auth answers whoever logs in");
        }
    }
}

/// Whether a pattern fits paths of the open group.
fn covers_open(pattern: &str) -> bool {
    let first = pattern.split('/').nth(1).unwrap_or_default();
    match first.find(['*', '?']) {
        Some(wild) => OPEN.starts_with(&first[..wild]),
        None => first == OPEN,
    }
}

/// A4: nine reservations, and what must be left.
fn concurrency(config: &Config, wrong: Wrong<'_>) {
    let api = &config.api;
    // A new account has ten, and the most that AWS has given is in the tens of thousands.
    within("api.account_concurrency", api.account_concurrency, 10..=1_000_000, wrong);
    let Some(reserved) = api.reserved_concurrency else { return };
    let functions = i64::try_from(api.functions.all().len()).unwrap_or(8) + 1;
    let most = (api.account_concurrency.saturating_sub(UNRESERVED) / functions).max(0);
    if reserved < 1 {
        let expected = "1 at least: a function of none is never called; leave it out to reserve nothing";
        wrong("api.reserved_concurrency", reserved.to_string(), expected);
    } else if reserved > most {
        wrong(
            "api.reserved_concurrency",
            format!("{reserved}, which is {} for {functions} functions", reserved.saturating_mul(functions)),
            &format!(
                "at most {most}: {} of api.account_concurrency, and AWS leaves {UNRESERVED} to others",
                api.account_concurrency
            ),
        );
    }
}
