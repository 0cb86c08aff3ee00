//! Settings at their edges, each of which some stack could have.

use finsight_specs::rds::postgres::has_class;
use finsight_specs::regions;
use serde_json::{Value as Json, json};

use super::{Dice, Turn, map, text};

const fn turn(what: &'static str, make: fn(&mut Json, &mut Dice)) -> Turn {
    Turn { what, make }
}

/// All of them, in the order in which they are made: what later ones look at comes first.
pub const TURNS: &[Turn] = &[
    turn("another region", region),
    turn("three zones", |c, _| zones(c, 3)),
    turn("a gateway for each zone", |c, _| {
        c["network"]["nat_gateways"] = c["network"]["zones"].as_array().map_or(2, Vec::len).into();
    }),
    turn("no gateway, and endpoints", |c, dice| {
        c["network"]["nat_gateways"] = 0.into();
        let some = ["secretsmanager", "kms", "email", "sts", "logs", "lambda"];
        c["network"]["interface_endpoints"] = some[..1 + dice.below(some.len())].to_vec().into();
    }),
    turn("the smallest ranges", |c, _| {
        let zones = c["network"]["zones"].as_array().map_or(2, Vec::len);
        c["network"]["cidr"] = "192.168.7.0/24".into();
        let range = |from: usize| move |n: usize| format!("192.168.7.{}/28", 16 * (from + n));
        c["network"]["public_subnets"] = (0..zones).map(range(0)).collect::<Vec<_>>().into();
        c["network"]["private_subnets"] = (0..zones).map(range(8)).collect::<Vec<_>>().into();
        let endpoints = c["network"]["interface_endpoints"].as_array_mut();
        endpoints.expect("a list").truncate(5);
    }),
    turn("the proxy switched", |c, dice| {
        c["network"]["database_proxy"] = dice.coin().into();
        c["database"]["proxy"]["borrow_timeout_seconds"] = dice.of(&[0, 5, 24]).into();
        c["database"]["proxy"]["idle_client_timeout_seconds"] = dice.of(&[1, 28_800]).into();
    }),
    turn("flow logs switched", |c, dice| match dice.coin() {
        true => c["network"]["flow_logs"] = json!({"retention_days": 7, "key_deletion_days": 7}),
        false => drop(map(c, &["network"]).remove("flow_logs")),
    }),
    turn("records beside", records),
    turn("ten delegations", |c, _| {
        let zone = text(c, &["domain", "zone"]);
        let servers = json!(["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]);
        let names = (0..5).flat_map(|n| [format!("team-{n}.eu.{zone}"), format!("team.{n}.eu.{zone}")]);
        c["domain"]["delegations"] =
            names.map(|name| (name, servers.clone())).collect::<serde_json::Map<_, _>>().into();
    }),
    turn("a database of another class", |c, dice| {
        let region = text(c, &["region"]);
        let classes = ["db.t4g.micro", "db.t3.medium", "db.m6g.large", "db.r6g.large"];
        let there: Vec<&str> = classes.into_iter().filter(|class| has_class(&region, class)).collect();
        c["database"]["instance_class"] = dice.of(&there).into();
        c["database"]["multi_az"] = dice.coin().into();
        c["database"]["engine_version"] = dice.of(&["13", "14", "16", "17"]).into();
    }),
    turn("the most storage", |c, _| {
        c["database"]["storage_gib"] = 59_578.into();
        c["database"]["max_storage_gib"] = 65_536.into();
    }),
    turn("the longest names in the database", |c, _| {
        c["database"]["name"] = "n".repeat(63).into();
        c["database"]["master_username"] = format!("m{}", "_".repeat(62)).into();
        c["database"]["application_username"] = format!("a{}", "9".repeat(62)).into();
    }),
    turn("three connections of ten", |c, _| {
        c["database"]["max_connections"] = 10.into();
        c["database"]["proxy"]["max_connections"] = 3.into();
    }),
    turn("windows around midnight", |c, _| {
        c["database"]["backup_window"] = "23:45-00:15".into();
        c["database"]["maintenance_window"] = "sun:00:15-sun:00:45".into();
        c["database"]["backup_retention_days"] = 35.into();
    }),
    turn("working hours switched", |c, dice| match dice.coin() {
        true => {
            c["database"]["working_hours"] = json!({"start": "cron(30 0 ? * SUN-SAT *)",
                "stop": "cron(0 23 ? * SUN-SAT *)", "time_zone": "America/Argentina/ComodRivadavia"});
        }
        false => drop(map(c, &["database"]).remove("working_hours")),
    }),
    turn("the snapshot switched", |c, dice| match dice.coin() {
        true => {
            c["database"]["monthly_snapshot"] =
                json!({"schedule": "cron(59 23 L * ? 2026-2199)", "time_zone": "Pacific/Kiritimati"});
        }
        false => drop(map(c, &["database"]).remove("monthly_snapshot")),
    }),
    turn("Graviton", |c, dice| {
        c["api"]["architecture"] = "arm64".into();
        c["api"]["runtime"] = dice.of(&["provided.al2", "provided.al2023"]).into();
    }),
    turn("little concurrency", |c, dice| {
        c["api"]["account_concurrency"] = dice.of(&[109, 118, 1000]).into();
        c["api"]["reserved_concurrency"] = 1.into();
    }),
    turn("no reservation", |c, _| drop(map(c, &["api"]).remove("reserved_concurrency"))),
    turn("the most and the least memory", |c, dice| {
        for function in map(c, &["api", "functions"]).values_mut() {
            function["memory_mib"] = dice.of(&[128, 10_240]).into();
        }
    }),
    turn("an instance kept warm", |c, _| {
        c["api"]["functions"]["reports"]["provisioned_concurrency"] = 1.into()
    }),
    turn("forty variables", |c, _| {
        let variables = (0..40).map(|n| (format!("VARIABLE_{n}"), Json::from("ü漢 \"'\\{}")));
        c["api"]["environment"] = variables.collect::<serde_json::Map<_, _>>().into();
    }),
    turn("no variables", |c, _| drop(map(c, &["api"]).remove("environment"))),
    turn("ten secrets", |c, _| {
        let names = ["a", "a/b", "a-b", "partner.key", "x+y", "x=y", "m@n", "UPPER", "under_score", "9lives"];
        let named = |name: &&str| ((*name).to_owned(), json!({"description": format!("{name}: ひみつ")}));
        c["security"]["secrets"] = names.iter().map(named).collect::<serde_json::Map<_, _>>().into();
        c["api"]["functions"]["users"]["secrets"] = json!(["auth0", "a/b", "partner.key", "UPPER"]);
    }),
    turn("a cache", |c, dice| {
        let size = dice.of(&["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"]);
        c["api"]["cache"] = json!({"size_gb": size, "ttl_seconds": dice.of(&[1, 3600]),
            "groups": ["categories", "accounts", "assets"], "query_parameters": ["page", "since$"]});
    }),
    turn("no keys", |c, _| {
        c["api"]["api_key_required"] = false.into();
        map(c, &["api"]).remove("usage_plans");
        map(c, &["api", "cdn"]).remove("api_key");
    }),
    turn("ten plans", |c, _| {
        let plan = |n: i64| json!({"rate_per_second": 1 + n, "burst": 1, "quota": 2_147_483_647, "period": "week", "keys": []});
        for n in 0..10 {
            map(c, &["api", "usage_plans"]).insert(format!("Plan {n} / プラン"), plan(n));
        }
    }),
    turn("nothing cached at the edge", |c, _| drop(map(c, &["api", "cdn"]).remove("cached_paths"))),
    turn("the most paths cached", |c, _| {
        c["api"]["cdn"]["cached_paths"] =
            (0..73).map(|n| format!("/reports/{n}/*")).collect::<Vec<_>>().into();
        c["api"]["cdn"]["price_class"] = "PriceClass_All".into();
        c["api"]["cdn"]["cache_seconds"] = 31_536_000.into();
    }),
    turn("no files", |c, _| drop(map(c, &["api"]).remove("binary_media_types"))),
    turn("origins with ports", |c, _| {
        let origins = c["api"]["cors_origins"].as_array_mut().expect("a list");
        origins.extend(
            ["https://example.org:8443", "http://localhost", "http://localhost:65535"].map(Json::from),
        );
    }),
    turn("short functions", |c, _| {
        c["api"]["timeout_seconds"] = 4.into();
        c["database"]["proxy"]["borrow_timeout_seconds"] = 0.into();
    }),
    turn("ten branches", branches),
    turn("no branches", |c, _| {
        c["frontend"]["branches"] = json!({});
        c["frontend"]["redirect_apex"] = false.into();
    }),
    turn("previews switched", |c, dice| c["frontend"]["pull_request_previews"] = dice.coin().into()),
    turn("no probe", |c, _| drop(map(c, &["monitoring"]).remove("probe"))),
    turn("the probe from everywhere", |c, _| {
        c["monitoring"]["probe"] = json!({"path": "/auth/health?deep=1&x=%20", "regions": ["us-east-1", "us-west-1",
            "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"]});
    }),
    turn("nobody reads mail", |c, _| drop(map(c, &["monitoring"]).remove("subscribers"))),
    turn("many read mail", |c, _| {
        let mut many: Vec<String> = (0..8).map(|n| format!("on-call.{n}@ops.finsight.com")).collect();
        many.extend(["a+b@finsight.com", "a-b@finsight.com"].map(str::to_owned));
        c["monitoring"]["subscribers"] = many.into();
    }),
    turn("the longest DMARC record", |c, _| {
        let all: Vec<String> =
            (0..20).map(|n| format!("mailto:dmarc-reports-{n}@finsight.com!10m")).collect();
        c["monitoring"]["mail"]["dmarc"] = format!("v=DMARC1; p=reject; rua={}", all.join(",")).into();
    }),
    turn("alarms at their edges", |c, dice| {
        let alarms = map(c, &["monitoring", "alarms"]);
        for (name, value) in alarms.iter_mut() {
            *value = match name.as_str() {
                "period_seconds" | "count_seconds" => dice.of(&[60, 300, 3_600]).into(),
                "evaluation_periods" => 24.into(),
                "datapoints_to_alarm" => dice.of(&[1, 24]).into(),
                "database_free_storage_percent" => dice.of(&[1, 9]).into(),
                "database_freeable_memory_mib" => dice.of(&[1, 4_096]).into(),
                name if name.ends_with("_ms") => dice.of(&[1, 28_000]).into(),
                name if name.ends_with("_percent") => dice.of(&[1, 100]).into(),
                "waf_blocks" => dice.of(&[1, 100_000]).into(),
                _ => dice.of(&[1, 1_000_000_000]).into(),
            };
        }
    }),
    turn("few traces", |c, _| {
        c["monitoring"]["tracing"] = json!({"requests_per_second": 0, "percent": 0.01})
    }),
    turn("no budget", |c, _| drop(map(c, &["monitoring"]).remove("budget"))),
    turn("five alerts", |c, _| {
        c["monitoring"]["budget"] = json!({"monthly_usd": 0.5, "alert_percents": [1, 50, 99.99, 100, 300]});
    }),
    turn("short memories", |c, dice| {
        c["security"]["key_deletion_days"] = dice.of(&[7, 30]).into();
        c["security"]["secret_recovery_days"] = dice.of(&[0, 7, 30]).into();
        for path in [["api", "log_retention_days"], ["database", "log_retention_days"]] {
            c[path[0]][path[1]] = dice.of(&[7, 3_653]).into();
        }
    }),
    turn("a narrow firewall", |c, dice| {
        let firewall = map(c, &["security", "firewall"]);
        firewall.insert("requests_per_5_minutes".to_owned(), 10.into());
        firewall.insert("log_ins_per_5_minutes".to_owned(), 10.into());
        firewall.insert("regional_groups".to_owned(), dice.coin().into());
        firewall.insert("upload_paths".to_owned(), json!(["/transactions", "/reports/files", "/users"]));
    }),
    turn("the account's own guards switched", |c, dice| match dice.coin() {
        true => {
            c["security"]["account"] =
                json!({"trail_retention_days": 90, "config_retention_days": 36_500, "delete_records": true});
        }
        false => drop(map(c, &["security"]).remove("account")),
    }),
    turn("tags of other hands", |c, _| {
        c["tags"] = json!({"ignore": {"keys": ["CostCenter", "監査"], "prefixes": ["audit:", "x"]}});
    }),
    turn("asked before", |c, dice| {
        c["require_approval"] = dice.of(&["never", "any-change", "broadening"]).into();
    }),
];

/// Regions that have all that the stack uses, that of CloudFront among them.
fn region(config: &mut Json, dice: &mut Dice) {
    let region =
        dice.of(&["us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-1", "sa-east-1"]);
    config["region"] = region.into();
    zones(config, 2);
}

/// The first zones of the region, with ranges for each.
fn zones(config: &mut Json, many: usize) {
    let there = regions::zones(&text(config, &["region"]));
    let names: Vec<String> = there.into_iter().map(|zone| zone.name).take(many).collect();
    let range = |from: usize| move |n: usize| format!("10.0.{}.0/24", from + n);
    config["network"]["cidr"] = "10.0.0.0/16".into();
    config["network"]["public_subnets"] = (0..names.len()).map(range(0)).collect::<Vec<_>>().into();
    config["network"]["private_subnets"] = (0..names.len()).map(range(10)).collect::<Vec<_>>().into();
    if config["network"]["nat_gateways"].as_u64().is_some_and(|many| many > 1) {
        config["network"]["nat_gateways"] = names.len().into();
    }
    config["network"]["zones"] = names.into();
}

/// What a company's zone has besides.
fn records(config: &mut Json, _: &mut Dice) {
    let zone = text(config, &["domain", "zone"]);
    let record = |name: String, kind: &str, values: &[&str]| json!({"name": name, "type": kind, "values": values, "ttl_seconds": 604_800});
    config["domain"]["records"] = json!([
        record(zone.clone(), "MX", &["1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"]),
        record(zone.clone(), "TXT", &["v=spf1 include:_spf.google.com ~all", "site=\"x\""]),
        record(zone.clone(), "CAA", &["0 issue \"amazon.com\"", "0 iodef \"mailto:ops@finsight.com\""]),
        record(format!("google._domainkey.{zone}"), "TXT", &[&"k".repeat(500)]),
        record(format!("_sip._tcp.{zone}"), "SRV", &["10 60 5060 sip.finsight.com"]),
        record(format!("docs.{zone}"), "CNAME", &["finsight.github.io"]),
        record(format!("v6.{zone}"), "AAAA", &["2001:db8::1"]),
        record(format!("a.b.{zone}"), "A", &["192.0.2.1", "192.0.2.2"]),
        record(format!("a-b.{zone}"), "A", &["192.0.2.3"]),
    ]);
}

/// Branches with names of every kind, each with a prefix of its own.
fn branches(config: &mut Json, _: &mut Dice) {
    let zone = text(config, &["domain", "zone"]);
    let names =
        ["feature/login", "feature-login", "ブランチ", "release/1.0", "a", "fix_#", "üb", "x.y", "hot+fix"];
    let names = names.iter().filter(|name| !name.contains('#'));
    for (n, name) in names.enumerate() {
        let branch = json!({"stage": "development", "prefix": format!("b{n}")});
        map(config, &["frontend", "branches"]).insert((*name).to_owned(), branch);
        let origins = config["api"]["cors_origins"].as_array_mut().expect("a list");
        origins.push(format!("https://b{n}.{zone}").into());
    }
}
