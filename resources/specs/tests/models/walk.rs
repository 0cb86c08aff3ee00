//! What AWS bounds in a structure and all that is in it.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::limits::{Form, Takes};
use serde_json::Value;

use super::{Model, plain};

pub struct Walk<'a> {
    model: &'a Model,
    /// Paths that are elsewhere in AWS, or not in the type.
    paths: &'a BTreeMap<&'static str, Option<&'static str>>,
    /// The names of members that the type's service has.
    members: BTreeMap<String, String>,
    pub limits: BTreeMap<String, Takes>,
    /// Paths that AWS has and the type does not, as far as they were met.
    pub used: BTreeSet<&'static str>,
}

impl<'a> Walk<'a> {
    pub fn new(
        model: &'a Model,
        paths: &'a BTreeMap<&'static str, Option<&'static str>>,
        members: BTreeMap<String, String>,
    ) -> Self {
        Self { model, paths, members, limits: BTreeMap::new(), used: BTreeSet::new() }
    }

    /// Whether a path leads into a property.
    pub fn is_led_into(&self, property: &str) -> bool {
        self.paths.keys().any(|path| path.split('.').next() == Some(property))
    }

    /// Takes note of what is bounded in a shape. What holds itself is written once: a rule's statement and those in it
    /// are `rules.**`.
    pub fn look_into(&mut self, name: &'static str, mut path: String, within: &[&'static str]) {
        let name = self.model.without_envelope(name);
        let shape = self.model.shape(name);
        if self.model.is_recursive(name) {
            if within.contains(&name) {
                return;
            }
            if !within.iter().any(|outer| self.model.is_recursive(outer)) {
                path = format!("{}.**", path.split('.').next().unwrap_or_default());
            }
        }
        if let Some(takes) = takes(shape) {
            self.limits.insert(path.clone(), takes);
        }
        if let Some(pattern) = shape["pattern"].as_str().filter(|pattern| !takes_all(pattern)) {
            self.limits.insert(format!("{path} pattern"), Takes::Form(Form::new(pattern)));
        }
        let within = [within, &[name]].concat();
        if let Some(of) = shape["key"]["of"].as_str() {
            self.look_at_part(of, format!("{path}.@"), &within);
        }
        for part in [&shape["member"], &shape["value"]] {
            if let Some(of) = part["of"].as_str() {
                self.look_at_part(of, format!("{path}.*"), &within);
            }
        }
        for (member, of) in shape["members"].as_object().into_iter().flatten() {
            let ours = self.members.get(&plain(member)).map(|ours| format!("{path}.{ours}"));
            if let (Some(path), Some(of)) = (ours, of["of"].as_str()) {
                self.look_at_part(of, path, &within);
            }
        }
    }

    fn look_at_part(&mut self, name: &'static str, path: String, within: &[&'static str]) {
        match self.paths.iter().find(|(place, _)| covers(place, &path)) {
            Some((place, None)) => {
                self.used.insert(place);
            }
            // It is walked from there.
            Some((_, Some(_))) => {}
            None => self.look_into(name, path, within),
        }
    }
}

/// Whether a path with `*` and `**` is this one.
fn covers(place: &str, path: &str) -> bool {
    let place: Vec<&str> = place.split('.').collect();
    let path: Vec<&str> = path.split('.').collect();
    fits(&place, &path)
}

fn fits(place: &[&str], path: &[&str]) -> bool {
    match (place, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => {
            fits(rest, path) || path.split_first().is_some_and(|(_, path)| fits(place, path))
        }
        (["*", rest @ ..], [_, path @ ..]) => fits(rest, path),
        ([part, rest @ ..], [first, path @ ..]) => part == first && fits(rest, path),
        _ => false,
    }
}

/// Whether every text has this form.
fn takes_all(pattern: &'static str) -> bool {
    let form = Form::new(pattern);
    ["a", "é 漢\u{10348}", "\t\n\r", " !\"'()*,-/:;<=>?@[]{|}~\\"].into_iter().all(|text| form.fits(text))
}

/// What a shape takes; a text or list that may be as long as a number of 32 bits has no end.
fn takes(shape: &'static Value) -> Option<Takes> {
    const LONG: f64 = 2_147_483_647.0;
    if let Some(words) = shape["enum"].as_array() {
        return Some(Takes::Words(words.iter().filter_map(Value::as_str).collect()));
    }
    let (min, max) = (shape["min"].as_f64(), shape["max"].as_f64());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |bound: f64| bound as usize;
    let end = max.filter(|max| *max < LONG).map(whole);
    match shape["type"].as_str()? {
        "integer" | "long" | "float" | "double" if min.is_some() || max.is_some() => {
            Some(Takes::Number(min, max))
        }
        "string" => Some(Takes::Characters(min.map(whole), end)),
        "list" | "map" => Some(Takes::Entries(min.map(whole), end)),
        _ => None,
    }
}
