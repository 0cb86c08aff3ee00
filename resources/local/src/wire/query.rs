//! Parameters of the query protocols and of query strings.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::answer::Refusal;

/// Which parameters of a call were looked at, by their whole names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<BTreeSet<String>>>);

impl Seen {
    fn add(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }

    fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

/// Flat parameters such as `Filter.1.Value.2=x`, or those below one prefix.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    /// By the name below the prefix.
    entries: BTreeMap<String, Entry>,
    seen: Seen,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    /// The whole name.
    name: String,
    text: String,
}

impl Params {
    /// Parses `a=b&c=d`, decoding as UTF-8.
    pub(crate) fn parse(text: &str) -> Params {
        let entries = text
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                let name = decode(key);
                (name.clone(), Entry { name, text: decode(value) })
            })
            .collect();
        Params { entries, seen: Seen::default() }
    }

    /// The same, with a memory of what is looked at that outlives it.
    pub(crate) fn watched(self, seen: &Seen) -> Params {
        Params { seen: seen.clone(), ..self }
    }

    /// The names of those that nobody has looked at.
    pub(crate) fn unseen(&self) -> Vec<&str> {
        let names = self.entries.values().map(|entry| entry.name.as_str());
        names.filter(|name| !self.seen.has(name)).collect()
    }

    /// Takes all of them as looked at.
    pub(crate) fn look_at_all(&self) {
        self.entries.values().for_each(|entry| self.seen.add(&entry.name));
    }

    fn look(&self, key: &str) -> Option<&str> {
        let entry = self.entries.get(key)?;
        self.seen.add(&entry.name);
        Some(&entry.text)
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.look(key).map(str::to_owned)
    }

    /// The text, if it is there and not empty.
    pub(crate) fn filled(&self, key: &str) -> Option<String> {
        self.text(key).filter(|v| !v.is_empty())
    }

    pub(crate) fn required(&self, key: &str) -> Result<String, Refusal> {
        self.filled(key).ok_or_else(|| Refusal::missing(key))
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.look(key).map(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A number; text that is none is refused.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Result<Option<T>, Refusal> {
        match self.filled(key) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                Refusal::bad(
                    "InvalidParameterValue",
                    format!("Value ({text}) for parameter {key} is invalid."),
                )
            }),
        }
    }

    /// Whether any parameter begins with this name.
    pub(crate) fn has(&self, key: &str) -> bool {
        let below = format!("{key}.");
        self.entries.keys().any(|k| k == key || k.starts_with(&below))
    }

    /// The structure below a name.
    pub(crate) fn below(&self, key: &str) -> Params {
        // A list without elements is written as its name alone.
        self.look(key);
        let prefix = format!("{key}.");
        let entries = self
            .entries
            .iter()
            .filter_map(|(k, v)| k.strip_prefix(&prefix).map(|rest| (rest.to_owned(), v.clone())))
            .collect();
        Params { entries, seen: self.seen.clone() }
    }

    /// The elements of a list in order: `Key.1.…` (EC2) and `Key.member.1.…` (query) both.
    ///
    /// An element that is a plain value has it under the empty name.
    pub(crate) fn list(&self, key: &str) -> Vec<Params> {
        let mut items: BTreeMap<u32, Params> = BTreeMap::new();
        for (rest, entry) in self.below(key).entries {
            let (first, tail) = rest.split_once('.').unwrap_or((&rest, ""));
            let (index, tail) = match first.parse::<u32>() {
                Ok(index) => (index, tail),
                Err(_) => {
                    let (second, tail) = tail.split_once('.').unwrap_or((tail, ""));
                    match second.parse::<u32>() {
                        Ok(index) => (index, tail),
                        Err(_) => continue,
                    }
                }
            };
            let tail = tail.to_owned();
            items.entry(index).or_default().entries.insert(tail, entry);
        }
        items.into_values().map(|item| item.watched(&self.seen)).collect()
    }

    /// The elements of a list of plain values.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(|item| item.text("")).collect()
    }

    /// The parameters as a tree of objects, in which `member` makes a list; `leaf` reads a text by its name.
    pub(crate) fn tree(&self, leaf: &dyn Fn(&str, &str) -> Value) -> Value {
        let mut root = Map::new();
        for (key, entry) in &self.entries {
            let name = key.rsplit('.').next().unwrap_or(key);
            self.seen.add(&entry.name);
            put(&mut root, key, leaf(name, &entry.text));
        }
        listed(Value::Object(root))
    }

    /// All parameters but these, as one text: two calls with the same text asked for the same.
    pub(crate) fn fingerprint(&self, except: &[&str]) -> String {
        let kept: Vec<String> = self
            .entries
            .iter()
            .filter(|(k, _)| !except.contains(&k.as_str()))
            .map(|(k, v)| format!("{k}={}", v.text))
            .collect();
        kept.join("&")
    }
}

/// Sets what a path of names leads to.
fn put(map: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        map.insert(path.to_owned(), value);
        return;
    };
    let below = map.entry(first).or_insert(Value::Null);
    if !below.is_object() {
        *below = Value::Object(Map::new());
    }
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}

/// Objects whose only entry is `member` become the list of what stands below it, in order.
fn listed(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    if let [("member", Value::Object(items))] =
        map.iter().map(|(key, item)| (key.as_str(), item)).collect::<Vec<_>>().as_slice()
    {
        let numbered = items.iter().filter_map(|(key, item)| Some((key.parse::<u32>().ok()?, item)));
        let sorted: BTreeMap<u32, &Value> = numbered.collect();
        return Value::Array(sorted.into_values().map(|item| listed(item.clone())).collect());
    }
    Value::Object(map.into_iter().map(|(key, item)| (key, listed(item))).collect())
}

/// All values of a parameter that a query string may repeat.
pub(crate) fn repeated(query: &str, key: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(k, _)| decode(k) == key).map(|(_, v)| decode(v)).collect()
}

/// Decodes a form value: `+` is a space.
pub(crate) fn decode(text: &str) -> String {
    decode_path(&text.replace('+', " "))
}

/// Decodes percent escapes as UTF-8.
pub(crate) fn decode_path(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let escaped = match bytes[i] {
            b'%' => text.get(i + 1..i + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes text by RFC 3986, as IAM does with policies.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_and_without_member_names() {
        let p = Params::parse(
            "Filter.1.Name=a&Filter.1.Value.1=x&Filter.1.Value.2=y&Ids.Id.1=q&Tags.member.1.Key=k",
        );
        assert_eq!(p.list("Filter")[0].texts("Value"), ["x", "y"]);
        assert_eq!(p.texts("Ids"), ["q"]);
        assert_eq!(p.list("Tags")[0].text("Key").as_deref(), Some("k"));
    }

    #[test]
    fn a_tree_with_lists() {
        let p = Params::parse("A.member.2.B=y&A.member.1.B=x&C.D=z&E.member.1=only");
        let tree = p.tree(&|_, text| Value::String(text.to_owned()));
        assert_eq!(tree, serde_json::json!({"A": [{"B": "x"}, {"B": "y"}], "C": {"D": "z"}, "E": ["only"]}));
    }

    #[test]
    fn decodes_utf8() {
        assert_eq!(decode("%E6%97%A5+a"), "日 a");
        assert_eq!(decode_path("100%"), "100%");
    }
}
