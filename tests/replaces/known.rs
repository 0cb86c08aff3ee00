//! What is known of single types and properties, from `known.json`, each left-out one with its reason.

use std::path::PathBuf;
use std::sync::LazyLock;

use finsight_engine::value::Value;
use serde_json::Value as Json;

/// All that is known.
pub static KNOWN: LazyLock<Known> = LazyLock::new(Known::read);

pub struct Known {
    /// Values that AWS takes where neither the fixture nor the stack gives one.
    values: Vec<Json>,
    /// Properties of which no stack can have another value without more changes: tried on the fixture.
    of_fixture: Vec<Json>,
    /// Properties without another value.
    left_out: Vec<Json>,
}

impl Known {
    fn read() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/replaces/known.json");
        let text = std::fs::read_to_string(&path).expect("the file of what is known");
        let json: Json = serde_json::from_str(&text).expect("JSON");
        let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
        let all = Self { values: list("values"), of_fixture: list("of_fixture"), left_out: list("left_out") };
        for entry in all.left_out.iter().chain(&all.of_fixture) {
            assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        }
        all
    }

    pub fn values(&self, type_name: &str, property: &str) -> impl Iterator<Item = Value> {
        let fits = move |it: &&Json| it["type"] == type_name && it["property"] == property;
        self.values.iter().filter(fits).map(|it| Value::from_plain_json(&it["value"]))
    }

    pub fn is_of_fixture(&self, type_name: &str, property: &str) -> bool {
        self.of_fixture.iter().any(|it| it["type"] == type_name && it["property"] == property)
    }

    pub fn is_left_out(&self, type_name: &str, property: &str) -> bool {
        self.left_out.iter().any(|it| it["type"] == type_name && it["property"] == property)
    }
}
