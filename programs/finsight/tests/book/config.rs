//! `reference/config.md`: every key of the config, from its JSON Schema, with what the shipped stacks set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use finsight::config::{Config, built_in};
use serde_json::Value as Json;

use super::{STACKS, cell, docs, keep_part};

const SECTIONS: [&str; 8] =
    ["network", "domain", "database", "api", "frontend", "monitoring", "security", "tags"];
const RETENTION: &str = "a retention of CloudWatch Logs, 7 at least";
const PERCENT: &str = "1 to 100";
const ABOVE_0: &str = "above 0";

/// What `config/check` takes where the schema does not say it. `*` stands for a name or a place in a list.
const ALLOWED: &[(&str, &str)] = &[
    ("region", "an AWS region"),
    ("account", "12 digits"),
    ("network.cidr", "an IPv4 range from /16 to /28, without host bits"),
    ("network.zones", "two at least, different, in the region"),
    ("network.public_subnets", "one for each zone, within `cidr`, /16 to /28, none overlapping another"),
    ("network.private_subnets", "the same"),
    ("network.nat_gateways", "0, 1, or one for each zone"),
    ("network.interface_endpoints", "short names of services"),
    ("network.flow_logs.retention_days", RETENTION),
    ("network.flow_logs.key_deletion_days", "7 to 30"),
    ("domain.zone", "a domain"),
    ("domain.hosted_zone_id", "`Z…`, 32 characters at most"),
    ("domain.records.*.name", "`domain.zone` or a name in it, none of the stack's own"),
    ("domain.records.*.values", "one at least; a `CAA` that limits issuers names `amazon.com`"),
    ("domain.records.*.ttl_seconds", "0 to 604,800"),
    ("domain.delegations", "names in the zone, each with two name servers at least"),
    ("database.engine_version", "numbers, with dots between them"),
    ("database.instance_class", "`db.<family>.<size>`, of a family that runs this version"),
    ("database.storage_gib", "20 to 65,536"),
    ("database.max_storage_gib", "a tenth more than `storage_gib` at least, up to 65,536"),
    ("database.backup_retention_days", "1 to 35"),
    ("database.backup_window", "`HH:MM-HH:MM`"),
    ("database.maintenance_window", "`ddd:HH:MM-ddd:HH:MM`"),
    ("database.name", "lower-case letters, digits, `_`; no reserved word"),
    ("database.master_username", "the same"),
    ("database.application_username", "the same; not `master_username`"),
    ("database.max_connections", "6 to 8,388,607"),
    ("database.log_retention_days", RETENTION),
    ("database.proxy.max_connections", "a whole percentage of `database.max_connections`, four less at most"),
    ("database.proxy.idle_client_timeout_seconds", "1 to 28,800"),
    ("database.proxy.borrow_timeout_seconds", "0 to 28"),
    ("database.monthly_snapshot.schedule", "a time once a month, such as `cron(0 3 1 * ? *)`"),
    ("database.working_hours.start", "`cron(…)` with six fields, the same times each week"),
    ("database.working_hours.stop", "the same"),
    ("api.domain", "a name in `domain.zone`"),
    ("api.timeout_seconds", "1 to 28"),
    ("api.account_concurrency", "10 to 1,000,000"),
    ("api.reserved_concurrency", "1 at least; nine times it, and 100 more, at most `account_concurrency`"),
    ("api.environment", "no names with `AWS_` or `LAMBDA_`; 3,000 bytes with the function's own"),
    ("api.functions.*.environment", "the same"),
    ("api.functions.*.memory_mib", "128 to 10,240"),
    ("api.functions.*.provisioned_concurrency", "0 to `api.reserved_concurrency`"),
    (
        "api.functions.*.secrets",
        "`auth0`, and names of `security.secrets` that begin with a letter; each with a variable of its own",
    ),
    ("api.authorizer.memory_mib", "128 to 10,240"),
    ("api.authorizer.issuer", "`https://…/`"),
    ("api.authorizer.cache_seconds", "0 to 3,600"),
    ("api.log_retention_days", RETENTION),
    ("api.cors_origins", "one at least: `https://HOST`, or `http://localhost:PORT`"),
    ("api.binary_media_types", "media types; `*` only for one of its two parts"),
    ("api.usage_plans", "named with letters, digits, spaces and `_ . : / = + - @`"),
    ("api.usage_plans.*.keys", "the one that CloudFront brings; none without `api_key_required`"),
    ("api.throttling.rate_per_second", "1 to 10,000"),
    ("api.throttling.burst", "1 to 5,000"),
    ("api.usage_plans.*.rate_per_second", "1 to 10,000"),
    ("api.usage_plans.*.burst", "1 to 5,000"),
    ("api.usage_plans.*.quota", "1 to 2,147,483,647"),
    ("api.cache.size_gb", "`0.5`, `1.6`, `6.1`, `13.5`, `28.4`, `58.2`, `118`, `237`"),
    ("api.cache.ttl_seconds", "1 to 3,600"),
    ("api.cache.groups", "groups of paths, one at least, without `auth`"),
    ("api.cache.query_parameters", "names of parameters, each once"),
    (
        "api.cdn.cached_paths",
        "at most 73 paths with `/` in front, each once, none below `/errors/` or `/auth`",
    ),
    ("api.cdn.api_key", "the one key of `api.usage_plans`, exactly where `api.api_key_required`"),
    ("api.cdn.cache_seconds", "1 to 31,536,000"),
    ("api.cdn.price_class", "one of the three"),
    ("api.cdn.log_retention_days", "1 to 3,650"),
    ("frontend.repository", "`https://github.com/…`"),
    ("frontend.node_version", "digits"),
    ("frontend.branches", "named as git takes it, with letters, digits and `/ _ . - + @ =`"),
    ("frontend.branches.*.prefix", "a label of DNS, of one branch alone"),
    (
        "frontend.branches.*.environment",
        "`REACT_APP_API_URL`, `_AUTH_ISSUER` and `_AUTH_AUDIENCE` of another API together; without, the origin is in `api.cors_origins`",
    ),
    ("frontend.redirect_apex", "`true` only with a branch whose prefix is `www`"),
    ("monitoring.mail.mail_from", "a name in `domain.zone`"),
    ("monitoring.mail.dmarc", "`v=DMARC1; p=…`, tags of RFC 7489 with their values"),
    ("monitoring.subscribers", "mail addresses, each once"),
    ("monitoring.probe.path", "a path below `/auth`"),
    ("monitoring.probe.regions", "three at least, each once, of those that Route 53 asks from"),
    ("monitoring.alarms.period_seconds", "a multiple of 60"),
    ("monitoring.alarms.count_seconds", "a multiple of 60"),
    (
        "monitoring.alarms.evaluation_periods",
        "1 to 100; a day together at most, a week with values of an hour",
    ),
    ("monitoring.alarms.datapoints_to_alarm", "1 to `evaluation_periods`"),
    ("monitoring.alarms.failed_requests", "1 to 1,000,000,000"),
    ("monitoring.alarms.function_errors", "1 to 1,000,000,000"),
    ("monitoring.alarms.function_throttles", "1 to 1,000,000,000"),
    ("monitoring.alarms.waf_blocks", "1 to 100,000"),
    ("monitoring.alarms.function_p95_ms", "1 to 28,000"),
    ("monitoring.alarms.api_latency_p95_ms", "1 to 28,000"),
    ("monitoring.alarms.api_5xx_percent", ABOVE_0),
    ("monitoring.alarms.api_4xx_percent", ABOVE_0),
    ("monitoring.alarms.cdn_5xx_percent", ABOVE_0),
    ("monitoring.alarms.mail_bounce_percent", ABOVE_0),
    ("monitoring.alarms.mail_complaint_percent", ABOVE_0),
    ("monitoring.alarms.function_concurrency_percent", PERCENT),
    ("monitoring.alarms.database_cpu_percent", PERCENT),
    ("monitoring.alarms.database_connections_percent", PERCENT),
    ("monitoring.alarms.database_free_storage_percent", "1 to 9"),
    ("monitoring.alarms.proxy_connections_percent", PERCENT),
    ("monitoring.alarms.proxy_pinned_percent", PERCENT),
    ("monitoring.alarms.proxy_borrow_ms", "1 to 28,000"),
    ("monitoring.alarms.database_freeable_memory_mib", "1 to 33,554,432"),
    ("monitoring.alarms.proxy_availability_percent", PERCENT),
    ("monitoring.tracing.requests_per_second", "0 to 1,000"),
    ("monitoring.tracing.percent", "0 to 100, and not 0 where no request a second is traced"),
    ("monitoring.budget.monthly_usd", ABOVE_0),
    ("monitoring.budget.alert_percents", "one to five, each 1 to 300"),
    ("security.key_deletion_days", "7 to 30"),
    ("security.secret_recovery_days", "0, or 7 to 30"),
    ("security.firewall.requests_per_5_minutes", "10 to what `api.throttling` lets through in that time"),
    ("security.firewall.upload_paths", "beginnings of paths: letters, digits, `/`, `-`, `_`"),
    ("security.firewall.log_ins_per_5_minutes", "10 to `requests_per_5_minutes`"),
    ("security.firewall.log_retention_days", RETENTION),
    ("security.account.trail_retention_days", "90 to 36,500"),
    ("security.account.config_retention_days", "1 to 36,500"),
    ("security.waivers.*.reason", "ten characters at least"),
    ("security.secrets", "named with letters of ASCII, digits and `/ _ + = . @ -`; none of the stack's own"),
    ("security.waivers.*.rule", "a rule of the policy pack"),
    ("security.waivers.*.until", "`YYYY-MM-DD`, a day that is one"),
    ("tags.ignore.keys", "none of the stack's own: `Project`, `Name`, `finsight:…`; none of AWS's"),
    ("tags.ignore.prefixes", "the same, and no beginning of them"),
];

/// One key of the config.
struct Key {
    path: String,
    kind: String,
    required: bool,
    choices: Vec<String>,
    doc: String,
}

/// The schema without references and nullability.
fn resolved<'a>(root: &'a Json, node: &'a Json) -> &'a Json {
    if let Some(name) = node["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return &root["$defs"][name];
    }
    let other = |any: &'a Json| any.as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
    other(&node["anyOf"]).map_or(node, |inner| resolved(root, inner))
}

fn word(root: &Json, node: &Json) -> String {
    let node = resolved(root, node);
    let name = match &node["type"] {
        Json::String(name) => name.as_str(),
        Json::Array(names) => {
            names.iter().filter_map(Json::as_str).find(|name| *name != "null").unwrap_or("any")
        }
        _ if node["oneOf"].is_array() => "string",
        _ => "any",
    };
    match name {
        "string" => "text".to_owned(),
        "boolean" => "bool".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" => format!("list: {}", word(root, &node["items"])),
        "object" if node["additionalProperties"].is_object() => {
            format!("map: {}", word(root, &node["additionalProperties"]))
        }
        other => other.to_owned(),
    }
}

fn collect(root: &Json, node: &Json, path: &str, found: &mut Vec<Key>) {
    let node = resolved(root, node);
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let required: Vec<&str> =
        node["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let properties = node["properties"].as_object();
    let optional: BTreeSet<&str> = properties
        .into_iter()
        .flat_map(|all| all.keys())
        .map(String::as_str)
        .filter(|name| !required.contains(name))
        .collect();
    for name in required.iter().copied().chain(optional) {
        let child = &node["properties"][name];
        let inner = resolved(root, child);
        let constants =
            inner["oneOf"].as_array().into_iter().flatten().filter_map(|one| one["const"].as_str());
        found.push(Key {
            path: below(name),
            kind: word(root, child),
            required: required.contains(&name),
            choices: constants.map(|choice| format!("`{choice}`")).collect(),
            doc: child["description"]
                .as_str()
                .or(inner["description"].as_str())
                .unwrap_or_default()
                .to_owned(),
        });
        // The functions of the API have one shape.
        if below(name) == "api.functions" {
            collect(root, &inner["properties"]["auth"], "api.functions.*", found);
            continue;
        }
        collect(root, child, &below(name), found);
        collect(root, &inner["additionalProperties"], &below(&format!("{name}.*")), found);
        collect(root, &inner["items"], &below(&format!("{name}.*")), found);
    }
}

/// What stands at a path; through `*`, what stands at each name.
fn value(config: &Json, path: &str) -> String {
    let shown = |json: &Json| match json {
        Json::Null => "not set".to_owned(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) if !items[0].is_object() => {
            items.iter().map(|item| format!("`{}`", plain(item))).collect::<Vec<_>>().join(", ")
        }
        Json::Array(items) => items.len().to_string(),
        Json::Object(map) => {
            let names: BTreeSet<&String> = map.keys().collect();
            names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        }
        other => format!("`{}`", plain(other)),
    };
    let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
    let Some((before, after)) = path.split_once(".*.") else {
        return shown(config.pointer(&pointer(path)).unwrap_or(&Json::Null));
    };
    let each: BTreeMap<String, &Json> = match config.pointer(&pointer(before)) {
        Some(Json::Object(map)) => map.iter().map(|(name, one)| (name.clone(), one)).collect(),
        Some(Json::Array(list)) => list.iter().enumerate().map(|(at, one)| (at.to_string(), one)).collect(),
        _ => BTreeMap::new(),
    };
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, one) in each {
        groups.entry(shown(one.pointer(&pointer(after)).unwrap_or(&Json::Null))).or_default().push(name);
    }
    match groups.len() {
        0 => "not set".to_owned(),
        1 => groups.into_keys().next().unwrap_or_default(),
        _ => {
            let most = groups.values().map(Vec::len).max().unwrap_or_default();
            let mut rest: Vec<String> = Vec::new();
            let mut common = String::new();
            for (value, names) in groups {
                if common.is_empty() && names.len() == most {
                    common = value;
                } else {
                    rest.push(format!("{value} ({})", names.join(", ")));
                }
            }
            format!("{common}; {}", rest.join("; "))
        }
    }
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// What the three stacks set, those together that set the same.
fn shipped(configs: &[(&str, Json)], path: &str) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (stack, config) in configs {
        let value = value(config, path);
        match groups.iter_mut().find(|(other, _)| *other == value) {
            Some((_, stacks)) => stacks.push(stack),
            None => groups.push((value, vec![stack])),
        }
    }
    if let [(value, _)] = groups.as_slice() {
        return value.clone();
    }
    let parts: Vec<String> =
        groups.iter().map(|(value, stacks)| format!("{}: {value}", stacks.join(", "))).collect();
    parts.join("<br>")
}

#[test]
fn the_reference_of_the_config_is_its_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Config)).expect("a schema is JSON");
    let mut keys = Vec::new();
    collect(&schema, &schema, "", &mut keys);
    for (path, _) in ALLOWED {
        assert!(keys.iter().any(|key| key.path == *path), "no key {path}");
    }
    let configs: Vec<(&str, Json)> = STACKS
        .iter()
        .map(|stack| (*stack, serde_json::from_str(built_in(stack).expect("shipped")).expect("JSON")))
        .collect();
    let page = docs().join("reference/config.md");
    let is_top = |key: &Key| !SECTIONS.iter().any(|section| key.path.starts_with(&format!("{section}.")));
    for section in ["top"].into_iter().chain(SECTIONS) {
        let mut table =
            "| field | type | required | allowed | shipped | |\n| --- | --- | --- | --- | --- | --- |\n"
                .to_owned();
        let prefix = format!("{section}.");
        let within = |key: &&Key| if section == "top" { is_top(key) } else { key.path.starts_with(&prefix) };
        for key in keys.iter().filter(within) {
            let allowed =
                ALLOWED.iter().find(|(path, _)| *path == key.path).map(|(_, text)| (*text).to_owned());
            let allowed = allowed.unwrap_or_else(|| key.choices.join(", "));
            let is_section = SECTIONS.contains(&key.path.as_str());
            let stands = if is_section { String::new() } else { shipped(&configs, &key.path) };
            let _ = writeln!(
                table,
                "| `{}` | {} | {} | {} | {} | {} |",
                key.path.strip_prefix(&prefix).unwrap_or(&key.path),
                key.kind,
                if key.required { "yes" } else { "" },
                allowed,
                cell(&stands),
                cell(&key.doc),
            );
        }
        keep_part(&page, section, &table);
    }
}
