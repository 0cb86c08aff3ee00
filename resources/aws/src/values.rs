//! Between the engine's values and the SDK's types.

use std::collections::BTreeMap;

use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use crate::failure::unexpected;

/// The code of a call that was not sent, because a property has no value yet.
pub const MISSING: &str = "PropertyMissing";

/// Reads a handler's inputs.
pub trait Inputs {
    /// The text of a property; `None` where it is not set.
    fn text(&self, name: &str) -> Option<&str>;
    /// The text of a property that the spec requires.
    ///
    /// # Errors
    /// When it is missing all the same: nothing is sent.
    fn required(&self, name: &str) -> Result<&str, Failure>;
    /// The truth value of a property.
    fn flag(&self, name: &str) -> Option<bool>;
    /// The whole number of a property.
    fn int(&self, name: &str) -> Option<i64>;
    /// The number of a property, whole or not.
    fn number(&self, name: &str) -> Option<f64>;
    /// The same as the SDK's 32-bit number.
    fn int32(&self, name: &str) -> Option<i32>;
    /// The texts of a list property; empty where it is not set.
    fn texts(&self, name: &str) -> Vec<String>;
    /// The maps of a list property; empty where it is not set.
    fn maps(&self, name: &str) -> Vec<&Map>;
    /// The tags.
    fn tags(&self) -> BTreeMap<String, String>;
}

impl Inputs for Map {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text)
    }

    fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| {
            let mut failure = unexpected("request", &format!("property `{name}` has no value"));
            failure.class = finsight_engine::contract::FailureClass::Invalid;
            failure.code = MISSING.to_owned();
            failure
        })
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_int)
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Int(number) => Some(*number as f64),
            _ => None,
        }
    }

    fn int32(&self, name: &str) -> Option<i32> {
        self.int(name).and_then(|number| i32::try_from(number).ok())
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.get(name)
            .and_then(Value::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| item.as_text().map(str::to_owned))
            .collect()
    }

    fn maps(&self, name: &str) -> Vec<&Map> {
        self.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map).collect()
    }

    fn tags(&self) -> BTreeMap<String, String> {
        self.get("tags").map(text_map).unwrap_or_default()
    }
}

/// The texts of a map value.
#[must_use]
pub fn text_map(value: &Value) -> BTreeMap<String, String> {
    value
        .as_map()
        .into_iter()
        .flatten()
        .filter_map(|(key, item)| Some((key.clone(), item.as_text()?.to_owned())))
        .collect()
}

/// Builds a map of values, leaving out what is `None`.
#[derive(Default)]
pub struct Values(Map);

impl Values {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value, unless there is none.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// Sets a list of texts.
    #[must_use]
    pub fn list<I: Into<String>>(self, name: &str, items: impl IntoIterator<Item = I>) -> Self {
        self.set(name, Value::List(items.into_iter().map(|item| Value::Text(item.into())).collect()))
    }

    /// Sets `tags` from key-value pairs.
    #[must_use]
    pub fn tags<K: Into<String>, V: Into<String>>(self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        self.set(
            "tags",
            Value::Map(
                tags.into_iter().map(|(key, value)| (key.into(), Value::Text(value.into()))).collect(),
            ),
        )
    }

    /// The map.
    #[must_use]
    pub fn build(self) -> Map {
        self.0
    }
}

/// Which tags to set and which keys to take away to get from `live` to `desired`.
///
/// AWS's own tags (`aws:…`) are left alone.
#[must_use]
pub fn tag_changes(live: &Map, desired: &Map) -> (BTreeMap<String, String>, Vec<String>) {
    let (live, desired) = (live.tags(), desired.tags());
    let removed =
        live.keys().filter(|key| !key.starts_with("aws:") && !desired.contains_key(*key)).cloned().collect();
    let set = desired.into_iter().filter(|(key, value)| live.get(key) != Some(value)).collect();
    (set, removed)
}
