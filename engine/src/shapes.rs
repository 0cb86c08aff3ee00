//! Stored formats held to their version: what the tests of plan and state have in common.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::expr::{ContextKey, Expr};
use crate::program::{Options, Timeouts};
use crate::secret::Secret;
use crate::tags::IgnoredTags;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// All variants of an enum: the match in `next` fails to compile when one is added.
pub(crate) fn all<T: Clone>(first: T, next: impl Fn(&T) -> Option<T>) -> Vec<T> {
    std::iter::successors(Some(first), next).collect()
}

/// Compares a shape, shown by an example of everything in it, with the digest that belongs to a version.
pub(crate) fn held(name: &str, version: u32, shapes: &[(u32, &str)], shape: &Json) {
    let digest = blake3::hash(sorted(shape).as_bytes()).to_hex()[..16].to_owned();
    let wanted = shapes.last().map(|(version, digest)| (*version, (*digest).to_owned()));
    assert_eq!(
        (version, digest),
        wanted.unwrap_or_default(),
        "what is stored has another shape: raise {name} if the version before was released, see to it that \
         what older versions wrote is still read, and note the new digest. The shape:\n{shape:#}"
    );
    assert!(shapes.windows(2).all(|pair| pair[0].0 < pair[1].0), "versions only rise");
}

/// The JSON text with its names in order, whatever order this build of `serde_json` keeps.
fn sorted(json: &Json) -> String {
    match json {
        Json::Object(fields) => {
            let fields: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, sorted(value))).collect();
            format!("{fields:?}")
        }
        Json::Array(items) => format!("{:?}", items.iter().map(sorted).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

pub(crate) fn urn() -> Urn {
    "dev/c/a:b:C/a".parse().unwrap()
}

/// One value of each kind. The keys are data, not shape.
pub(crate) fn map() -> Map {
    let values = all(Value::Null, |value| match value {
        Value::Null => Some(Value::Bool(true)),
        Value::Bool(_) => Some(Value::Int(1)),
        Value::Int(_) => Some(Value::Number(0.5)),
        Value::Number(_) => Some(Value::text("text")),
        Value::Text(_) => Some(Value::List(vec![Value::Int(1)])),
        Value::List(_) => Some(Value::Map(Map::from([("$a".to_owned(), Value::Null)]))),
        Value::Map(_) => Some(Value::Secret(Secret::from_sealed("sealed"))),
        Value::Secret(_) => Some(Value::Unknown),
        Value::Unknown => Some(Value::Expr(Box::new(Expr::Output { urn: urn(), name: "id".to_owned() }))),
        Value::Expr(expr) => next_expr(expr).map(|next| Value::Expr(Box::new(next))),
    });
    values.into_iter().enumerate().map(|(n, value)| (format!("v{n:02}"), value)).collect()
}

fn next_expr(expr: &Expr) -> Option<Expr> {
    let of = Value::Null;
    match expr {
        Expr::Output { .. } => Some(Expr::Context { key: ContextKey::AccountId }),
        Expr::Context { key: ContextKey::AccountId } => Some(Expr::Context { key: ContextKey::Region }),
        Expr::Context { key: ContextKey::Region } => Some(Expr::Context { key: ContextKey::Partition }),
        Expr::Context { key: ContextKey::Partition } => Some(Expr::Concat { items: vec![of] }),
        Expr::Concat { .. } => Some(Expr::Join { separator: ",".to_owned(), of }),
        Expr::Join { .. } => Some(Expr::Json { of }),
        Expr::Json { .. } => Some(Expr::Index { of, key: "a".to_owned() }),
        Expr::Index { .. } => Some(Expr::Base64 { of }),
        Expr::Base64 { .. } => None,
    }
}

pub(crate) fn options() -> Options {
    Options {
        protect: true,
        retain_on_delete: true,
        ignore_changes: vec!["a".to_owned()],
        replace_on_changes: vec!["b".to_owned()],
        delete_before_replace: true,
        moved_from: vec![urn()],
        import_id: Some("id".to_owned()),
        depends_on: BTreeMap::from([(urn(), "why".to_owned())]),
        timeouts: Timeouts { create: Some(1), update: Some(2), delete: Some(3) },
        region: Some("r".to_owned()),
        ignore_tags: IgnoredTags { keys: ["k".to_owned()].into(), prefixes: ["p".to_owned()].into() },
    }
}

/// Every object in it with one field more, but for those whose names are data.
pub(crate) fn with_a_field_more(json: &Json, data: &[&str]) -> Vec<(String, Json)> {
    let mut places = Vec::new();
    collect(json, String::new(), data, &mut places);
    places
        .into_iter()
        .map(|place| {
            let mut more = json.clone();
            more.pointer_mut(&place).unwrap()["from_the_future"] = json!(null);
            (place, more)
        })
        .collect()
}

fn collect(json: &Json, place: String, data: &[&str], places: &mut Vec<String>) {
    match json {
        Json::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| !data.contains(&name.as_str())) {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{place}/{name}"), data, places);
            }
            places.push(place);
        }
        Json::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{number}"), data, places);
            }
        }
        _ => {}
    }
}
