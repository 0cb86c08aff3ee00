//! What an operation has set and no program says: it is kept until what it was set for changes.

use super::build::Planner;
use super::data::is_confirmed;
use super::{PlanError, Step};
use crate::schema::TypeSpec;
use crate::state::Row;
use crate::value::Value;

impl Planner<'_> {
    /// Takes into a step what an operation sets on its resource.
    pub(super) fn take_what_is_set(&self, step: &mut Step) {
        let set = self.input.sets.get(&step.urn).into_iter().flatten();
        step.inputs.extend(set.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Takes into a step what an operation has set on its resource, by the record or, where that has nothing, by what
    /// stands: a run that was cut off may have set it. Where what it was set for changes, somebody says that it goes.
    pub(super) fn keep_what_operations_set(&mut self, step: &mut Step, spec: &TypeSpec, row: &Row) {
        // An operation has its own wish.
        if self.input.sets.contains_key(&row.urn) {
            return;
        }
        for property in spec.properties.iter().filter(|property| property.operation) {
            let name = property.name;
            let is_set = |value: &&Value| !value.is_null() && !value.has_unknown();
            let live = self.live(&row.owner).and_then(|live| live.properties.get(name));
            let Some(set) = row.inputs.get(name).filter(is_set).or(live.filter(is_set)).cloned() else {
                continue;
            };
            if is_confirmed(self.input.confirmed, row) {
                continue;
            }
            let of = |path: &str| path.split_once('.').map_or(path, |(first, _)| first) == name;
            let changes =
                |path: &str| property.kept_until.iter().any(|until| path.split('.').next() == Some(until));
            let what = format!("{name} {}", set.as_text().unwrap_or("as an operation has set it"));
            if let Some(change) = step.diff.iter().find(|change| changes(&change.path)) {
                self.refusals.push(PlanError::Kept {
                    urn: row.urn.clone(),
                    name: row.id.clone(),
                    what,
                    changed: change.path.clone(),
                });
            } else if !property.kept_until.is_empty() {
                self.notes.push(format!(
                    "{} keeps {what}, set by an operation, until its {} changes",
                    row.urn,
                    property.kept_until.first().copied().unwrap_or_default()
                ));
            }
            step.inputs.insert(name.to_owned(), set.clone());
            step.known.insert(name.to_owned(), set);
            step.diff.retain(|change| !of(&change.path));
        }
    }

    /// What an operation has set on a resource does not go on to its successor, which has nothing of what it was set for.
    pub(super) fn let_go_with_the_old_one(&mut self, step: &mut Step, spec: &TypeSpec, row: &Row) {
        for property in spec.properties.iter().filter(|property| property.operation) {
            let name = property.name;
            let Some(set) = step.inputs.get(name).filter(|value| !value.is_null()).cloned() else { continue };
            let refused = |error: &PlanError| matches!(error, PlanError::Kept { urn, .. } if *urn == row.urn);
            let asks = !property.kept_until.is_empty();
            if asks && !is_confirmed(self.input.confirmed, row) && !self.refusals.iter().any(refused) {
                self.refusals.push(PlanError::Kept {
                    urn: row.urn.clone(),
                    name: row.id.clone(),
                    what: format!("{name} {}", set.as_text().unwrap_or("as an operation has set it")),
                    changed: "incarnation".to_owned(),
                });
            }
            step.inputs.insert(name.to_owned(), Value::Null);
            step.known.insert(name.to_owned(), Value::Null);
        }
    }
}
