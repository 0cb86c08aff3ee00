//! What is known of single properties and types, each with its reason, from `known.json`. What is not needed
//! any more fails the tests.

use std::path::PathBuf;
use std::sync::LazyLock;

use finsight_engine::state::Row;
use serde_json::Value as Json;

/// All that is known.
pub static KNOWN: LazyLock<Known> = LazyLock::new(Known::read);

pub struct Known {
    /// Values for properties of which neither the fixture nor the value that stands gives one.
    values: Vec<Json>,
    /// Properties that no one can change so that `drift` would have to see it.
    pub left_out: Vec<Json>,
    /// Properties that do not change alone, with what else `drift` then finds: properties of the same resource,
    /// `type/property` of others, or `type/deleted`.
    pub coupled: Vec<Json>,
    /// Types whose resources take others with them.
    pub cascades: Vec<Json>,
    /// Types of which a deletion is found as a change.
    settings: Vec<Json>,
    /// Types of which no resource can be deleted from outside.
    pub standing: Vec<Json>,
}

impl Known {
    fn read() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/drifts/known.json");
        let text = std::fs::read_to_string(&path).expect("the file of what is known");
        let json: Json = serde_json::from_str(&text).expect("JSON");
        let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
        let all = Self {
            values: list("values"),
            left_out: list("left_out"),
            coupled: list("coupled"),
            cascades: list("cascades"),
            settings: list("settings"),
            standing: list("standing"),
        };
        let reasoned = [&all.left_out, &all.coupled, &all.cascades, &all.settings, &all.standing];
        for entry in reasoned.into_iter().flatten() {
            assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        }
        all
    }

    pub fn values(&self, type_name: &str, property: &str) -> impl Iterator<Item = &Json> {
        let fits = move |it: &&Json| it["type"] == type_name && it["property"] == property;
        self.values.iter().filter(fits).map(|it| &it["value"])
    }

    /// The place of the entry that leaves out a property of this resource: of all of its type, of those whose
    /// URN ends so (`resource`), that have another property (`beside`), or that have not this one (`unset`).
    pub fn left_out(&self, row: &Row, property: &str) -> Option<usize> {
        let has = |name: &str| row.inputs.get(name).is_some_and(|value| !value.is_null());
        let here = |it: &Json| {
            row.urn.as_str().ends_with(it["resource"].as_str().unwrap_or_default())
                && it["beside"].as_str().is_none_or(has)
                && !(it["unset"] == true && has(property))
        };
        let fits = |it: &Json| it["type"] == row.urn.type_name() && it["property"] == property && here(it);
        self.left_out.iter().position(fits)
    }

    /// What may be found beside a property.
    pub fn beside(&self, type_name: &str, property: &str) -> Vec<&str> {
        let fits = |it: &&Json| it["type"] == type_name && it["property"] == property;
        texts(self.coupled.iter().find(fits), "also")
    }

    /// The types that go with one of this type.
    pub fn cascade(&self, type_name: &str) -> Vec<&str> {
        texts(self.cascades.iter().find(|it| it["type"] == type_name), "takes")
    }

    pub fn is_setting(&self, type_name: &str) -> bool {
        self.settings.iter().any(|it| it["type"] == type_name)
    }

    pub fn is_standing(&self, type_name: &str) -> bool {
        self.standing.iter().any(|it| it["type"] == type_name)
    }
}

fn texts<'a>(entry: Option<&'a Json>, name: &str) -> Vec<&'a str> {
    entry.and_then(|it| it[name].as_array()).into_iter().flatten().filter_map(Json::as_str).collect()
}
