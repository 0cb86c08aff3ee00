//! The data of a service model, as `models/make.py` writes it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fancy_regex::Regex;
use serde::Deserialize;

use super::java::whole;

/// What AWS publishes of one service: of the operations that are used, what they take.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Model {
    pub operations: BTreeMap<String, Operation>,
    pub shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Operation {
    /// The shape of what it takes, if it takes anything.
    pub input: Option<String>,
    /// The path of a REST service: `/2015-03-31/functions/{FunctionName}`.
    pub uri: String,
}

/// A member of a structure, or the element of a list or a map.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    pub of: String,
    /// Its name in the body, where it has another one there.
    pub wire: Option<String>,
    /// Its name in EC2's parameters.
    pub query: Option<String>,
    #[serde(rename = "in", default)]
    pub place: Place,
    #[serde(default)]
    pub flat: bool,
}

/// Where a REST service takes a member from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    #[default]
    Body,
    Uri,
    QueryString,
    Header,
    /// Every header that begins so.
    Headers,
    /// An attribute of an XML element, which is not looked at.
    Attribute,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Shape {
    Structure(Structure),
    List(List),
    Map(Map),
    String(Text),
    Blob,
    Integer(Bounds),
    Long(Bounds),
    Float(Bounds),
    Double(Bounds),
    Boolean,
    Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Structure {
    pub members: BTreeMap<String, Member>,
    #[serde(default)]
    pub required: Vec<String>,
    /// The member that is the whole body.
    pub payload: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct List {
    pub member: Member,
    #[serde(default)]
    pub flat: bool,
    #[serde(flatten)]
    pub bounds: Bounds,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Map {
    pub key: Member,
    pub value: Member,
    #[serde(default)]
    pub flat: bool,
    #[serde(flatten)]
    pub bounds: Bounds,
}

/// Of a text its length, of a list its number, of a number its value.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Bounds {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Text {
    #[serde(flatten)]
    pub bounds: Bounds,
    pub pattern: Option<String>,
    #[serde(rename = "enum", default)]
    pub values: Vec<String>,
    /// No message shows it.
    #[serde(default)]
    pub sensitive: bool,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

impl Text {
    /// Whether the whole of a text fits the pattern. AWS's patterns are Java's.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        let compiled = self.compiled.get_or_init(|| Regex::new(&whole(pattern)).ok());
        // A text on which the search gives up was not shown to be wrong.
        compiled.as_ref().is_none_or(|regex| regex.is_match(text).unwrap_or(true))
    }

    /// Whether the pattern can be held at all.
    #[cfg(test)]
    pub(crate) fn understood(&self) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| Regex::new(&whole(pattern)).is_ok())
    }
}
