//! Whatever a config says: AWS refuses nothing that the preview let pass, and what the preview refuses is refused at its key.
//!
//! Each key of the config gets values at and beyond what AWS takes: too long, too short, of other characters, out of range.
//! Those that pass the preview are put together and deployed on the embedded AWS, with AWS's service models. A sample of
//! them is; `FINSIGHT_CASES=all` deploys all, `SEED=n` tries the same sample again.

use std::collections::BTreeMap;

use finsight::artifacts::Artifacts;
use finsight::config::{Config, Problem, Source, built_in};
use finsight_engine::graph::GraphError;
use finsight_engine::schema::Registry;
use serde_json::{Value as Json, json};

use crate::support::Site;

/// Prod, with every key of the schema set that has no other in its way.
fn base() -> Json {
    let mut config: Json = serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
    config["$schema"].take();
    config.as_object_mut().expect("an object").remove("$schema");
    config["account"] = "123456789012".into();
    config["network"]["interface_endpoints"] = json!(["secretsmanager"]);
    config["domain"]["delegations"] =
        json!({"dev.finsight.com": ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]});
    config["database"]["protection"] = false.into();
    config["database"]["working_hours"] = json!({"start": "cron(0 8 ? * MON-FRI *)", "stop": "cron(0 22 ? * MON-SUN *)", "time_zone": "Asia/Tokyo"});
    config["api"]["cache"] = json!({"size_gb": "0.5", "ttl_seconds": 300});
    config["api"]["functions"]["users"] = json!({"memory_mib": 512, "code": "placeholder",
        "provisioned_concurrency": 1, "environment": {"LEVEL": "info"}, "secrets": ["partner"]});
    config["frontend"]["branches"]["main"]["environment"] = json!({"REACT_APP_BRANCH": "main"});
    config["security"]["secrets"] = json!({"partner": {"description": "The partner's key"}});
    config["security"]["waivers"] = json!([{"rule": "audit-network", "urn": "*", "reason": "looked at elsewhere",
        "until": "2099-12-31"}]);
    config
}

/// Keys whose values are no request's: why.
const ASIDE: &[(&str, &str)] = &[
    ("region", "another region is another stack: `config.rs` has its tests"),
    ("account", "another account is another stack"),
    ("*.code", "the code of functions is looked for before the program: `ARTIFACT-…`"),
    ("security.waivers", "waivers are of the policy pack alone"),
];

fn is_aside(path: &str) -> bool {
    ASIDE.iter().any(|(aside, _)| match aside.strip_prefix("*.") {
        Some(last) => path.rsplit('.').next() == Some(last),
        None => path.starts_with(aside),
    })
}

/// Where a value is told to be wrong at another key, which is set against it: the key, where, and why.
const SET_AGAINST: &[(&str, &str)] = &[
    // The ranges of subnets lie within the VPC's.
    ("network.cidr", "network."),
    // There is a range for each zone.
    ("network.zones", "network."),
    // A tenth more than the storage at the start.
    ("database.storage_gib", "database.max_storage_gib"),
    // Percentages of the connections, and two windows, and two users.
    ("database.max_connections", "database.proxy.max_connections"),
    ("database.backup_window", "database.maintenance_window"),
    ("database.master_username", "database.application_username"),
    // What is reserved of the account's concurrency.
    ("api.account_concurrency", "api.reserved_concurrency"),
    ("api.reserved_concurrency", "api.functions."),
    // Variables of all functions count with those of each.
    ("api.environment", "api.functions."),
    // `www` is where the zone's own name leads to.
    ("frontend.branches.main", "frontend.redirect_apex"),
    // Functions name secrets.
    ("security.secrets.partner", "api.functions.users.secrets"),
];

/// A change of the config: at a key, a value or another name.
#[derive(Debug, Clone)]
struct Change {
    path: Vec<String>,
    to: Json,
    /// The entry has this as its name, and not as its value.
    names: bool,
}

impl Change {
    fn key(&self) -> String {
        self.path.join(".")
    }

    /// Where the change is to be told of: with its new name where that is what changed.
    fn place(&self) -> String {
        let mut path = self.path.clone();
        if self.names
            && let Some(last) = path.last_mut()
        {
            *last = self.to.as_str().unwrap_or_default().to_owned();
        }
        path.join(".")
    }

    /// The config with it; nothing where the key is no more.
    fn made(&self, config: &Json) -> Option<Json> {
        let mut config = config.clone();
        let (last, outer) = self.path.split_last()?;
        let holder = outer.iter().try_fold(&mut config, |value, part| match value {
            Json::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
            value => value.get_mut(part),
        })?;
        match holder {
            Json::Array(items) => *items.get_mut(last.parse::<usize>().ok()?)? = self.to.clone(),
            Json::Object(map) if self.names => {
                let item = map.remove(last)?;
                map.insert(self.to.as_str()?.to_owned(), item);
            }
            Json::Object(map) => *map.get_mut(last)? = self.to.clone(),
            _ => return None,
        }
        Some(config)
    }
}

/// Texts that some limit of AWS's may not take: lengths around its bounds, and characters.
fn texts(text: &str) -> Vec<String> {
    let mut found = vec![String::new(), "a".to_owned(), "Z".to_owned(), "0".to_owned()];
    for length in [
        2, 3, 32, 33, 63, 64, 65, 100, 101, 128, 129, 140, 141, 255, 256, 257, 512, 513, 1000, 1025, 2049,
        5000,
    ] {
        // The text is the beginning, so that it stays what it is but for its length.
        let more = "abcdefghi-".chars().cycle();
        found.push(text.chars().chain(more.clone()).take(length).collect());
        // The text is the end, as of a name in a zone.
        let room = length.saturating_sub(text.chars().count());
        found.push(more.take(room).chain(text.chars()).collect());
    }
    for odd in [
        " ",
        "é",
        "漢",
        "\"",
        "'",
        "\n",
        "\t",
        "/",
        "\\",
        "%",
        "&",
        "<",
        "$",
        "*",
        "?",
        "#",
        "@",
        ":",
        ";",
        ",",
        "=",
        "+",
        "!",
        "(",
        "{",
        "[",
        "|",
        "~",
        "^",
        "`",
        "_",
        "-",
        ".",
        "\u{0}",
        "\u{1F600}",
    ] {
        found.push(format!("{text}{odd}"));
        found.push(format!("{odd}{text}"));
        found.push(format!("{}{odd}{}", &text[..text.len() / 2], &text[text.len() / 2..]));
    }
    found.push(text.to_uppercase());
    found
}

fn numbers(number: &serde_json::Number) -> Vec<Json> {
    let Some(whole) = number.as_i64() else {
        let at = number.as_f64().unwrap_or_default();
        return [-1.0, 0.0, 1e-9, 0.01, at + 0.001, 100.0, 100.01, 1e6, 1e12, 1e300].map(Json::from).to_vec();
    };
    let mut found: Vec<Json> =
        [-1, 0, 1, 2, 4, 7, 29, 30, 31, 59, 60, 61, 100, 101, 127, 900, 901, 3600, 3601, 10_000, 10_241]
            .into_iter()
            .chain([
                whole - 1,
                whole + 1,
                40_000,
                86_400,
                1_000_000,
                1_000_000_000,
                2_147_483_647,
                2_147_483_648,
                i64::MAX,
            ])
            .map(Json::from)
            .collect();
    found.dedup();
    found
}

/// All changes of all keys.
fn changes(value: &Json, path: &mut Vec<String>, found: &mut Vec<Change>) {
    let mut change = |to: Json| found.push(Change { path: path.clone(), to, names: false });
    match value {
        Json::String(text) => texts(text).into_iter().for_each(|text| change(text.into())),
        Json::Number(number) => numbers(number).into_iter().for_each(change),
        Json::Bool(is) => change((!is).into()),
        Json::Array(items) => {
            change(json!([]));
            change(items.iter().chain(items).cloned().collect());
            if let Some(Json::String(text)) = items.first() {
                for many in [11, 26, 101, 201] {
                    change((0..many).map(|n| json!(format!("{text}{n}"))).collect());
                }
            }
        }
        Json::Object(map) if is_free(path) => {
            change(json!({}));
            if let Some((name, item)) = map.iter().next() {
                for many in [11, 21, 51, 101, 201] {
                    change((0..many).map(|n| (format!("{name}{n}"), item.clone())).collect());
                }
            }
        }
        _ => {}
    }
    let entries: Vec<(String, &Json)> = match value {
        Json::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
        Json::Object(map) => map.iter().map(|(name, item)| (name.clone(), item)).collect(),
        _ => Vec::new(),
    };
    let free = value.is_object() && is_free(path);
    for (name, item) in entries {
        path.push(name.clone());
        if !is_aside(&path.join(".")) {
            if free {
                let names = texts(&name).into_iter().filter(|other| !other.is_empty() && *other != name);
                found.extend(names.map(|other| Change { path: path.clone(), to: other.into(), names: true }));
            }
            changes(item, path, found);
        }
        path.pop();
    }
}

/// Maps whose names are chosen by whoever writes the config.
fn is_free(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path[..],
        [.., "environment"]
            | ["domain", "delegations"]
            | ["api", "usage_plans"]
            | ["frontend", "branches"]
            | ["security", "secrets"]
    )
}

/// What the preview says of a config.
enum Said {
    Passed,
    Shape,
    Refused(Vec<Problem>),
}

fn preview(config: &Json, registry: &Registry) -> Said {
    let source =
        Source { file: "prod.json".to_owned(), text: serde_json::to_string_pretty(config).expect("JSON") };
    if serde_json::from_str::<Config>(&source.text).is_err() {
        let error = source.config().expect_err("it has another shape");
        assert!(error.problems.iter().all(|problem| problem.line > 0), "{error}");
        return Said::Shape;
    }
    let config = match source.config() {
        Ok(config) => config,
        Err(error) => return Said::Refused(error.problems),
    };
    let declare = |config: &Config| -> Vec<GraphError> {
        let graph = finsight::finsight("prod", config, &Artifacts::default());
        graph.and_then(|graph| graph.checked(registry)).err().unwrap_or_default()
    };
    let refused = declare(&config);
    if refused.is_empty() {
        return Said::Passed;
    }
    let (traced, untraced) = source.trace(&config, refused, &declare);
    assert!(untraced.is_empty(), "no key is named: {untraced:?}");
    Said::Refused(traced.expect("keys are named").problems)
}

/// Whether a problem is told at the key that was changed, or at one that is set against it.
fn is_at(problem: &Problem, change: &Change) -> bool {
    let (key, place) = (change.key(), change.place());
    let within = |outer: &str, inner: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
    };
    let at = |path: &str| within(path, &problem.path) || within(&problem.path, path);
    let against = SET_AGAINST.iter().any(|(of, at)| key.starts_with(of) && problem.path.starts_with(at));
    at(&key) || at(&place) || against || problem.found.contains(&format!(" at {key}"))
}

#[test]
fn what_aws_would_refuse_is_refused_in_the_preview_at_its_key() {
    let (base, registry) = (base(), finsight_specs::registry());
    assert!(matches!(preview(&base, &registry), Said::Passed), "what the changes begin with");
    let mut all = Vec::new();
    changes(&base, &mut Vec::new(), &mut all);
    let mut passed: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    let (mut shapes, mut refused, mut misplaced) = (0, 0, Vec::new());
    for change in &all {
        let Some(config) = change.made(&base) else { continue };
        match preview(&config, &registry) {
            Said::Passed => {
                let key = format!("{}{}", change.key(), if change.names { " (name)" } else { "" });
                passed.entry(key).or_default().push(change.clone());
            }
            Said::Shape => shapes += 1,
            Said::Refused(problems) => {
                refused += 1;
                if let Some(problem) = problems.iter().find(|problem| !is_at(problem, change)) {
                    misplaced.push(format!("{} = {}: told at {problem:?}", change.key(), change.to));
                }
                assert!(problems.iter().all(|problem| problem.line > 0), "{problems:?}");
            }
        }
    }
    assert!(misplaced.is_empty(), "{}", misplaced.join("\n"));
    let pass: usize = passed.values().map(Vec::len).sum();
    println!(
        "bad input: {} values of {} keys: {refused} refused at the key, {shapes} by their shape, {pass} passed",
        all.len(),
        passed.len()
    );
    deploy(&base, &registry, passed);
}

/// Deploys what passed, as much at once as stands together.
fn deploy(base: &Json, registry: &Registry, mut passed: BTreeMap<String, Vec<Change>>) {
    let cases = std::env::var("FINSIGHT_CASES").unwrap_or_default();
    let rounds = if cases == "all" { usize::MAX } else { cases.parse().unwrap_or(2) };
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    });
    println!("bad input: SEED={seed}");
    let mut turn: u64 = seed;
    for round in 0..rounds {
        let mut config = base.clone();
        let mut made: Vec<Change> = Vec::new();
        for of_key in passed.values_mut().filter(|of_key| !of_key.is_empty()) {
            turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(turn >> 33).unwrap_or_default() % of_key.len();
            let change = of_key[at].clone();
            if let Some(with) = change.made(&config)
                && matches!(preview(&with, registry), Said::Passed)
            {
                config = with;
                made.push(of_key.swap_remove(at));
            }
        }
        if made.is_empty() {
            break;
        }
        let site = Site::local("prod");
        std::fs::write(site.path("config/prod.json"), config.to_string()).expect("the config is written");
        let shown: Vec<String> = made
            .iter()
            .map(|change| {
                format!("{}{} = {}", change.key(), if change.names { " (name)" } else { "" }, change.to)
            })
            .map(|text| text.chars().take(120).collect())
            .collect();
        let run = site.run(&["up", "--yes"]);
        assert!(
            run.code == Some(0),
            "round {round}, SEED={seed}: {}\n{}\n{}",
            run.stderr,
            run.stdout.lines().rev().take(40).collect::<Vec<_>>().join("\n"),
            shown.join("\n")
        );
        println!("bad input: round {round} deployed {} values at once", made.len());
    }
}
