//! What AWS takes of a value: words, numbers, lengths. A program that sets something else is refused before anything is
//! read or changed, at the property and in our words.

mod form;
mod java;

use std::fmt;

pub use form::Form;

use crate::urn::nearest;
use crate::value::{Map, Value};

/// More words than these are not listed in a message.
const LISTED: usize = 12;

/// What AWS takes of one value of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Where the value is: names of properties and members with dots between them; `*` for each entry of a list or map,
    /// `@` for each name of a map's entries, `**` for everything within.
    pub path: &'static str,
    /// What is taken there.
    pub takes: Takes,
}

/// A value that AWS does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it is: names of properties and members, and places in lists, with dots between them.
    pub at: String,
    /// What it is, such as `has 74 characters`; a secret is never shown.
    pub found: String,
    /// What AWS takes there.
    pub takes: String,
}

/// The values that AWS takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Takes {
    /// One of these words.
    Words(Vec<&'static str>),
    /// A number from one to the other, both included.
    Number(Option<f64>, Option<f64>),
    /// A text of so many characters.
    Characters(Option<usize>, Option<usize>),
    /// So many entries of a list or map.
    Entries(Option<usize>, Option<usize>),
    /// A text of this form.
    Form(Form),
}

impl Limit {
    /// A limit as a line of data: `alarm_name characters 1..255`, `unit words Seconds|Bytes`, `period number 1..`.
    #[must_use]
    pub fn of(line: &'static str) -> Option<Self> {
        let (path, rest) = line.split_once(' ')?;
        let (kind, of) = rest.split_once(' ')?;
        let takes = match kind {
            "words" => Takes::Words(of.split('|').collect()),
            "number" => bounds(of).map(|(min, max)| Takes::Number(min, max))?,
            "characters" => bounds(of).map(|(min, max)| Takes::Characters(min, max))?,
            "entries" => bounds(of).map(|(min, max)| Takes::Entries(min, max))?,
            "pattern" => Takes::Form(Form::new(of)),
            _ => return None,
        };
        Some(Self { path, takes })
    }

    /// What of a resource's properties AWS does not take by this limit. What is not known yet is taken; so is what is
    /// empty and says nothing, but for a word.
    #[must_use]
    pub fn broken(&self, inputs: &Map) -> Vec<Broken> {
        let mut broken = Vec::new();
        let parts: Vec<&str> = self.path.split('.').collect();
        if let [first, rest @ ..] = parts.as_slice()
            && let Some(value) = inputs.get(*first)
        {
            self.look(value, rest, (*first).to_owned(), &mut broken);
        }
        broken
    }

    fn look(&self, value: &Value, parts: &[&str], at: String, broken: &mut Vec<Broken>) {
        match (parts, value) {
            ([], value) => {
                broken.extend(self.takes.refuses(value).map(|(found, takes)| Broken { at, found, takes }))
            }
            (["**", rest @ ..], value) => {
                self.look(value, rest, at.clone(), broken);
                each(value, &at, |item, at| self.look(item, parts, at, broken));
            }
            (["*", rest @ ..], value) => each(value, &at, |item, at| self.look(item, rest, at, broken)),
            (["@"], Value::Map(map)) => {
                for name in map.keys() {
                    broken.extend(self.takes.refuses(&name.as_str().into()).map(|(found, takes)| Broken {
                        at: format!("{at}.{name}"),
                        found: format!("has a name that {found}"),
                        takes,
                    }));
                }
            }
            ([name, rest @ ..], Value::Map(map)) => {
                if let Some(item) = map.get(*name) {
                    self.look(item, rest, format!("{at}.{name}"), broken);
                }
            }
            _ => {}
        }
    }
}

fn bounds<T: std::str::FromStr>(text: &str) -> Option<(Option<T>, Option<T>)> {
    let (min, max) = text.split_once("..")?;
    let bound = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some((bound(min)?, bound(max)?))
}

fn each(value: &Value, at: &str, mut look: impl FnMut(&Value, String)) {
    match value {
        Value::List(items) => {
            items.iter().enumerate().for_each(|(n, item)| look(item, format!("{at}.{n}")));
        }
        Value::Map(map) => map.iter().for_each(|(key, item)| look(item, format!("{at}.{key}"))),
        _ => {}
    }
}

impl Takes {
    /// What a value is that AWS does not take, and what it takes; a secret is never shown.
    #[must_use]
    pub fn refuses(&self, value: &Value) -> Option<(String, String)> {
        match self {
            Self::Words(words) => {
                let said = word(value).filter(|said| !words.contains(&said.as_str()))?;
                let found = if said.is_empty() { "is empty".to_owned() } else { format!("is `{said}`") };
                Some((found, format!("{self}{}", did_you_mean(&said, words))))
            }
            Self::Number(min, max) => {
                let number = number(value).filter(|number| !within(*number, *min, *max))?;
                Some((format!("is {number}"), self.to_string()))
            }
            Self::Characters(min, max) => {
                let length = match value {
                    Value::Text(text) => text.chars().count(),
                    Value::Secret(secret) => secret.reveal()?.chars().count(),
                    // A document is sent as its JSON text.
                    Value::Map(_) => value.clear_json()?.to_string().chars().count(),
                    _ => return None,
                };
                let wrong = length > 0 && !within(length, *min, *max);
                wrong.then(|| (format!("has {length} characters"), self.to_string()))
            }
            Self::Entries(min, max) => {
                let count = match value {
                    Value::List(items) => items.len(),
                    Value::Map(map) => map.len(),
                    _ => return None,
                };
                let wrong = count > 0 && !within(count, *min, *max);
                wrong.then(|| (format!("has {count} entries"), self.to_string()))
            }
            Self::Form(form) => {
                let (text, shown) = match value {
                    Value::Text(text) => (text.as_str(), format!("is `{}`", clipped(text))),
                    Value::Secret(secret) => (secret.reveal()?, "is of another form".to_owned()),
                    _ => return None,
                };
                (!text.is_empty() && !form.fits(text)).then(|| (shown, self.to_string()))
            }
        }
    }
}

/// More characters than these of a text are not shown.
const SHOWN: usize = 60;

fn clipped(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn within<T: PartialOrd + Copy>(value: T, min: Option<T>, max: Option<T>) -> bool {
    min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn did_you_mean(said: &str, words: &[&str]) -> String {
    let near = nearest(said, words.iter().copied());
    if words.len() <= LISTED || near.is_empty() {
        return String::new();
    }
    let near: Vec<String> = near.iter().map(|word| format!("`{word}`")).collect();
    format!("; did you mean {}?", near.join(" or "))
}

impl fmt::Display for Takes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) if words.len() > LISTED => {
                write!(
                    out,
                    "{} words, `{}` and others",
                    words.len(),
                    words.first().copied().unwrap_or_default()
                )
            }
            Self::Words(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match quoted.as_slice() {
                    [words @ .., last] if !words.is_empty() => write!(out, "{} or {last}", words.join(", ")),
                    words => write!(out, "{}", words.concat()),
                }
            }
            Self::Number(min, max) => range(out, *min, *max, ""),
            Self::Characters(min, max) => range(out, *min, *max, " characters"),
            Self::Entries(min, max) => range(out, *min, *max, " entries"),
            Self::Form(form) => write!(out, "texts of the form `{}`", form.pattern),
        }
    }
}

fn range<T: fmt::Display + PartialEq>(
    out: &mut fmt::Formatter<'_>,
    min: Option<T>,
    max: Option<T>,
    of: &str,
) -> fmt::Result {
    match (min, max) {
        (Some(min), Some(max)) if min == max => write!(out, "{min}{of}"),
        (Some(min), Some(max)) => write!(out, "{min} to {max}{of}"),
        (Some(min), None) => write!(out, "{min}{of} or more"),
        (None, Some(max)) => write!(out, "up to {max}{of}"),
        (None, None) => write!(out, "any{of}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn broken(line: &'static str, inputs: &Map) -> Vec<String> {
        let limit = Limit::of(line).expect("a limit");
        let said = |Broken { at, found, takes }| format!("{at} {found}, and AWS takes {takes}");
        limit.broken(inputs).into_iter().map(said).collect()
    }

    #[test]
    fn what_aws_does_not_take_is_named_with_its_place() {
        let metric = |unit: &str| Value::Map(map([("unit", unit.into())]));
        let inputs = map([
            ("metrics", Value::List(vec![metric("Bytes"), metric("Byte")])),
            ("period", Value::Int(0)),
            ("name", "much too long".into()),
            ("class", "none".into()),
        ]);
        assert_eq!(
            broken("metrics.*.unit words Seconds|Bytes", &inputs),
            ["metrics.1.unit is `Byte`, and AWS takes `Seconds` or `Bytes`"]
        );
        assert_eq!(broken("period number 1..", &inputs), ["period is 0, and AWS takes 1 or more"]);
        assert_eq!(
            broken("name characters 1..5", &inputs),
            ["name has 13 characters, and AWS takes 1 to 5 characters"]
        );
        assert_eq!(
            broken("metrics entries 1..1", &inputs),
            ["metrics has 2 entries, and AWS takes 1 entries"]
        );
        let many = "class words a|b|c|d|e|f|g|h|i|j|k|nine|noon";
        assert_eq!(
            broken(many, &inputs),
            [
                "class is `none`, and AWS takes 13 words, `a` and others; did you mean `nine` or `noon` or `e`?"
            ]
        );
    }

    #[test]
    fn what_is_not_known_or_says_nothing_is_taken() {
        let inputs = map([
            ("unknown", Value::Unknown),
            ("empty", "".into()),
            ("none", Value::List(Vec::new())),
            ("number", "12".into()),
        ]);
        assert!(broken("unknown words a|b", &inputs).is_empty());
        assert!(broken("empty characters 1..5", &inputs).is_empty());
        // No word is another word.
        assert_eq!(broken("empty words a|b", &inputs), ["empty is empty, and AWS takes `a` or `b`"]);
        assert!(broken("none entries 1..5", &inputs).is_empty());
        assert!(broken("number number 1..12", &inputs).is_empty());
        assert!(broken("missing words a", &inputs).is_empty());
    }

    #[test]
    fn a_text_or_a_name_of_another_form_is_not_taken() {
        let variables = Value::Map(map([("A_1", "x".into()), ("1 B", "y".into())]));
        let inputs = map([("name", "a b".into()), ("variables", variables)]);
        assert_eq!(
            broken("name pattern [a-z\\-]+", &inputs),
            ["name is `a b`, and AWS takes texts of the form `[a-z\\-]+`"]
        );
        assert!(broken("name pattern [a-z ]+", &inputs).is_empty());
        assert_eq!(
            broken("variables.@ pattern [a-zA-Z]\\w+", &inputs),
            ["variables.1 B has a name that is `1 B`, and AWS takes texts of the form `[a-zA-Z]\\w+`"]
        );
    }

    #[test]
    fn limits_hold_at_any_depth_and_never_show_a_secret() {
        let leaf = Value::Map(map([("limit", Value::Int(5))]));
        let tree = Value::Map(map([("a", Value::List(vec![Value::Map(map([("rate", leaf)]))]))]));
        let inputs = map([("rules", tree), ("key", Value::Secret(Secret::new("short".to_owned())))]);
        assert_eq!(broken("rules.**.rate.limit number 10..", &inputs).len(), 1);
        assert_eq!(
            broken("key characters 20..", &inputs),
            ["key has 5 characters, and AWS takes 20 characters or more"]
        );
    }
}
