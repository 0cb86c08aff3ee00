//! What in a value means a resource on record.

use super::build::Planner;
use crate::schema::Identity;
use crate::state::{Edge, Row, Status};
use crate::value::Value;

impl Planner<'_> {
    /// Whether what stands in a property means the old resource: its id, or an output that its successor on
    /// record has not as well.
    pub(super) fn means(&self, row: &Row, edge: &Edge, old: &Row) -> bool {
        self.stands(row, &edge.via).is_none_or(|value| self.said_in(&value, old))
    }

    /// Whether the edge of a row whose update an earlier run has begun is more than what was to come: what is on
    /// record or what was read has to mean it.
    pub(super) fn bears_out(&self, row: &Row, edge: &Edge) -> bool {
        let Some(old) = self.state.row(&edge.owner).filter(|_| row.status == Status::Unfinished) else {
            return true;
        };
        let spec = self.input.registry.get(row.urn.type_name());
        let read = spec.and_then(|spec| spec.property(&edge.via)).is_none_or(|it| !it.write_only);
        let says = |value: &Value| self.said_in(value, old) || mentions(value, old, &self.called_by(old));
        row.standing().get(&edge.via).is_some_and(says)
            || match self.live(&row.owner).filter(|_| read) {
                Some(live) => live.properties.get(&edge.via).is_some_and(says),
                None => true,
            }
    }

    /// What stands in a property: what was read, else what is on record.
    pub(super) fn stands(&self, row: &Row, property: &str) -> Option<Value> {
        let live = self.live(&row.owner).and_then(|live| live.properties.get(property));
        live.cloned().or_else(|| row.standing().get(property).cloned())
    }

    /// Whether a value means the old resource.
    pub(super) fn said_in(&self, value: &Value, old: &Row) -> bool {
        let successor = self.state.rows.get(&old.urn).filter(|row| row.owner != old.owner);
        let shared = |text: &str| {
            successor.is_some_and(|row| row.outputs.values().any(|output| output.as_text() == Some(text)))
        };
        let words = old.words();
        let said = |text: &str| !shared(text) && words.iter().any(|word| text.contains(word));
        value.has_unknown() || value.has_secret() || value.any(&|part| part.as_text().is_some_and(said))
    }

    /// What an entry of its parent, or something with a name of ours, is called by.
    pub(super) fn called_by<'r>(&self, row: &'r Row) -> Vec<&'r str> {
        let spec = self.input.registry.get(row.urn.type_name());
        let key: &[&str] = match spec.map(|spec| &spec.identity) {
            Some(Identity::Child { key }) => key,
            Some(Identity::Named { property }) => std::slice::from_ref(property),
            _ => &[],
        };
        key.iter()
            .filter_map(|name| row.inputs.get(*name)?.as_text())
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// Whether a value holds what means a resource.
    pub(super) fn is_mentioned(&self, old: &Row, value: &Value) -> bool {
        mentions(value, old, &self.called_by(old))
    }
}

/// Whether a value holds the id of a resource, a text that is one of its outputs, or all that it is called by.
pub(super) fn mentions(value: &Value, old: &Row, names: &[&str]) -> bool {
    let holds = |name: &str| value.any(&|part| part.as_text() == Some(name));
    let output = |text: &str| old.outputs.values().any(|one| one.as_text() == Some(text) && text.len() > 3);
    holds(&old.id)
        || value.any(&|part| part.as_text().is_some_and(output))
        || (!names.is_empty() && names.iter().all(|name| holds(name)))
}
