//! What an account knows, as single facts that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::contract::OWNER_TAG;
use finsight_engine::schema::{Effect, Registry};
use finsight_engine::state::State;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use serde_json::Value as Json;

/// A text of this length is an id or a name of its own, and is found within others too.
const OWN: usize = 6;

/// What a resource is called in AWS, and what it is called here: longer texts first.
#[derive(Debug, Default, Clone)]
pub struct Names {
    anywhere: Vec<(String, String)>,
    ids: BTreeMap<String, String>,
    /// What the program calls the resource under test: a word like others, but for where it is a name in a list.
    given: BTreeMap<String, String>,
}

impl Names {
    /// The ids and texts by which AWS knows the rows of a state; `subject` is the one under test, if there is one.
    pub fn of(state: &State, registry: &Registry, subject: Option<&Urn>) -> Self {
        let (mut anywhere, mut ids, mut given) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for row in state.all_rows() {
            let label = label(&row.urn);
            let texts = row.outputs.values().filter_map(|value| match value {
                Value::Text(text) if text.len() >= 8 => Some(text.clone()),
                _ => None,
            });
            for text in texts.chain((row.id.len() >= OWN).then(|| row.id.clone())) {
                anywhere.entry(text).or_insert_with(|| label.clone());
            }
            ids.entry(row.id.clone()).or_insert_with(|| label.clone());
            let spec = registry.get(row.urn.type_name()).expect("a type on record is registered");
            let named = spec.properties.iter().filter(|property| property.effect == Effect::Replace);
            for property in named.filter(|_| Some(&row.urn) == subject) {
                if let Some(Value::Text(text)) = row.inputs.get(property.name) {
                    given.insert(text.clone(), label.clone());
                }
            }
        }
        Self { anywhere: longest_first(anywhere.into_iter().collect()), ids, given }
    }

    /// These, and the texts of `gone` that are not among them, which stand for something that went.
    pub fn after(&self, gone: &Self) -> Self {
        let known: BTreeSet<&str> = self.anywhere.iter().map(|(text, _)| text.as_str()).collect();
        let went = gone.anywhere.iter().filter(|(text, _)| !known.contains(text.as_str()));
        let mut anywhere = self.anywhere.clone();
        anywhere.extend(went.map(|(text, label)| (text.clone(), format!("{label} that went"))));
        let with = |now: &BTreeMap<String, String>, before: &BTreeMap<String, String>| {
            let mut all = now.clone();
            for (text, label) in before {
                all.entry(text.clone()).or_insert_with(|| format!("{label} that went"));
            }
            all
        };
        let (ids, given) = (with(&self.ids, &gone.ids), with(&self.given, &gone.given));
        Self { anywhere: longest_first(anywhere), ids, given }
    }

    /// What stands in a list under a name.
    fn key(&self, text: &str) -> String {
        let whole = self.ids.get(text).or_else(|| self.given.get(text));
        whole.cloned().unwrap_or_else(|| self.plain(text))
    }

    /// A text in which names of rows and what AWS mints are the same in every account.
    fn plain(&self, text: &str) -> String {
        let mut plain = text.to_owned();
        for (name, label) in self.anywhere.iter().filter(|(name, _)| name.len() <= text.len()) {
            if plain.contains(name.as_str()) {
                plain = plain.replace(name.as_str(), label);
            }
        }
        minted(&plain)
    }
}

/// What stands in a fact for a resource.
pub fn label(urn: &Urn) -> String {
    format!("{{{}/{}/{}}}", urn.component(), urn.type_name(), urn.name())
}

fn longest_first(mut names: Vec<(String, String)>) -> Vec<(String, String)> {
    names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    names
}

/// What tells the entries of a list apart that mean different things.
const TELLING: &[&str] = &["egress"];

/// An element of XML as it is kept: its name, text and children.
fn element(map: &serde_json::Map<String, Json>) -> Option<(&str, &str, &[Json])> {
    let known = |key: &String| matches!(key.as_str(), "name" | "text" | "children" | "kind" | "namespace");
    let (text, children) = (map.get("text"), map.get("children"));
    if !map.keys().all(known) || (text.is_none() && children.is_none()) {
        return None;
    }
    let text = text.map_or(Some(""), Json::as_str)?;
    let children = children.map_or(Some(&[][..]), |it| it.as_array().map(Vec::as_slice))?;
    Some((map.get("name")?.as_str()?, text, children))
}

/// Whether a text begins with a UUID.
fn is_uuid(text: &[u8]) -> bool {
    text.len() >= 36
        && text[..36].iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Puts a star in the place of every run of characters that looks like chance.
fn minted(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let token = run.len() >= 26 && run.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        // IAM's ids and CloudFront's may have no digit.
        let id = run.len() >= 13 && run.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let chance = token || id || (run.len() >= 8 && digits >= 2 && digits < run.len());
        out.push_str(if chance { "*" } else { run });
        run.clear();
    };
    let mut skip = 0;
    for (at, c) in text.char_indices() {
        if skip > 0 {
            skip -= 1;
        } else if run.is_empty() && is_uuid(&text.as_bytes()[at..]) {
            out.push('*');
            skip = 35;
        } else if c.is_ascii_alphanumeric() {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// The values at each path. Entries of a list share a path; what is not set is no fact.
#[derive(Debug, Default)]
pub struct Facts(BTreeMap<String, Vec<String>>);

impl Facts {
    /// Of a snapshot; with `values`, ids and times in values are the same in every account as well, and it does not
    /// count in which other resource one is kept: a successor may have another parent.
    pub fn of(snapshot: &Json, names: &Names, values: bool) -> Self {
        let mut facts = Self::default();
        facts.add("", snapshot, names, values);
        if values {
            for (path, all) in std::mem::take(&mut facts.0) {
                let own = path.rfind("/{").map_or(path.as_str(), |at| &path[at..]);
                facts.0.entry(own.to_owned()).or_default().extend(all);
            }
        }
        facts.0.values_mut().for_each(|all| all.sort());
        facts
    }

    fn add(&mut self, path: &str, json: &Json, names: &Names, values: bool) {
        match json {
            Json::Null => {}
            Json::Object(map) => match element(map) {
                Some((name, text, children)) => {
                    let path = format!("{path}/{name}");
                    if !text.is_empty() {
                        self.add(&path, &Json::from(text), names, values);
                    }
                    children.iter().for_each(|child| self.add(&path, child, names, values));
                }
                None => {
                    let told = TELLING.iter().filter_map(|key| Some(format!("[{key}={}]", map.get(*key)?)));
                    let path = format!("{path}{}", told.collect::<String>());
                    for (key, value) in map {
                        match (key.as_str(), value) {
                            // The name of an incarnation: another one has another.
                            (OWNER_TAG, Json::String(_)) if values => {}
                            _ => self.add(&format!("{path}/{}", names.key(key)), value, names, values),
                        }
                    }
                }
            },
            Json::Array(items) => {
                items.iter().for_each(|item| self.add(&format!("{path}[]"), item, names, values));
            }
            Json::String(text) => match serde_json::from_str::<Json>(text) {
                // A document that is kept as a text.
                Ok(inner @ (Json::Object(_) | Json::Array(_))) => self.add(path, &inner, names, values),
                _ if values => self.put(path, names.plain(text)),
                _ => self.put(path, text.clone()),
            },
            // Milliseconds or seconds of our days.
            Json::Number(number) if values && number.as_f64().is_some_and(|it| it > 1.5e9) => {
                self.put(path, "a time".to_owned());
            }
            other => self.put(path, other.to_string()),
        }
    }

    fn put(&mut self, path: &str, value: String) {
        self.0.entry(path.to_owned()).or_default().push(value);
    }

    /// The paths whose values are others afterwards, each with what was lost and what came.
    pub fn changes(&self, after: &Self) -> BTreeMap<String, Moved> {
        let paths: BTreeSet<&String> = self.0.keys().chain(after.0.keys()).collect();
        let of = |facts: &Self, path: &str| facts.0.get(path).cloned().unwrap_or_default();
        let moved = paths.into_iter().map(|path| {
            let (before, after) = (of(self, path), of(after, path));
            (path.clone(), Moved { lost: without(&before, &after), came: without(&after, &before) })
        });
        moved.filter(|(_, moved)| !moved.lost.is_empty() || !moved.came.is_empty()).collect()
    }
}

/// What a path had and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub lost: Vec<String>,
    pub came: Vec<String>,
}

fn without(all: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut left = Vec::new();
    for one in all {
        match others.iter().position(|other| other == one) {
            Some(index) => {
                others.swap_remove(index);
            }
            None => left.push(one.clone()),
        }
    }
    left
}
