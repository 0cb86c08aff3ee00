//! Values: what properties and outputs are made of.

mod stored;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};

use crate::expr::Expr;
use crate::secret::{Sealer, Secret};

/// Properties or outputs by name.
pub type Map = BTreeMap<String, Value>;

/// A property's value: known, secret, not yet known, or an expression over
/// the outputs of other resources.
#[derive(Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing: the property is not set.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(Map),
    /// A text that is never shown.
    Secret(Secret),
    /// Known only once something else has been created or changed.
    Unknown,
    /// Computed from other resources' outputs when those are known.
    Expr(Box<Expr>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The clear text of a text or an opened secret.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Secret(secret) => secret.reveal(),
            _ => None,
        }
    }

    /// The truth value.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The whole number.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// The items of a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The entries of a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Whether no value is set.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether anything in it is not known yet.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.any(&|value| matches!(value, Self::Unknown | Self::Expr(_)))
    }

    /// Whether anything in it is secret.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.any(&|value| matches!(value, Self::Secret(_)))
    }

    /// Whether the test holds for the value or anything in it, expressions included.
    pub fn any(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        test(self)
            || match self {
                Self::List(items) => items.iter().any(|item| item.any(test)),
                Self::Map(map) => map.values().any(|item| item.any(test)),
                Self::Expr(expr) => expr.operands().any(|item| item.any(test)),
                _ => false,
            }
    }

    /// Calls `visit` on every secret in it.
    pub fn each_secret(&mut self, visit: &mut dyn FnMut(&mut Secret)) {
        match self {
            Self::Secret(secret) => visit(secret),
            Self::List(items) => items.iter_mut().for_each(|item| item.each_secret(visit)),
            Self::Map(map) => map.values_mut().for_each(|item| item.each_secret(visit)),
            Self::Expr(expr) => expr.operands_mut().for_each(|item| item.each_secret(visit)),
            _ => {}
        }
    }

    /// Gives every secret in it its sealed form.
    pub fn seal(&mut self, sealer: &dyn Sealer) {
        self.each_secret(&mut |secret| secret.seal(sealer));
    }

    /// Opens every secret in it.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn open(&mut self, sealer: &dyn Sealer) -> Result<(), String> {
        let mut outcome = Ok(());
        self.each_secret(&mut |secret| {
            if let Err(why) = secret.open(sealer) {
                outcome = Err(why);
            }
        });
        outcome
    }

    /// JSON for people and pipelines: an unknown is `{"$unknown":true}`, a
    /// secret `{"$secret":true}`, never its text.
    #[must_use]
    pub fn masked(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Number(value) => json!(value),
            Self::Text(value) => json!(value),
            Self::List(items) => Json::Array(items.iter().map(Self::masked).collect()),
            Self::Map(map) => {
                Json::Object(map.iter().map(|(key, item)| (key.clone(), item.masked())).collect())
            }
            Self::Secret(_) => json!({"$secret": true}),
            Self::Unknown => json!({"$unknown": true}),
            Self::Expr(expr) if expr.is_secret() => json!({"$secret": true}),
            Self::Expr(_) => json!({"$unknown": true}),
        }
    }

    /// JSON in clear, for a call to AWS; `None` while anything is unknown or sealed.
    #[must_use]
    pub fn clear_json(&self) -> Option<Json> {
        Some(match self {
            Self::Null => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Number(value) => json!(value),
            Self::Text(value) => json!(value),
            Self::List(items) => Json::Array(items.iter().map(Self::clear_json).collect::<Option<_>>()?),
            Self::Map(map) => Json::Object(
                map.iter()
                    .map(|(key, item)| Some((key.clone(), item.clear_json()?)))
                    .collect::<Option<_>>()?,
            ),
            Self::Secret(secret) => json!(secret.reveal()?),
            Self::Unknown | Self::Expr(_) => return None,
        })
    }

    /// The value of plain JSON, with nothing in it read as a marker.
    #[must_use]
    pub fn from_plain_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Number(number.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_plain_json).collect()),
            Json::Object(map) => {
                Self::Map(map.iter().map(|(key, item)| (key.clone(), Self::from_plain_json(item))).collect())
            }
        }
    }
}

/// Shows the masked JSON, so that a log or a failed assertion shows no secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.masked())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

/// A whole number is a [`Value::Int`], as it is in JSON: `80.0` is `80`.
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            Self::Int(value as i64)
        } else {
            Self::Number(value)
        }
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The value at a path such as `tags.Name` or `routes.0.target`; `None` where nothing is.
#[must_use]
pub fn at_path<'a>(map: &'a Map, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = map.get(parts.next()?)?;
    for part in parts {
        value = match value {
            Value::Map(map) => map.get(part)?,
            Value::List(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Whether `path` is `pattern` or lies below it; `*` in the pattern matches one part.
#[must_use]
pub fn path_covers(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('.');
    pattern.split('.').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reversed;

    impl Sealer for Reversed {
        fn seal(&self, clear: &str) -> String {
            clear.chars().rev().collect()
        }

        fn open(&self, sealed: &str) -> Result<String, String> {
            Ok(sealed.chars().rev().collect())
        }
    }

    #[test]
    fn a_secret_is_never_shown_or_stored_in_clear() {
        let mut value = Value::Map(Map::from([("k".into(), Value::Secret(Secret::new("hunter2")))]));
        assert_eq!(format!("{value:?}"), r#"{"k":{"$secret":true}}"#);
        assert!(serde_json::to_string(&value).is_err());
        value.seal(&Reversed);
        let stored = serde_json::to_string(&value).unwrap();
        assert_eq!(stored, r#"{"k":{"$secret":"2retnuh"}}"#);
        let mut back: Value = serde_json::from_str(&stored).unwrap();
        back.open(&Reversed).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn a_user_s_dollar_key_survives_storage() {
        let value = Value::from_plain_json(&json!({"$ref": "#/x", "a": {"$secret": true}}));
        let back = Value::from_stored(&value.to_stored().unwrap()).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn paths() {
        let map = Map::from([("a".into(), Value::from_plain_json(&json!({"b": [1, {"c": 2}]})))]);
        assert_eq!(at_path(&map, "a.b.1.c"), Some(&Value::Int(2)));
        assert!(path_covers("a.*", "a.b.1") && !path_covers("a.b", "a"));
    }
}
