//! Values at and beyond what AWS takes, for each key of the config: too long, too short, of other characters, out of range.

use std::collections::BTreeSet;

use finsight::artifacts::Artifacts;
use finsight::config::{Config, Problem, Source, built_in};
use finsight::policy::rules;
use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::policy::Rule;
use finsight_engine::schema::Registry;
use serde_json::{Value as Json, json};

/// Prod, with every key of the schema set that has no other in its way.
pub fn base() -> Json {
    let mut config: Json = serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
    config["$schema"].take();
    config.as_object_mut().expect("an object").remove("$schema");
    config["account"] = "123456789012".into();
    config["network"]["interface_endpoints"] = json!(["secretsmanager"]);
    config["domain"]["delegations"] =
        json!({"dev.finsight.com": ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]});
    config["database"]["protection"] = false.into();
    config["database"]["working_hours"] = json!({"start": "cron(0 8 ? * MON-FRI *)", "stop": "cron(0 22 ? * MON-SUN *)", "time_zone": "Asia/Tokyo"});
    config["api"]["cache"] =
        json!({"size_gb": "0.5", "ttl_seconds": 300, "groups": ["categories"], "query_parameters": ["page"]});
    config["api"]["functions"]["users"] = json!({"memory_mib": 512, "code": "placeholder",
        "provisioned_concurrency": 1, "environment": {"LEVEL": "info"}, "secrets": ["partner"]});
    config["frontend"]["branches"]["main"]["environment"] = json!({"REACT_APP_BRANCH": "main"});
    config["security"]["secrets"] = json!({"partner": {"description": "The partner's key"}});
    config["tags"] = json!({"ignore": {"keys": ["CostCenter"], "prefixes": ["audit:"]}});
    // What AWS takes is asked here, not what is wise.
    let waived = |rule: &Rule| json!({"rule": rule.id, "urn": "*", "reason": "looked at elsewhere", "until": "2099-12-31"});
    config["security"]["waivers"] = rules().iter().map(waived).collect();
    config
}

/// Keys whose values are no request's: why.
const ASIDE: &[(&str, &str)] = &[
    ("region", "another region is another stack: `config.rs` has its tests"),
    ("account", "another account is another stack"),
    ("*.code", "the code of functions is looked for before the program: `ARTIFACT-…`"),
    ("database.user_code", "the code of functions is looked for before the program: `ARTIFACT-…`"),
    ("security.waivers", "waivers are of the policy pack alone"),
];

fn is_aside(path: &str) -> bool {
    ASIDE.iter().any(|(aside, _)| match aside.strip_prefix("*.") {
        Some(last) => path.rsplit('.').next() == Some(last),
        None => path.starts_with(aside),
    })
}

/// A change of the config: at a key, a value or another name.
#[derive(Debug, Clone)]
pub struct Change {
    pub path: Vec<String>,
    pub to: Json,
    /// The entry has this as its name, and not as its value.
    pub names: bool,
}

impl Change {
    pub fn key(&self) -> String {
        self.path.join(".")
    }

    /// Where the change is to be told of: with its new name where that is what changed.
    pub fn place(&self) -> String {
        let mut path = self.path.clone();
        if self.names
            && let Some(last) = path.last_mut()
        {
            *last = self.to.as_str().unwrap_or_default().to_owned();
        }
        path.join(".")
    }

    /// The config with it; nothing where the key is no more.
    pub fn made(&self, config: &Json) -> Option<Json> {
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
    let mut found = vec![String::new(), "a".to_owned(), text.to_uppercase()];
    let more = || "abcdefghi-".chars().cycle();
    for length in [2, 33, 64, 65, 101, 129, 141, 256, 257, 513, 1025, 5000] {
        // The text is the beginning, so that it stays what it is but for its length.
        found.push(text.chars().chain(more()).take(length).collect());
    }
    for length in [65, 257, 1025] {
        // The text is the end, as of a name in a zone.
        let room = usize::saturating_sub(length, text.chars().count());
        found.push(more().take(room).chain(text.chars()).collect());
    }
    for odd in " é漢\"'\n\t/\\%&<$*?#@:;,=+!({[|~^`_-.\0\u{1F600}".chars() {
        found.push(format!("{text}{odd}"));
    }
    for odd in [' ', '-', '.', '/', '1', '\n'] {
        found.push(format!("{odd}{text}"));
        found.push(format!("{}{odd}{}", &text[..text.len() / 2], &text[text.len() / 2..]));
    }
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
pub fn changes(value: &Json, path: &mut Vec<String>, found: &mut Vec<Change>) {
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

/// Whether the preview lets a config pass.
pub fn passes(config: &Json, registry: &Registry) -> bool {
    let source = Source { file: "prod.json".to_owned(), text: config.to_string() };
    source.config().is_ok_and(|config| wrong(&config, registry).is_empty())
}

/// What is wrong with the config that the changes begin with.
pub fn wrong_at_first(registry: &Registry) -> Vec<String> {
    let source = Source { file: "prod.json".to_owned(), text: base().to_string() };
    match source.config() {
        Ok(config) => wrong(&config, registry).iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn declare(config: &Config) -> Result<Graph, Vec<GraphError>> {
    finsight::finsight("prod", config, &Artifacts::default())
}

/// What is wrong with the program of a config.
fn wrong(config: &Config, registry: &Registry) -> Vec<GraphError> {
    declare(config).and_then(|graph| graph.checked(registry)).err().unwrap_or_default()
}

/// What the preview says of a config.
pub enum Said {
    Passed,
    Shape,
    Refused(Vec<Problem>),
}

pub fn preview(config: &Json, registry: &Registry, is_new: &mut dyn FnMut(&str) -> bool) -> Said {
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
    let refused = wrong(&config, registry);
    if refused.is_empty() {
        return Said::Passed;
    }
    // The same refusal for another value goes back to the same key.
    let kind = |error: &GraphError| match error {
        GraphError::Limit { urn, property, takes, .. } => {
            format!("{} {} {takes}", urn.type_name(), property.split('.').next().unwrap_or_default())
        }
        other => other.to_string(),
    };
    let kinds: BTreeSet<String> = refused.iter().map(kind).collect();
    if !is_new(&kinds.into_iter().collect::<Vec<_>>().join("; ")) {
        return Said::Refused(Vec::new());
    }
    let (traced, untraced) = source.trace(&config, refused, registry, &declare);
    let mut problems = traced.map(|error| error.problems).unwrap_or_default();
    // What goes back to no key is told at none.
    problems.extend(untraced.iter().map(|error| Problem {
        line: 1,
        column: 0,
        path: "no key".to_owned(),
        found: error.to_string(),
        expected: String::new(),
    }));
    Said::Refused(problems)
}
