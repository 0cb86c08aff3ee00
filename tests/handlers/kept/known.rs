//! What is known of single types, from `kept.json`, each line with its reason.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use finsight_engine::schema::Registry;
use serde::Deserialize;

use crate::fixture::Fixture;

/// All that is known.
pub static KNOWN: LazyLock<Known> = LazyLock::new(Known::read);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Properties of which only one stands in a test beside the property under test.
    pub apart: Vec<Apart>,
    /// Paths that change with a property although they are not its own.
    pub moves: Vec<Move>,
    /// Properties that cannot be judged.
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    #[serde(rename = "type")]
    pub type_name: String,
    /// With one name alone: it stands beside no other.
    pub properties: BTreeSet<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// A type, or `*`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The properties; none: all of the type.
    #[serde(default)]
    pub properties: BTreeSet<String>,
    /// A path in the account, `*` for anything.
    pub path: String,
    /// Whether it hangs on chance or the time that a run takes.
    #[serde(default)]
    pub sometimes: bool,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    #[serde(rename = "type")]
    pub type_name: String,
    pub property: String,
    reason: String,
}

impl Known {
    fn read() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/handlers/kept.json");
        let text = std::fs::read_to_string(&path).expect("the file of what is known");
        let all: Self =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let reasons = all.apart.iter().map(|it| &it.reason);
        let reasons = reasons.chain(all.moves.iter().map(|it| &it.reason));
        for reason in reasons.chain(all.left_out.iter().map(|it| &it.reason)) {
            assert!(!reason.is_empty(), "a line of {} has no reason", path.display());
        }
        all
    }

    /// Compares the file with the types and the fixtures.
    pub fn check(&self, registry: &Registry) {
        let exists = |type_name: &str, property: &str| {
            let found = registry.get(type_name).and_then(|spec| spec.property(property));
            assert!(found.is_some(), "{type_name}.{property} does not exist");
        };
        for it in &self.apart {
            it.properties.iter().for_each(|property| exists(&it.type_name, property));
        }
        for it in self.moves.iter().filter(|it| it.type_name != "*") {
            it.properties.iter().for_each(|property| exists(&it.type_name, property));
        }
        for it in &self.left_out {
            exists(&it.type_name, &it.property);
            let (first, second) = &Fixture::of(&it.type_name).samples[&it.property];
            assert_eq!(first, second, "{}.{} can be judged", it.type_name, it.property);
        }
    }

    /// The lines that a whole run did not meet.
    pub fn stale(&self, met: &BTreeSet<usize>) -> Vec<String> {
        let unmet = self.moves.iter().enumerate().filter(|(line, it)| !met.contains(line) && !it.sometimes);
        unmet.map(|(_, it)| format!("does not move: {it:?}")).collect()
    }

    pub fn is_left_out(&self, type_name: &str, property: &str) -> bool {
        self.left_out.iter().any(|it| it.type_name == type_name && it.property == property)
    }

    /// Whether a property may stand beside these.
    pub fn may_stand(&self, type_name: &str, property: &str, beside: &BTreeSet<String>) -> bool {
        self.apart.iter().filter(|it| it.type_name == type_name && it.properties.contains(property)).all(
            |it| {
                it.properties.len() > 1
                    && it.properties.iter().all(|other| other == property || !beside.contains(other))
            },
        )
    }

    /// The line that says why a path changes with a property.
    pub fn moves(&self, type_name: &str, property: &str, path: &str) -> Option<usize> {
        self.moves.iter().position(|it| {
            (it.type_name == "*" || it.type_name == type_name)
                && (it.properties.is_empty() || it.properties.contains(property))
                && fits(&it.path, path)
        })
    }
}

/// Whether a text is like a pattern in which a star stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
