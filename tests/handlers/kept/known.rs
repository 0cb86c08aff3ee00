//! What is known of single types, from `kept.json`, each line with its reason.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;

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
