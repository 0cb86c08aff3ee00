//! What WAF's errors mean, its ids, and small parts of its requests.

use aws_sdk_wafv2::types::Scope;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};

use crate::failure::unexpected;

/// What an SDK builder made; what it misses is a mistake of the input.
pub fn built<T, E: std::fmt::Display>(made: Result<T, E>) -> Result<T, Failure> {
    made.map_err(|error| invalid(&error.to_string()))
}

/// A mistake of the input that AWS is not asked about.
pub fn invalid(message: &str) -> Failure {
    let mut failure = unexpected("request", message);
    failure.class = FailureClass::Invalid;
    failure.code = "PropertyInvalid".to_owned();
    failure
}

/// What a physical id is made of: name, AWS's id and scope.
pub struct Id<'a> {
    pub name: &'a str,
    pub id: &'a str,
    pub scope: Scope,
}

impl<'a> Id<'a> {
    /// The parts of `<name>|<id>|<scope>`.
    pub fn of(text: &'a str) -> Result<Self, Failure> {
        match text.split('|').collect::<Vec<_>>().as_slice() {
            [name, id, scope] => Ok(Self { name, id, scope: Scope::from(*scope) }),
            _ => Err(invalid(&format!("`{text}` is not of the form <name>|<id>|<scope>"))),
        }
    }
}

/// The physical id of something.
pub fn joined(name: &str, id: &str, scope: &str) -> String {
    format!("{name}|{id}|{scope}")
}

/// The nested structure of a member, where it is set.
pub fn part<'a>(map: &'a Map, name: &str) -> Option<&'a Map> {
    map.get(name).and_then(Value::as_map)
}

/// The one entry of a structure that is one of several kinds.
pub fn kind_of(map: &Map) -> Result<(&str, &Map), Failure> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((kind, Value::Map(members))), None) => Ok((kind, members)),
        _ => Err(invalid("a statement, field or action is of exactly one kind")),
    }
}

/// Texts that AWS keeps as a set, in order; none where there are none.
pub fn sorted(items: impl IntoIterator<Item = impl Into<String>>) -> Option<Value> {
    let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
    items.sort_unstable();
    (!items.is_empty()).then(|| Value::List(items.into_iter().map(Value::Text).collect()))
}
