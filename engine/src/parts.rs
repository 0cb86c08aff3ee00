//! What hangs on a resource and has a type of its own.
//!
//! A resource is owned whole: what another hand has hung on it is a difference. Its read lists all that hangs on it
//! ([`Property::parts`](crate::schema::Property::parts)); what is on record there is not of another hand.

use std::collections::BTreeSet;

use crate::contract::Live;
use crate::schema::{Registry, TypeSpec};
use crate::state::{Row, State};
use crate::value::Value;

/// The types of what a read of this one lists.
pub(crate) fn parts_of(spec: &TypeSpec) -> impl Iterator<Item = &'static str> {
    spec.properties.iter().filter_map(|property| property.parts)
}

/// What is known to be ours, or left standing by us, of the types that are parts of others.
#[derive(Debug, Default)]
pub struct Own(BTreeSet<(String, String, String)>);

impl Own {
    /// What a state has on record.
    #[must_use]
    pub fn of(state: &State, registry: &Registry) -> Self {
        let types: BTreeSet<&str> = registry.iter().flat_map(parts_of).collect();
        let mut own = Self::default();
        for row in state.all_rows().chain(state.let_stand.values()) {
            if types.contains(row.urn.type_name()) {
                own.add(row);
            }
        }
        own
    }

    /// Takes in what is about to come on record.
    pub fn add(&mut self, row: &Row) {
        self.insert(row.urn.type_name(), &row.region, &row.id);
    }

    /// The same by type, region and id.
    pub fn insert(&mut self, type_name: &str, region: &str, id: &str) {
        self.0.insert((type_name.to_owned(), region.to_owned(), id.to_owned()));
    }

    /// Leaves of the parts that a read has listed those that are not ours.
    pub fn take_out(&self, spec: &TypeSpec, region: &str, live: &mut Live) {
        for property in &spec.properties {
            let (Some(part), Some(Value::List(listed))) =
                (property.parts, live.properties.get_mut(property.name))
            else {
                continue;
            };
            listed.retain(|id| {
                let id = id.as_text().unwrap_or_default();
                !self.0.contains(&(part.to_owned(), region.to_owned(), id.to_owned()))
            });
        }
    }
}
