//! Settings that say nothing, or the opposite of what they look like: each is refused, or found.

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight::policy::{rules, waivers};
use finsight_engine::policy::{Subject, evaluate};
use serde_json::{Value as Json, json};

type Change = fn(&mut Json);

/// What the config, or else the policy pack, says of a stack with a change: `key: …` or `rule: …`, one a line.
fn said(stack: &str, change: Change) -> String {
    let mut config: Json = serde_json::from_str(built_in(stack).expect("shipped")).expect("JSON");
    change(&mut config);
    let config = match parse("test.json", &config.to_string()) {
        Ok(config) => config,
        Err(error) => return error.to_string(),
    };
    let graph = finsight::finsight(stack, &config, &Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    // A waiver that fits no more is told of no resource.
    let registry = finsight_specs::registry();
    let found =
        evaluate(&rules(), &Subject::new(&graph, &registry, "2026-11-30"), &waivers(&config.security));
    let found = found.into_iter().filter(|one| one.urn.is_some() && one.waived.is_none());
    let lines = found.map(|one| format!("{}: {}", one.rule, one.message));
    lines.collect::<Vec<_>>().join("\n")
}

/// Each with its stack, and parts of what is said.
const WRONG: &[(&str, Change, &[&str])] = &[
    // A start or a stop that is not the same each week says nothing of when the database runs.
    (
        "dev",
        |c| c["database"]["working_hours"]["start"] = "cron(0 8 ? * MON#1 *)".into(),
        &["database.working_hours.start", "each week"],
    ),
    (
        "dev",
        |c| c["database"]["working_hours"]["start"] = "cron(0 8 ? * MON-FRI 2025)".into(),
        &["database.working_hours.start"],
    ),
    (
        "dev",
        |c| c["database"]["working_hours"]["start"] = "cron(0 8 31 2 ? *)".into(),
        &["database.working_hours.start"],
    ),
    (
        "dev",
        |c| c["database"]["working_hours"]["stop"] = "rate(1 day)".into(),
        &["database.working_hours.stop"],
    ),
    // D6: once a month.
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "at(2030-01-01T03:00:00)".into(),
        &["database.monthly_snapshot.schedule", "month"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 1 * ? 2027)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 1 * ? 2020)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 30 2 ? *)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 31 * ? *)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 * * ? *)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "rate(1 minute)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    (
        "prod",
        |c| c["database"]["monthly_snapshot"]["schedule"] = "rate(1 day)".into(),
        &["database.monthly_snapshot.schedule"],
    ),
    // A class that the version does not run on.
    (
        "dev",
        |c| c["database"]["instance_class"] = "db.t2.micro".into(),
        &["database.instance_class", "PostgreSQL 15"],
    ),
    ("dev", |c| c["database"]["instance_class"] = "db.m3.medium".into(), &["database.instance_class"]),
    ("dev", |c| c["database"]["instance_class"] = "db.r4.large".into(), &["database.instance_class"]),
    (
        "dev",
        |c| c["database"]["instance_class"] = "db.m6g.large".into(),
        &["effect-budget", "no price is known"],
    ),
    // Alarms that always stand.
    (
        "prod",
        |c| c["monitoring"]["alarms"]["proxy_connections_percent"] = 5.into(),
        &["heard-always: it goes off at 1"],
    ),
    (
        "prod",
        |c| c["monitoring"]["alarms"]["database_connections_percent"] = 5.into(),
        &["heard-always: it goes off at 1"],
    ),
    (
        "prod",
        |c| c["monitoring"]["alarms"]["function_concurrency_percent"] = 1.into(),
        &["heard-always: it goes off at 1"],
    ),
    ("prod", |c| c["api"]["reserved_concurrency"] = 1.into(), &["heard-always: it goes off at 1"]),
    ("prod", |c| c["monitoring"]["alarms"]["api_latency_p95_ms"] = 1.into(), &["heard-always"]),
    ("prod", |c| c["monitoring"]["alarms"]["function_p95_ms"] = 1.into(), &["heard-always"]),
    ("prod", |c| c["monitoring"]["alarms"]["proxy_borrow_ms"] = 1.into(), &["heard-always"]),
    // Auth0 is on the internet.
    (
        "prod",
        |c| {
            c["network"]["nat_gateways"] = 0.into();
            c["network"]["interface_endpoints"] = json!(["secretsmanager", "email"]);
        },
        &["reach-services", "auth0", "no way"],
    ),
    // DMARC.
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=quarantin".into(),
        &["monitoring.mail.dmarc", "p=quarantin"],
    ),
    ("prod", |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; sp=none".into(), &["monitoring.mail.dmarc"]),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; sp=nobody".into(),
        &["monitoring.mail.dmarc"],
    ),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; adkim=strict".into(),
        &["monitoring.mail.dmarc"],
    ),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; pct=101".into(),
        &["monitoring.mail.dmarc"],
    ),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; rua=dmarc@example.com".into(),
        &["monitoring.mail.dmarc"],
    ),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; rue=mailto:dmarc@example.com".into(),
        &["monitoring.mail.dmarc"],
    ),
    (
        "prod",
        |c| c["monitoring"]["mail"]["dmarc"] = "v=DMARC1; p=none; p=reject".into(),
        &["monitoring.mail.dmarc"],
    ),
    // M6.
    (
        "prod",
        |c| c["monitoring"]["tracing"] = json!({"requests_per_second": 0, "percent": 0.0}),
        &["monitoring.tracing.percent"],
    ),
    // Mail that nobody takes.
    ("prod", |c| mx(c, "0 ."), &["works-mail: dmarc@finsight.com"]),
    ("prod", |c| mx(c, "10 finsight.com"), &["works-mail: dmarc@finsight.com"]),
    ("prod", |c| mx(c, "10 mx.finsight.com."), &["works-mail: dmarc@finsight.com"]),
    // Without an effect.
    ("prod", |c| c["api"]["cdn"]["cached_paths"] = json!(["/cat?"]), &["effect-cached: /cat? fits no path"]),
    (
        "prod",
        |c| c["api"]["cdn"]["cached_paths"] = json!(["/categories*", "/categories/*"]),
        &["effect-cached: /categories/* ", "/categories* comes before"],
    ),
    (
        "prod",
        |c| c["monitoring"]["budget"]["alert_percents"] = json!([0.01]),
        &["monitoring.budget.alert_percents.0"],
    ),
    (
        "prod",
        |c| c["monitoring"]["budget"]["alert_percents"] = json!([1000]),
        &["monitoring.budget.alert_percents.0"],
    ),
    (
        "prod",
        |c| c["security"]["firewall"]["requests_per_5_minutes"] = 2_000_000_000_i64.into(),
        &["security.firewall.requests_per_5_minutes"],
    ),
    (
        "prod",
        |c| c["security"]["firewall"]["requests_per_5_minutes"] = 31_000.into(),
        &["security.firewall.requests_per_5_minutes", "30200"],
    ),
    (
        "prod",
        |c| c["monitoring"]["alarms"]["waf_blocks"] = 100_000_000.into(),
        &["monitoring.alarms.waf_blocks"],
    ),
    (
        "prod",
        |c| c["security"]["account"]["trail_retention_days"] = 1.into(),
        &["security.account.trail_retention_days", "90"],
    ),
    ("prod", |c| c["api"]["log_retention_days"] = 1.into(), &["api.log_retention_days"]),
    (
        "prod",
        |c| {
            c["api"]["throttling"] = json!({"rate_per_second": 1, "burst": 1});
            c["security"]["firewall"]["requests_per_5_minutes"] = 300.into();
        },
        &["works-limits"],
    ),
    ("prod", |c| c["api"]["usage_plans"]["standard"]["burst"] = 1.into(), &["works-limits"]),
    (
        "prod",
        |c| {
            c["database"]["max_connections"] = 6.into();
            c["database"]["proxy"]["max_connections"] = 6.into();
        },
        &["database.proxy.max_connections", "of 6"],
    ),
];

/// Says who takes the zone's mail, which is waived else.
fn mx(config: &mut Json, value: &str) {
    config["domain"]["records"] = json!([{"name": "finsight.com", "type": "MX", "values": [value]}]);
    let waivers = config["security"]["waivers"].as_array_mut().expect("a list");
    waivers.retain(|waiver| waiver["rule"] != "works-mail");
}

#[test]
fn settings_that_say_nothing_are_told() {
    let mut silent = Vec::new();
    for (index, (stack, change, parts)) in WRONG.iter().enumerate() {
        let said = said(stack, *change);
        if let Some(part) = parts.iter().find(|part| !said.contains(**part)) {
            silent.push(format!("{index}: `{part}` is not in: {said}"));
        }
    }
    assert!(silent.is_empty(), "{} of {}: {silent:#?}", silent.len(), WRONG.len());
}

/// What looks like one of them, and is right.
const RIGHT: &[(&str, Change)] = &[
    ("prod", |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(59 23 L * ? 2026-2199)".into()),
    ("prod", |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 ? * MON#1 *)".into()),
    ("prod", |c| c["database"]["monthly_snapshot"]["schedule"] = "cron(0 3 15W * ? *)".into()),
    ("prod", |c| {
        c["monitoring"]["mail"]["dmarc"] = "v=DMARC1;p=reject ; sp=none; adkim=s; aspf=r; pct=50; fo=1:d; ri=86400; rua=mailto:a@example.com!10m,mailto:b@example.com; ruf=mailto:c@example.com;".into()
    }),
    ("prod", |c| c["monitoring"]["tracing"] = json!({"requests_per_second": 0, "percent": 0.1})),
    ("prod", |c| mx(c, "10 mx.example.com")),
    ("prod", |c| {
        c["domain"]["records"] = json!([
            {"name": "finsight.com", "type": "MX", "values": ["10 mx.finsight.com"]},
            {"name": "mx.finsight.com", "type": "A", "values": ["192.0.2.1"]},
        ]);
    }),
    ("prod", |c| c["api"]["cdn"]["cached_paths"] = json!(["/categories/*", "/categories*"])),
    ("prod", |c| {
        c["database"]["max_connections"] = 10.into();
        c["database"]["proxy"]["max_connections"] = 6.into();
    }),
];

#[test]
fn settings_that_look_like_them_are_left_alone() {
    let said_of = |stack: &str, change: Change| -> Vec<String> {
        said(stack, change).lines().map(str::to_owned).collect()
    };
    for (index, (stack, change)) in RIGHT.iter().enumerate() {
        let own = said_of(stack, |_| {});
        let new: Vec<String> = said_of(stack, *change).into_iter().filter(|one| !own.contains(one)).collect();
        assert!(new.is_empty(), "{index}: {new:#?}");
    }
}
