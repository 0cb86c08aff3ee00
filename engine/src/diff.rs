//! Differences between what is, what was and what is wanted.

use serde::{Deserialize, Serialize};

use crate::contract::Live;
use crate::normal::same;
use crate::program::Options;
use crate::redact::secrets_of;
use crate::schema::{Effect as Declared, Equality, Property, TypeSpec};
use crate::value::{Map, Value, path_covers};

/// What a change does to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: AWS keeps what it chose, or only the record changes.
    None,
    /// Changed in place.
    Update,
    /// Changed in place, with an interruption of service.
    Interrupt,
    /// The resource is replaced.
    Replace,
}

/// One property's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where: `tags.Name`, `cidr_block`.
    pub path: String,
    /// What it was.
    pub before: Value,
    /// What it becomes.
    pub after: Value,
    /// What that does.
    pub effect: Effect,
}

/// What separates the inputs on record from the wanted ones.
#[must_use]
pub fn diff_inputs(spec: &TypeSpec, before: &Map, after: &Map, options: &Options) -> Vec<Change> {
    let mut filled = before.clone();
    spec.fill_defaults(&mut filled);
    spec.properties
        .iter()
        .filter(|property| !property.told)
        .flat_map(|property| {
            let (old, new) = (filled.get(property.name), after.get(property.name));
            changes_of(property, old, new, options)
        })
        .collect()
}

/// What separates a live resource from the wanted inputs, for what the
/// program sets or AWS defaults; write-only properties cannot be seen.
///
/// What only a replacement can change cannot have gone from a standing
/// resource: where a read does not give it back, the record stays the base.
#[must_use]
pub fn diff_live(spec: &TypeSpec, live: &Live, wanted: &Map, options: &Options) -> Vec<Change> {
    live_changes(spec, live, wanted, options, false)
}

/// What of a live resource is only told of: nothing is done about it.
#[must_use]
pub fn told_of(spec: &TypeSpec, live: &Live, wanted: &Map, options: &Options) -> Vec<Change> {
    let is_told = |change: &Change| {
        let name = change.path.split('.').next().unwrap_or_default();
        spec.property(name).is_some_and(|property| property.told)
    };
    live_changes(spec, live, wanted, options, true).into_iter().filter(is_told).collect()
}

fn live_changes(spec: &TypeSpec, live: &Live, wanted: &Map, options: &Options, told: bool) -> Vec<Change> {
    spec.properties
        .iter()
        .filter(|property| !property.write_only && wanted.contains_key(property.name))
        .filter(|property| told || !property.told)
        // Unread is no difference.
        .filter(|property| !live.properties.get(property.name).is_some_and(Value::has_unknown))
        .filter(|property| {
            property.effect != Declared::Replace || live.properties.contains_key(property.name)
        })
        .flat_map(|property| {
            changes_of(property, live.properties.get(property.name), wanted.get(property.name), options)
        })
        .collect()
}

/// What separates a live resource from the record, seen from the record:
/// `before` is what was on record, `after` what stands.
#[must_use]
pub fn drift_of(spec: &TypeSpec, recorded: &Map, live: &Live, options: &Options) -> Vec<Change> {
    let mut filled = recorded.clone();
    spec.fill_defaults(&mut filled);
    let mut changes = live_changes(spec, live, &filled, options, true);
    for change in &mut changes {
        std::mem::swap(&mut change.before, &mut change.after);
    }
    changes
}

/// The wanted inputs with what `ignore_changes` covers taken from the live resource.
#[must_use]
pub fn with_ignored(wanted: &Map, live: &Map, options: &Options) -> Map {
    let mut out = wanted.clone();
    if options.ignore_changes.iter().any(|pattern| pattern == "*") {
        let stands = |(name, value): (&String, &Value)| {
            wanted.contains_key(name).then(|| (name.clone(), value.clone()))
        };
        return live.iter().filter_map(stands).collect();
    }
    for pattern in &options.ignore_changes {
        let (name, rest) = match pattern.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (pattern.as_str(), None),
        };
        match (rest, out.get_mut(name)) {
            (Some(key), Some(Value::Map(map))) if key != "*" => {
                match live.get(name).and_then(Value::as_map).and_then(|live| live.get(key)) {
                    Some(value) => map.insert(key.to_owned(), value.clone()),
                    None => map.remove(key),
                };
            }
            (_, Some(_)) => {
                match live.get(name) {
                    Some(value) => out.insert(name.to_owned(), value.clone()),
                    None => out.remove(name),
                };
            }
            (_, None) => {}
        }
    }
    out
}

fn changes_of(
    property: &Property,
    old: Option<&Value>,
    new: Option<&Value>,
    options: &Options,
) -> Vec<Change> {
    let null = Value::Null;
    let (before, after) = (old.unwrap_or(&null), new.unwrap_or(&null));
    let unknown = after.has_unknown();
    if !unknown && same(property.equality, after, before) {
        return Vec::new();
    }
    let declared = match property.effect {
        // Not set any more: AWS keeps what stands, only the record changes.
        _ if new.is_none() => Effect::None,
        Declared::Replace if property.eased.is_some() && after.as_text() == property.eased => Effect::Update,
        Declared::Update => Effect::Update,
        Declared::Interrupt => Effect::Interrupt,
        Declared::Replace => Effect::Replace,
    };
    let change = |path: String, before: &Value, after: &Value| {
        let demanded = options.replace_on_changes.iter().any(|pattern| path_covers(pattern, &path));
        let (before, after) = (masked_like(before, after, property), masked_like(after, before, property));
        Change { path, before, after, effect: if demanded { Effect::Replace } else { declared } }
    };
    let by_key = matches!(property.equality, Equality::Exact | Equality::Tags | Equality::PolicyMap);
    let found = match (before, after) {
        (Value::Map(old), Value::Map(new)) if by_key => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            let inner =
                if property.equality == Equality::PolicyMap { Equality::Policy } else { Equality::Exact };
            keys.into_iter()
                .filter(|key| property.equality != Equality::Tags || !is_theirs(key, options))
                .filter_map(|key| {
                    let (was, is) = (old.get(key).unwrap_or(&null), new.get(key).unwrap_or(&null));
                    let differs = is.has_unknown() || !same(inner, is, was);
                    differs.then(|| change(format!("{}.{key}", property.name), was, is))
                })
                .collect()
        }
        _ => vec![change(property.name.to_owned(), before, after)],
    };
    found
        .into_iter()
        .filter(|change: &Change| {
            !options.ignore_changes.iter().any(|pattern| path_covers(pattern, &change.path))
        })
        .collect()
}

/// Whether a tag is AWS's own, or of a hand that is left alone.
fn is_theirs(key: &str, options: &Options) -> bool {
    key.starts_with("aws:") || options.ignore_tags.covers(key)
}

/// The value, as a secret where the property is secret or its counterpart holds one.
fn masked_like(value: &Value, counterpart: &Value, property: &Property) -> Value {
    let secret = property.secret || counterpart.has_secret();
    match value {
        Value::Null | Value::Unknown | Value::Secret(_) => value.clone(),
        _ if secret => tainted(value),
        _ => value.clone(),
    }
}

/// The value with every text in it made secret.
#[must_use]
pub fn tainted(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Secret(crate::secret::Secret::new(text.as_str())),
        Value::List(items) => Value::List(items.iter().map(tainted).collect()),
        Value::Map(map) => Value::Map(map.iter().map(|(key, item)| (key.clone(), tainted(item))).collect()),
        other => other.clone(),
    }
}

/// Makes secret what AWS answered in clear but is secret by spec, stands where the inputs have a
/// secret, or holds a secret text of the inputs.
pub fn taint_live(spec: &TypeSpec, live: &mut Live, inputs: &Map) {
    let secrets = secrets_of(inputs);
    let by_spec = |name: &str| {
        spec.property(name).is_some_and(|property| property.secret)
            || spec.outputs.iter().any(|output| output.name == name && output.secret)
    };
    for (name, value) in &mut live.properties {
        *value = match inputs.get(name) {
            _ if by_spec(name) => tainted(value),
            Some(wanted) => taint_holding(&tainted_like(value, wanted), &secrets),
            None => taint_holding(value, &secrets),
        };
    }
    for (name, value) in &mut live.outputs {
        *value = if by_spec(name) { tainted(value) } else { taint_holding(value, &secrets) };
    }
}

/// The value with those of its texts made secret that stand where `wanted` has a secret. Where the
/// two are not of one shape, and in lists, whose order may differ, that is every text.
fn tainted_like(value: &Value, wanted: &Value) -> Value {
    match (value, wanted) {
        (value, wanted) if !wanted.has_secret() => value.clone(),
        (Value::Map(map), Value::Map(wanted)) => {
            let like = |key: &String, item: &Value| match wanted.get(key) {
                Some(wanted) => tainted_like(item, wanted),
                None => item.clone(),
            };
            Value::Map(map.iter().map(|(key, item)| (key.clone(), like(key, item))).collect())
        }
        (value, _) => tainted(value),
    }
}

fn taint_holding(value: &Value, secrets: &[String]) -> Value {
    match value {
        Value::Text(text) if secrets.iter().any(|secret| text.contains(secret.as_str())) => tainted(value),
        Value::List(items) => Value::List(items.iter().map(|item| taint_holding(item, secrets)).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), taint_holding(item, secrets))).collect())
        }
        other => other.clone(),
    }
}
