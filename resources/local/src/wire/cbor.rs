//! CBOR bodies as JSON trees.

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

/// The tree of a body; `None` where it is not CBOR. An empty body is an empty map.
pub(crate) fn decode(body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return Some(Value::Object(Map::new()));
    }
    ciborium::from_reader::<Cbor, _>(body).ok().map(tree)
}

fn tree(value: Cbor) -> Value {
    match value {
        Cbor::Bool(value) => Value::Bool(value),
        Cbor::Integer(value) => i64::try_from(value).map_or(Value::Null, Value::from),
        Cbor::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Cbor::Text(value) => Value::String(value),
        Cbor::Array(items) => Value::Array(items.into_iter().map(tree).collect()),
        Cbor::Map(entries) => Value::Object(
            entries
                .into_iter()
                .filter_map(|(key, value)| Some((key.into_text().ok()?, tree(value))))
                .collect(),
        ),
        Cbor::Tag(_, inner) => tree(*inner),
        _ => Value::Null,
    }
}

/// Whether a number of this name is a moment: seconds since 1970.
pub(crate) fn is_moment(name: &str) -> bool {
    name.ends_with("Timestamp") || name == "LastModified"
}

/// The body of a tree.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory cannot fail; an empty body would be refused by the client.
    let _ = ciborium::into_writer(&item("", value), &mut out);
    out
}

fn item(name: &str, value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(*value),
        Value::Number(number) if is_moment(name) => {
            Cbor::Tag(1, Box::new(Cbor::Float(number.as_f64().unwrap_or_default())))
        }
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cbor::Integer(whole.into()),
            None => Cbor::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(|inner| item("", inner)).collect()),
        Value::Object(map) => {
            Cbor::Map(map.iter().map(|(key, inner)| (Cbor::Text(key.clone()), item(key, inner))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn there_and_back() {
        let tree = json!({"Threshold": 80.0, "Period": 60, "Names": ["a"], "On": true});
        assert_eq!(decode(&encode(&tree)), Some(tree));
        assert_eq!(decode(b"\xff"), None);
        assert_eq!(decode(b""), Some(json!({})));
    }
}
