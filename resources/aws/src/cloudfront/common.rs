//! What CloudFront's errors mean, and small parts of its requests.

use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::normal::same;
use finsight_engine::schema::Equality;
use finsight_engine::value::{Map, Value};

use crate::failure::unexpected;
use crate::values::Inputs;

/// What an SDK builder made; what it misses is a mistake of the input.
pub fn built<T, E: std::fmt::Display>(made: Result<T, E>) -> Result<T, Failure> {
    made.map_err(|error| {
        let mut failure = unexpected("request", &error.to_string());
        failure.class = FailureClass::Invalid;
        failure.code = "PropertyMissing".to_owned();
        failure
    })
}

/// The `Quantity` of a list.
pub fn quantity<T>(items: &[T]) -> i32 {
    i32::try_from(items.len()).unwrap_or(i32::MAX)
}

/// The nested structure of a property, where it is set.
pub fn part<'a>(map: &'a Map, name: &str) -> Option<&'a Map> {
    map.get(name).and_then(Value::as_map)
}

/// The structures in a list property.
pub fn parts<'a>(map: &'a Map, name: &str) -> Vec<&'a Map> {
    map.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map).collect()
}

/// A text that is there and not empty.
pub fn filled(map: &Map, name: &str) -> Option<String> {
    map.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Texts that AWS keeps as a set, in order.
pub fn sorted(items: impl IntoIterator<Item = impl Into<String>>) -> Value {
    let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
    items.sort_unstable();
    Value::List(items.into_iter().map(Value::Text).collect())
}

/// Whether what stands is all that was asked for: policies take no tags, so that
/// one with our name and our content is taken for ours.
pub fn as_asked(inputs: &Map, live: &Map) -> bool {
    let null = Value::Null;
    inputs.iter().all(|(name, wanted)| {
        let stands = live.get(name).unwrap_or(&null);
        same(Equality::Unordered, wanted, stands)
    })
}
