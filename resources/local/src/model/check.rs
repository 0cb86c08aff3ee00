//! What a request breaks of its model.

use serde_json::Value;

use super::shape::{Bounds, Model, Place, Shape, Structure, Text};

/// One thing that AWS would refuse.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Violation {
    /// The members that lead to it, `Tags.1.Key`; elements of lists count from one.
    pub path: Vec<String>,
    /// The value as it came, unless nobody may see it.
    pub value: Option<String>,
    pub broken: Broken,
    /// The shape and what of it is broken, as `exceptions.json` names it: `Arn.pattern`.
    pub constraint: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Broken {
    Missing,
    Kind(&'static str),
    Shorter(f64),
    Longer(f64),
    Below(f64),
    Above(f64),
    Pattern(String),
    Values(Vec<String>),
}

pub(super) struct Check<'a> {
    pub model: &'a Model,
    pub found: Vec<Violation>,
    path: Vec<String>,
}

impl<'a> Check<'a> {
    pub(super) fn new(model: &'a Model) -> Check<'a> {
        Check { model, found: Vec::new(), path: Vec::new() }
    }

    fn report(&mut self, shape: &str, what: &str, value: Option<String>, broken: Broken) {
        let constraint = format!("{shape}.{what}");
        self.found.push(Violation { path: self.path.clone(), value, broken, constraint });
    }

    fn within(&mut self, part: impl Into<String>, look: impl FnOnce(&mut Check<'a>)) {
        self.path.push(part.into());
        look(self);
        self.path.pop();
    }

    pub(super) fn structure(&mut self, name: &str, shape: &Structure, value: &Value) {
        let Some(given) = value.as_object() else {
            return self.report(name, "type", None, Broken::Kind("structure"));
        };
        let is_read =
            |member: &&String| shape.members.get(*member).is_none_or(|one| one.place != Place::Attribute);
        let missing = |member: &&String| given.get(*member).is_none_or(Value::is_null);
        for member in shape.required.iter().filter(is_read).filter(missing) {
            self.within(member, |it| it.report(name, &format!("required.{member}"), None, Broken::Missing));
        }
        for (member, value) in given.iter().filter(|(_, value)| !value.is_null()) {
            if let Some(of) = shape.members.get(member) {
                self.within(member, |it| it.value(&of.of, value));
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value) {
        let Some(shape) = self.model.shapes.get(name) else { return };
        match (shape, value) {
            (Shape::Structure(structure), _) => self.structure(name, structure, value),
            (Shape::List(list), Value::Array(items)) => {
                self.count(name, &list.bounds, items.len());
                for (at, item) in items.iter().enumerate() {
                    self.within((at + 1).to_string(), |it| it.value(&list.member.of, item));
                }
            }
            (Shape::Map(map), Value::Object(entries)) => {
                self.count(name, &map.bounds, entries.len());
                for (key, item) in entries {
                    self.within(key, |it| {
                        it.value(&map.key.of, &Value::from(key.clone()));
                        it.value(&map.value.of, item);
                    });
                }
            }
            (Shape::List(_), _) => self.report(name, "type", None, Broken::Kind("list")),
            (Shape::Map(_), _) => self.report(name, "type", None, Broken::Kind("map")),
            (Shape::String(text), Value::String(value)) => self.text(name, text, value),
            (Shape::String(_), _) => self.report(name, "type", None, Broken::Kind("string")),
            (Shape::Integer(bounds) | Shape::Long(bounds), _) => self.number(name, bounds, value, true),
            (Shape::Float(bounds) | Shape::Double(bounds), _) => self.number(name, bounds, value, false),
            (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Boolean, Value::String(text)) if ["true", "false"].contains(&text.trim()) => {}
            (Shape::Boolean, _) => self.report(name, "type", None, Broken::Kind("boolean")),
            (Shape::Blob | Shape::Timestamp, _) => {}
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn count(&mut self, name: &str, bounds: &Bounds, count: usize) {
        let shown = Some(format!("[{count}]"));
        if let Some(min) = bounds.min.filter(|min| (count as f64) < *min) {
            self.report(name, "min", shown, Broken::Shorter(min));
        } else if let Some(max) = bounds.max.filter(|max| (count as f64) > *max) {
            self.report(name, "max", shown, Broken::Longer(max));
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn text(&mut self, name: &str, text: &Text, value: &str) {
        let shown = (!text.sensitive).then(|| value.to_owned());
        let length = value.chars().count() as f64;
        if let Some(min) = text.bounds.min.filter(|min| length < *min) {
            self.report(name, "min", shown.clone(), Broken::Shorter(min));
        }
        if let Some(max) = text.bounds.max.filter(|max| length > *max) {
            self.report(name, "max", shown.clone(), Broken::Longer(max));
        }
        if !text.fits(value) {
            let pattern = text.pattern.clone().unwrap_or_default();
            self.report(name, "pattern", shown.clone(), Broken::Pattern(pattern));
        }
        if !text.values.is_empty() && !text.values.iter().any(|it| it == value) {
            self.report(name, "enum", shown, Broken::Values(text.values.clone()));
        }
    }

    /// A number, which queries, paths and XML write as text.
    fn number(&mut self, name: &str, bounds: &Bounds, value: &Value, whole: bool) {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let kind = if whole { "integer" } else { "number" };
        let Some(number) = number.filter(|it| !whole || it.fract() == 0.0) else {
            return self.report(name, "type", None, Broken::Kind(kind));
        };
        if let Some(min) = bounds.min.filter(|min| number < *min) {
            self.report(name, "min", Some(number.to_string()), Broken::Below(min));
        } else if let Some(max) = bounds.max.filter(|max| number > *max) {
            self.report(name, "max", Some(number.to_string()), Broken::Above(max));
        }
    }
}
