//! What is known of single types and properties, from `known.json`, each left-out one with its reason.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use finsight_engine::schema::{Effect, Registry, TypeSpec};
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
    /// Types that no change of a property replaces.
    by_no_property: Vec<Json>,
    /// Ends of paths in the account that change without anybody's doing.
    moves: Vec<Json>,
    /// Types of which AWS itself has more or fewer afterwards.
    counts: Vec<Json>,
}

impl Known {
    fn read() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/replaces/known.json");
        let text = std::fs::read_to_string(&path).expect("the file of what is known");
        let json: Json = serde_json::from_str(&text).expect("JSON");
        let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
        let all = Self {
            values: list("values"),
            of_fixture: list("of_fixture"),
            left_out: list("left_out"),
            by_no_property: list("by_no_property"),
            moves: list("moves"),
            counts: list("counts"),
        };
        let lists = [&all.left_out, &all.of_fixture, &all.by_no_property, &all.moves, &all.counts];
        for entry in lists.into_iter().flatten() {
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

    /// Why a path of the account may change.
    /// By its end; of what goes along with a type (`of`), by any part.
    pub fn moves(&self, path: &str, touched: &[String]) -> Option<&str> {
        let fits = |it: &&Json| match (it["path"].as_str(), it["of"].as_str()) {
            (Some(part), Some(of)) => path.contains(part) && touched.iter().any(|label| label.contains(of)),
            (Some(end), None) => path.ends_with(end),
            (None, _) => false,
        };
        self.moves.iter().find(fits).and_then(|it| it["reason"].as_str())
    }

    /// Whether AWS itself makes or takes away resources of a type with what was changed.
    pub fn counts_differ(&self, type_name: &str, touched: &[String]) -> bool {
        let fits = |it: &Json| {
            let of = it["of"].as_str().unwrap_or_default();
            it["type"] == type_name && touched.iter().any(|label| label.contains(of))
        };
        self.counts.iter().any(fits)
    }

    pub fn is_left_out(&self, type_name: &str, property: &str) -> bool {
        self.left_out.iter().any(|it| it["type"] == type_name && it["property"] == property)
    }

    /// Compares the file with the types: what it names exists, and what is in no case is said there with its reason.
    pub fn check(&self, registry: &Registry) {
        for entry in self.values.iter().chain(&self.of_fixture).chain(&self.left_out) {
            let text = |name: &str| entry[name].as_str().unwrap_or_default();
            let property = registry.get(text("type")).and_then(|spec| spec.property(text("property")));
            let replaces = property.is_some_and(|property| property.effect == Effect::Replace);
            assert!(replaces, "no property that replaces: {entry}");
        }
        let tried = |spec: &&TypeSpec| {
            let replacing = spec.properties.iter().filter(|property| property.effect == Effect::Replace);
            replacing.into_iter().any(|property| !self.is_left_out(spec.name, property.name))
        };
        let not: BTreeSet<&str> = registry.iter().filter(|spec| !tried(spec)).map(|spec| spec.name).collect();
        let said: BTreeSet<&str> =
            self.by_no_property.iter().map(|entry| entry["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(not, said, "types that no change of a property replaces");
    }
}
