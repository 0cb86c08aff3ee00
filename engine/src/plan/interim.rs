//! What who holds something does without, until its successor is there.

use std::collections::BTreeSet;

use super::Letting;
use super::build::Planner;
use super::mentions::mentions;
use crate::diff::Effect;
use crate::schema::{Effect as Declared, LetsGo, Property};
use crate::state::{Edge, Row};
use crate::value::{Map, Value};

impl Planner<'_> {
    /// The holder's inputs without what it lets go of, where its type can stand so.
    pub(super) fn interim(
        &self,
        row: &Row,
        edge: &Edge,
        how: LetsGo,
        old: &Row,
        before: Option<&Letting>,
    ) -> Option<Letting> {
        let spec = self.input.registry.get(row.urn.type_name())?;
        let property = spec.property(&edge.via)?;
        if !matches!(how, LetsGo::Shrunk | LetsGo::Emptied) {
            return None;
        }
        let mut letting = before.cloned().unwrap_or_else(|| Letting {
            urn: row.urn.clone(),
            owner: row.owner.clone(),
            properties: Vec::new(),
            of: BTreeSet::new(),
            inputs: row.standing().into_owned(),
            effect: Effect::Update,
        });
        let names = self.called_by(old);
        let first = !letting.properties.iter().any(|name| name == property.name);
        // An earlier run may have begun to change it: what was read is what stands.
        let read = self.stands(row, property.name).filter(|value| first && !value.has_unknown());
        let value = read.or_else(|| letting.inputs.get(property.name).cloned())?;
        let rest = match without(&value, old, &names) {
            Some(rest) => rest,
            // It did without when an earlier run began to give it back, and no read tells how far that has come.
            None if self.may_be_given_back(row, property.name) && !self.said_in(&value, old) => value,
            // It does without already, as far as a read can tell.
            None => {
                without(row.standing().get(property.name)?, old, &names)?;
                value
            }
        };
        let empty = match &rest {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.is_empty(),
            rest => rest.is_null(),
        };
        if empty && how == LetsGo::Shrunk {
            return None;
        }
        leave(&mut letting.inputs, property, rest, empty);
        letting.of.insert(old.urn.clone());
        if first {
            letting.properties.push(property.name.to_owned());
        }
        if property.effect == Declared::Interrupt {
            letting.effect = Effect::Interrupt;
        }
        Some(letting)
    }

    /// Whether a property of a row does without for a while by the record, and no read says what stands there now.
    fn may_be_given_back(&self, row: &Row, property: &str) -> bool {
        let read = self.live(&row.owner).and_then(|live| live.properties.get(property));
        row.interim.as_ref().is_some_and(|interim| interim.inputs.contains_key(property))
            && read.is_none_or(Value::has_unknown)
    }
}

/// The value without what mentions the old resource; `None` where nothing does.
fn without(value: &Value, old: &Row, names: &[&str]) -> Option<Value> {
    match value {
        Value::List(items) => {
            let rest: Vec<Value> = items.iter().filter(|item| !mentions(item, old, names)).cloned().collect();
            (rest.len() < items.len()).then_some(Value::List(rest))
        }
        Value::Map(map) => {
            let rest: Map = map
                .iter()
                .filter(|(_, item)| !mentions(item, old, names))
                .map(|(key, item)| (key.clone(), item.clone()))
                .collect();
            (rest.len() < map.len()).then_some(Value::Map(rest))
        }
        value => mentions(value, old, names).then_some(Value::Null),
    }
}

/// Puts what is left of a value in its place: what AWS assumes where nothing is.
fn leave(inputs: &mut Map, property: &Property, rest: Value, empty: bool) {
    let rest = if empty { property.default.clone().unwrap_or(rest) } else { rest };
    inputs.insert(property.name.to_owned(), rest);
}
