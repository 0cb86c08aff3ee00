//! Sound variations of the shipped configs: what a company would set, and nothing to complain of.

use std::collections::BTreeSet;

use finsight::config::{built_in, parse};
use serde_json::{Value as Json, json};

use super::{Dice, STACKS, TODAY, asked, judged, key, shipped};

/// Changes of a config that are sound in every stack. `{zone}` is the stack's own; a null takes a key out.
fn changes() -> Vec<Json> {
    let mut all = vec![
        json!({"network": {"cidr": "10.20.0.0/16", "public_subnets": ["10.20.0.0/24", "10.20.1.0/24"], "private_subnets": ["10.20.10.0/24", "10.20.11.0/24"]}}),
        json!({"network": {"zones": ["ap-northeast-1a", "ap-northeast-1d"]}}),
        json!({"network": {"nat_gateways": 2}}),
        json!({"network": {"nat_gateways": 0, "interface_endpoints": ["secretsmanager", "email"]}}),
        json!({"network": {"interface_endpoints": ["secretsmanager"]}}),
        json!({"network": {"interface_endpoints": ["kms", "secretsmanager", "email"]}}),
        json!({"network": {"database_proxy": true}}),
        json!({"network": {"database_proxy": false}}),
        json!({"network": {"flow_logs": {"retention_days": 90, "key_deletion_days": 7}}}),
        json!({"database": {"engine_version": "16"}}),
        json!({"database": {"engine_version": "17"}}),
        json!({"database": {"instance_class": "db.t4g.small"}}),
        json!({"database": {"instance_class": "db.t3.medium"}}),
        json!({"database": {"instance_class": "db.m6g.large"}}),
        json!({"database": {"multi_az": true}, "network": {"nat_gateways": 2}}),
        json!({"database": {"storage_gib": 50, "max_storage_gib": 200}}),
        json!({"database": {"storage_gib": 100, "max_storage_gib": 400}}),
        json!({"database": {"backup_retention_days": 14}}),
        json!({"database": {"backup_window": "02:00-02:30", "maintenance_window": "tue:03:00-tue:03:30"}}),
        json!({"database": {"backup_window": "01:00-01:45", "maintenance_window": "thu:05:00-thu:06:00"}}),
        json!({"database": {"protection": true, "final_snapshot": true}}),
        json!({"database": {"max_connections": 200, "proxy": {"max_connections": 40}}}),
        json!({"database": {"proxy": {"max_connections": 30}}}),
        json!({"database": {"proxy": {"idle_client_timeout_seconds": 600, "borrow_timeout_seconds": 5}}}),
        json!({"database": {"application_username": "app"}}),
        json!({"database": {"master_username": "master"}}),
        json!({"database": {"name": "ledger"}}),
        json!({"database": {"monthly_snapshot": {"schedule": "cron(0 15 2 * ? *)", "time_zone": "Asia/Tokyo"}, "working_hours": null}}),
        json!({"database": {"working_hours": {"start": "cron(0 7 ? * MON-FRI *)", "stop": "cron(0 23 ? * MON-FRI *)", "time_zone": "Asia/Tokyo"}, "monthly_snapshot": null, "backup_window": "02:00-02:30", "maintenance_window": "tue:03:00-tue:03:30"}}),
        json!({"api": {"timeout_seconds": 27}}),
        json!({"api": {"timeout_seconds": 20}}),
        json!({"api": {"reserved_concurrency": 50}}),
        json!({"api": {"reserved_concurrency": null}}),
        json!({"api": {"account_concurrency": 2000}}),
        json!({"api": {"authorizer": {"issuer": "https://login.example.com/"}}}),
        json!({"api": {"authorizer": {"audience": "urn:finsight"}}}),
        json!({"api": {"authorizer": {"memory_mib": 256, "cache_seconds": 0}}}),
        json!({"api": {"throttling": {"rate_per_second": 20, "burst": 40}}}),
        json!({"api": {"binary_media_types": ["application/pdf"]}}),
        json!({"api": {"api_key_required": false, "usage_plans": {"standard": null}, "cdn": {"api_key": null}}}),
        json!({"api": {"usage_plans": {"standard": {"rate_per_second": 20, "burst": 40, "quota": 700_000}}}}),
        json!({"api": {"usage_plans": {"standard": {"quota": 20_000, "period": "day"}}}}),
        json!({"api": {"cache": {"size_gb": "0.5", "ttl_seconds": 60, "groups": ["categories"], "query_parameters": ["page"]}}}),
        json!({"api": {"cdn": {"cached_paths": []}}}),
        json!({"api": {"cdn": {"cached_paths": ["/reports", "/reports/*"], "cache_seconds": 60}}}),
        json!({"api": {"cdn": {"price_class": "PriceClass_All", "log_retention_days": 400}}}),
        json!({"api": {"functions": {"users": {"environment": {"FEATURE": "on"}, "memory_mib": 256}}}}),
        json!({"api": {"functions": {"reports": {"secrets": ["auth0"]}}}}),
        json!({"api": {"functions": {"users": {"secrets": ["partner"]}}}, "security": {"secrets": {"partner": {"description": "The partner's key"}}}}),
        json!({"frontend": {"node_version": "24", "build_command": "npm run build -- --mode x"}}),
        json!({"frontend": {"pull_request_previews": true}}),
        json!({"frontend": {"environment": {"REACT_APP_THEME": "dark"}}}),
        json!({"frontend": {"output_directory": "dist"}}),
        json!({"domain": {"hosted_zone_id": "Z0123456789ABCDEFGHIJ"}}),
        json!({"domain": {"records": [{"name": "{zone}", "type": "TXT", "values": ["v=spf1 -all"]}]}}),
        json!({"monitoring": {"mail": {"mail_from": "bounce.{zone}"}}}),
        json!({"monitoring": {"mail": {"dmarc": "v=DMARC1; p=none; rua=mailto:dmarc@example.com"}}}),
        json!({"monitoring": {"subscribers": ["night@example.com", "day@example.com"]}}),
        json!({"monitoring": {"budget": null}}),
        json!({"monitoring": {"budget": {"monthly_usd": 900.0, "alert_percents": [90.0]}}}),
        json!({"monitoring": {"tracing": {"requests_per_second": 2, "percent": 50.0}}}),
        json!({"security": {"key_deletion_days": 7, "secret_recovery_days": 7}}),
        json!({"security": {"firewall": {"requests_per_5_minutes": 1000, "log_ins_per_5_minutes": 50}}}),
        json!({"security": {"firewall": {"upload_paths": ["/transactions", "/reports"]}}}),
        json!({"security": {"firewall": {"upload_paths": []}}}),
        json!({"security": {"firewall": {"regional_groups": false}}}),
        json!({"security": {"account": {"trail_retention_days": 730, "config_retention_days": 730, "delete_records": false}}}),
    ];
    for level in ["debug", "info", "warn", "ERROR"] {
        all.push(json!({"api": {"environment": {"LOG_LEVEL": level}}}));
    }
    for days in [14, 180, 365] {
        all.push(json!({"api": {"log_retention_days": days}, "database": {"log_retention_days": days}}));
    }
    for (name, values) in [
        ("period_seconds", &[60.0, 600.0][..]),
        ("count_seconds", &[7200.0, 21_600.0]),
        ("failed_requests", &[2.0, 5.0]),
        ("function_p95_ms", &[2000.0, 10_000.0]),
        ("function_concurrency_percent", &[50.0, 100.0]),
        ("api_5xx_percent", &[0.5, 10.0]),
        ("api_4xx_percent", &[10.0, 50.0]),
        ("api_latency_p95_ms", &[1000.0, 10_000.0]),
        ("database_cpu_percent", &[60.0, 95.0]),
        ("database_connections_percent", &[60.0, 95.0]),
        ("database_free_storage_percent", &[3.0, 9.0]),
        ("database_freeable_memory_mib", &[50.0, 200.0]),
        ("proxy_connections_percent", &[60.0, 100.0]),
        ("cdn_5xx_percent", &[0.5, 10.0]),
        ("waf_blocks", &[100.0, 5000.0]),
        ("mail_bounce_percent", &[2.0, 9.0]),
        ("mail_complaint_percent", &[0.05, 0.3]),
    ] {
        for value in values {
            let whole = name.ends_with("_percent")
                && (name.starts_with("api_") || name.starts_with("cdn_") || name.starts_with("mail_"));
            #[allow(clippy::cast_possible_truncation)]
            let value = if whole { json!(value) } else { json!(*value as i64) };
            all.push(json!({"monitoring": {"alarms": {name: value}}}));
        }
    }
    all.push(json!({"monitoring": {"alarms": {"evaluation_periods": 5, "datapoints_to_alarm": 3}}}));
    all
}

/// What a rule truly says of a varied value, and why.
const TRUE: &[(&str, &str, &str)] = &[
    (
        "effect-budget",
        "",
        "the estimate grows with what is added: its message names another sum, or the first that is too much",
    ),
    (
        "reach-services",
        "\"nat_gateways\":0",
        "the function of log-ins has the secret of Auth0, which is on the internet: no endpoint leads there",
    ),
    (
        "heard-outside",
        "\"protection\":true",
        "whose data is protected is in production, and is asked from outside",
    ),
    (
        "code-needed",
        "\"protection\":true",
        "whose data is protected is in production, where the notifier is no placeholder unless that is waived",
    ),
];

fn merge(into: &mut Json, change: &Json, zone: &str) {
    match (into, change) {
        (Json::Object(into), Json::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    into.remove(name);
                } else {
                    merge(into.entry(name.clone()).or_insert(Json::Null), value, zone);
                }
            }
        }
        (into, Json::Object(_)) => {
            *into = json!({});
            merge(into, change, zone);
        }
        (into, value) => {
            let text = value.to_string().replace("{zone}", zone);
            *into = serde_json::from_str(&text).expect("JSON");
        }
    }
}

#[test]
fn sound_variations_are_left_alone() {
    let registry = finsight_specs::registry();
    let changes = changes();
    let mut dice = Dice(asked("SEED").unwrap_or(15));
    let wanted = if asked("FINSIGHT_CASES").is_some_and(|cases| cases >= 1_000) { 600 } else { 200 };
    let base: Vec<(Json, BTreeSet<String>)> = STACKS
        .iter()
        .map(|stack| {
            let config = parse("test.json", built_in(stack).expect("shipped")).expect("a config");
            let graph = finsight::finsight(stack, &config, &finsight::artifacts::Artifacts::default())
                .expect("a graph");
            let said = judged(&graph, &config, &registry)
                .iter()
                .map(|one| format!("{:?}", (key(one), one.waived.is_some())))
                .collect();
            (shipped(stack), said)
        })
        .collect();
    let (mut made, mut refused, mut alarms, mut excused) = (0, Vec::new(), Vec::new(), BTreeSet::new());
    let mut at = 0;
    while made < wanted {
        // First each change alone, in a stack after the other; then two at once.
        let stack = (at / changes.len() + at) % STACKS.len();
        let mut chosen = vec![&changes[at % changes.len()]];
        if at >= changes.len() {
            chosen.push(&changes[dice.below(changes.len())]);
        }
        at += 1;
        assert!(at < 10 * wanted, "{} were refused: {refused:#?}", refused.len());
        let mut config = base[stack].0.clone();
        let zone = config["domain"]["zone"].as_str().expect("a zone").to_owned();
        chosen.iter().for_each(|change| merge(&mut config, change, &zone));
        let what = format!(
            "{} {}",
            STACKS[stack],
            chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        );
        let config = match parse("test.json", &config.to_string()) {
            Ok(config) => config,
            Err(error) => {
                refused.push(format!("{what}: {error}"));
                continue;
            }
        };
        let graph = finsight::finsight(STACKS[stack], &config, &finsight::artifacts::Artifacts::default());
        let graph = graph.unwrap_or_else(|errors| panic!("{what}: {errors:?}"));
        made += 1;
        for finding in judged(&graph, &config, &registry) {
            let known = base[stack].1.contains(&format!("{:?}", (key(&finding), finding.waived.is_some())));
            if known || finding.waived.is_some() || finding.urn.is_none() {
                continue;
            }
            let excuse = TRUE.iter().find(|(rule, part, _)| *rule == finding.rule && what.contains(part));
            if let Some((rule, _, _)) = excuse {
                excused.insert(*rule);
            } else {
                alarms.push(format!(
                    "{what}: {} {:?}: {}",
                    finding.rule,
                    finding.urn.map(|urn| urn.to_string()),
                    finding.message
                ));
            }
        }
    }
    println!("sound variations: {made}, and {} that the config refuses, on {TODAY}", refused.len());
    refused.iter().take(20).for_each(|one| println!("  refused {one}"));
    for (rule, part, why) in TRUE {
        assert!(excused.contains(rule), "{rule} says nothing of {part}: {why}");
    }
    assert!(alarms.is_empty(), "{} false: {:#?}", alarms.len(), alarms.iter().take(25).collect::<Vec<_>>());
}
