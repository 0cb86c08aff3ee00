//! Other values of a property: the samples of its type's fixture, and what can be made of the value that stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use finsight_engine::secret::Secret;
use finsight_engine::state::Row;
use finsight_engine::value::{Map, Value};
use serde_json::Value as Json;

use crate::prod::Prod;

/// A fixture of `tests/handlers`: what is needed of it here.
pub struct Fixture {
    whole: Json,
    /// The place of each resource around the subject among those of its type.
    places: BTreeMap<String, usize>,
}

impl Fixture {
    pub fn of(type_name: &str) -> Self {
        let file = format!("{}.json", type_name.replace(':', "."));
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/handlers/fixtures").join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let whole: Json =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (mut places, mut counts) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
        for around in whole["around"].as_array().into_iter().flatten() {
            let (type_name, name) = (text_of(&around["type"]), text_of(&around["name"]));
            let count = counts.entry(type_name.clone()).or_default();
            places.insert(format!("{type_name}/{name}"), *count);
            *count += 1;
        }
        Self { whole, places }
    }

    /// The samples of a property, with references to resources of the stack. Where more than one resource
    /// fits, there is a sample for each of some.
    pub fn samples(&self, prod: &Prod, subject: &Row, property: &str) -> Vec<Value> {
        let samples = self.whole["samples"][property].as_array();
        let mut found: Vec<Value> = Vec::new();
        for sample in samples.into_iter().flatten() {
            for turn in 0..6 {
                let value = self.value(sample, prod, subject, turn);
                found.extend(value.filter(|value| !found.contains(value)));
            }
        }
        found
    }

    /// What stands beside a property in its tests.
    pub fn beside(&self, prod: &Prod, subject: &Row, property: &str) -> Map {
        let with = self.whole["with"][property].as_object();
        with.into_iter()
            .flatten()
            .filter_map(|(name, json)| Some((name.clone(), self.value(json, prod, subject, 0)?)))
            .collect()
    }

    fn value(&self, json: &Json, prod: &Prod, subject: &Row, turn: usize) -> Option<Value> {
        match json {
            Json::Object(map) if map.contains_key("$secret") => {
                Some(Value::Secret(Secret::new(text_of(&map["$secret"]))))
            }
            Json::Object(map) => match map.get("$output").and_then(Json::as_str) {
                Some(reference) => {
                    let (resource, output) = reference.rsplit_once('.')?;
                    let whole = self.output(resource, output, prod, subject, turn)?;
                    let steps = map.get("at").and_then(Json::as_array).into_iter().flatten();
                    steps.filter_map(Json::as_str).try_fold(whole, |value, key| match &value {
                        Value::Map(map) => map.get(key).cloned(),
                        Value::List(items) => items.get(key.parse::<usize>().ok()?).cloned(),
                        _ => None,
                    })
                }
                None => {
                    let entry = |(key, item): (&String, &Json)| {
                        Some((key.clone(), self.value(item, prod, subject, turn)?))
                    };
                    map.iter().map(entry).collect::<Option<Map>>().map(Value::Map)
                }
            },
            Json::Array(items) => {
                let items = items.iter().map(|item| self.value(item, prod, subject, turn));
                items.collect::<Option<Vec<Value>>>().map(Value::List)
            }
            plain => Some(Value::from_plain_json(plain)),
        }
    }

    fn output(&self, resource: &str, output: &str, prod: &Prod, subject: &Row, turn: usize) -> Option<Value> {
        let (type_name, _) = resource.split_once('/')?;
        let mut rows: Vec<&Row> = prod.rows(type_name).filter(|row| row.urn != subject.urn).collect();
        rows.sort_by_key(|row| row.region != subject.region);
        let at = self.places.get(resource)? + turn;
        // Each of them once, and no reference to the first again.
        if rows.is_empty() || turn >= rows.len() {
            return None;
        }
        let row = rows[at % rows.len()];
        if output == "id" { Some(Value::text(row.id.as_str())) } else { row.outputs.get(output).cloned() }
    }
}

fn text_of(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// Values that differ from this one in one place.
pub fn variants(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(yes) => vec![Value::Bool(!yes)],
        Value::Int(number) => [number + 1, number - 1, number * 2, number / 2].map(Value::Int).to_vec(),
        Value::Number(number) => [number + 1.0, number / 2.0].map(Value::Number).to_vec(),
        Value::Text(text) => texts(text).into_iter().map(Value::Text).collect(),
        Value::Secret(secret) => {
            let texts = secret.reveal().map(texts).unwrap_or_default();
            texts.into_iter().map(|text| Value::Secret(Secret::new(text))).collect()
        }
        Value::List(items) => lists(items),
        Value::Map(map) => maps(map),
        Value::Null | Value::Unknown | Value::Expr(_) => Vec::new(),
    }
}

fn texts(text: &str) -> Vec<String> {
    if let Ok(json @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str::<Json>(text) {
        let inner = variants(&Value::from_plain_json(&json));
        return inner.iter().filter_map(|value| value.clear_json().map(|json| json.to_string())).collect();
    }
    if let Ok(number) = text.parse::<i64>() {
        return vec![(number + 1).to_string()];
    }
    let mut found = vec![format!("{text}x"), format!("x{text}")];
    if text.contains(" OR ") {
        found.push(text.replacen(" OR ", " AND ", 1));
    }
    // A digit more or less: names of hosts, times, versions.
    if let Some(at) = text.rfind(|c: char| c.is_ascii_digit()) {
        let digit = if &text[at..=at] == "1" { "2" } else { "1" };
        found.push(format!("{}{digit}{}", &text[..at], &text[at + 1..]));
    }
    found
}

fn lists(items: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate().take(3) {
        for other in variants(item).into_iter().take(4) {
            let mut changed = items.to_vec();
            changed[index] = other;
            found.push(Value::List(changed));
        }
    }
    if let [_, .., _] = items {
        found.push(Value::List(items[..items.len() - 1].to_vec()));
    }
    if let Some(Value::Text(text)) = items.last() {
        let mut more = items.to_vec();
        more.push(Value::text(format!("{text}x")));
        found.push(Value::List(more));
    }
    found.push(Value::List(Vec::new()));
    found
}

fn maps(map: &Map) -> Vec<Value> {
    let mut found = Vec::new();
    for (key, item) in map {
        for other in variants(item).into_iter().take(3) {
            let mut changed = map.clone();
            changed.insert(key.clone(), other);
            found.push(Value::Map(changed));
        }
    }
    for key in map.keys() {
        let mut fewer = map.clone();
        fewer.remove(key);
        found.push(Value::Map(fewer));
    }
    found
}
