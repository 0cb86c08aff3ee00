//! Small changes of a config, one for each thing in it.

use serde_json::{Map, Value as Json};

use super::trace::Key;

/// A change at one place.
pub(super) struct Change {
    /// The key that it is at.
    pub key: Key,
    path: Vec<String>,
    to: To,
}

impl Change {
    /// Whether it gives an entry another name.
    pub fn is_of_a_name(&self) -> bool {
        matches!(self.to, To::Name(_))
    }
}

enum To {
    Value(Json),
    /// Another name of the entry.
    Name(String),
}

/// All changes, in lots of which all can be made together: texts and numbers with a little more, and with a little less;
/// lists and maps with an entry less; other names of entries. Some of them leave no config.
pub(super) fn all(whole: &Json) -> [Vec<Change>; 4] {
    let mut lots = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    walk(whole, &mut Vec::new(), &mut |path, value| {
        let change =
            |found: String, to| Change { key: Key { path: path.join("."), found }, path: path.to_vec(), to };
        let [more, less, fewer, named] = &mut lots;
        let value_of = |to| change(shown(value), To::Value(to));
        more.extend(one_more(value).map(value_of));
        less.extend(one_less(value).map(value_of));
        fewer.extend(one_entry_less(value).map(value_of));
        named.extend(
            path.last().map(|name| change(format!("the name `{name}`"), To::Name(format!("{name}x")))),
        );
    });
    lots
}

/// The config with these changes.
pub(super) fn made(whole: &Json, changes: &[&Change]) -> Json {
    let mut config = whole.clone();
    // Inner ones first: their paths are those of what holds them.
    let mut changes = changes.to_vec();
    changes.sort_by_key(|change| std::cmp::Reverse(change.path.len()));
    for Change { path, to, .. } in changes {
        let Some((last, outer)) = path.split_last() else { continue };
        let Some(holder) = outer.iter().try_fold(&mut config, |value, part| entry(value, part)) else {
            continue;
        };
        match (to, holder) {
            (To::Value(value), holder) => {
                if let Some(place) = entry(holder, last) {
                    *place = value.clone();
                }
            }
            (To::Name(name), Json::Object(map)) => {
                if let Some(item) = map.remove(last) {
                    map.insert(name.clone(), item);
                }
            }
            (To::Name(_), _) => {}
        }
    }
    config
}

fn entry<'a>(value: &'a mut Json, part: &str) -> Option<&'a mut Json> {
    match value {
        Json::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        value => value.get_mut(part),
    }
}

/// Goes to every value.
fn walk(value: &Json, path: &mut Vec<String>, visit: &mut impl FnMut(&[String], &Json)) {
    visit(path, value);
    let entries: Vec<(String, &Json)> = match value {
        Json::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Json::Object(map) => map.iter().map(|(name, item)| (name.clone(), item)).collect(),
        _ => return,
    };
    for (name, item) in entries {
        path.push(name);
        walk(item, path, visit);
        path.pop();
    }
}

fn one_more(value: &Json) -> Option<Json> {
    match value {
        Json::String(text) => Some(format!("{text}x").into()),
        Json::Number(number) => match number.as_i64() {
            Some(number) => number.checked_add(1).map(Json::from),
            None => number.as_f64().map(|number| Json::from(number * 2.0)),
        },
        _ => None,
    }
}

fn one_less(value: &Json) -> Option<Json> {
    match value {
        Json::String(text) => {
            let mut less = text.clone();
            less.pop().map(|_| less.into())
        }
        Json::Number(number) => match number.as_i64() {
            Some(number) => number.checked_sub(1).map(Json::from),
            None => number.as_f64().map(|number| Json::from(number / 2.0)),
        },
        _ => None,
    }
}

fn one_entry_less(value: &Json) -> Option<Json> {
    match value {
        Json::Array(items) => items.split_last().map(|(_, less)| less.to_vec().into()),
        Json::Object(map) => {
            let less = map.iter().take(map.len().checked_sub(1)?);
            Some(Json::Object(less.map(|(name, item)| (name.clone(), item.clone())).collect::<Map<_, _>>()))
        }
        _ => None,
    }
}

/// More characters than these of a value are not shown.
const SHOWN: usize = 60;

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) if text.chars().count() > SHOWN => {
            let begins: String = text.chars().take(SHOWN).collect();
            format!("`{begins}…`")
        }
        Json::String(text) => format!("`{text}`"),
        Json::Array(items) => format!("{} entries", items.len()),
        Json::Object(map) => format!("{} entries", map.len()),
        value => value.to_string(),
    }
}
