//! What an operation has set and no program says: it is kept until what it was set for changes.

use std::collections::BTreeSet;

use super::build::Planner;
use super::confirmed::Word;
use super::{Op, PlanError, Step};
use crate::schema::TypeSpec;
use crate::state::Row;
use crate::urn::Urn;
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
            if self.input.confirmed.allows(Word::Unpin, row) {
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

    /// What an operation has set may stand on something: a version of a function runs as the role with which it was
    /// published, and nobody gives it another. With that it goes; what changes that says so.
    pub(super) fn check_what_is_kept_stands(&mut self) {
        let (mut refused, mut notes) = (Vec::new(), Vec::new());
        for row in self.state.rows.values().filter(|row| !self.fate(row).goes()) {
            let Some(spec) = self.input.registry.get(row.urn.type_name()) else { continue };
            let step = self.steps.iter().find(|step| step.urn == row.urn && !step.unselected);
            for property in spec.properties.iter().filter(|property| !property.kept_with.is_empty()) {
                let set = step.map_or(&row.inputs, |step| &step.inputs).get(property.name);
                let Some(set) = set.filter(|value| !value.is_null()) else { continue };
                let grounds = row.edges.iter().filter(|edge| property.kept_with.contains(&edge.via.as_str()));
                for (via, ground) in
                    grounds.filter_map(|edge| Some((&edge.via, self.state.row(&edge.owner)?)))
                {
                    let what = format!("{} {}", property.name, set.as_text().unwrap_or_default());
                    if self.fate(ground).goes() {
                        refused.push(PlanError::Kept {
                            urn: row.urn.clone(),
                            name: row.id.clone(),
                            what,
                            changed: format!("{via} ({}, which goes)", ground.urn),
                        });
                    } else if let Some(rights) = self.changed_rights(ground) {
                        let urn = &row.urn;
                        notes.push(format!(
                            "{urn} keeps {what}, set by an operation, and what it may do changes: {rights}"
                        ));
                    }
                }
            }
        }
        refused.retain(|error| match error {
            PlanError::Kept { urn, name, .. } => {
                let named = |word: &String| word == name || word == urn.as_str();
                let said = |said: &PlanError| matches!(said, PlanError::Kept { urn: of, .. } if of == urn);
                !self.input.confirmed.of(Word::Unpin).iter().any(named) && !self.refusals.iter().any(said)
            }
            _ => true,
        });
        refused.dedup();
        self.refusals.extend(refused);
        self.notes.extend(notes);
    }

    /// What this plan changes of what a resource may do, itself or by what it refers to.
    fn changed_rights(&self, row: &Row) -> Option<String> {
        let of = |urn: &Urn| {
            let step = self.steps.iter().find(|step| step.urn == *urn && step.op == Op::Update)?;
            let spec = self.input.registry.get(urn.type_name())?;
            let grants = |path: &str| spec.property(path.split('.').next()?)?.grants();
            let paths = step.diff.iter().map(|change| change.path.as_str());
            let paths: Vec<&str> = paths.filter(|path| grants(path).is_some()).collect();
            (!paths.is_empty()).then(|| format!("{} of {urn}", paths.join(", ")))
        };
        let urns: BTreeSet<&Urn> = row.edges.iter().map(|edge| &edge.urn).chain([&row.urn]).collect();
        let found: Vec<String> = urns.into_iter().filter_map(of).collect();
        (!found.is_empty()).then(|| found.join("; "))
    }

    /// What an operation has set on a resource does not go on to its successor, which has nothing of what it was set for.
    pub(super) fn let_go_with_the_old_one(&mut self, step: &mut Step, spec: &TypeSpec, row: &Row) {
        for property in spec.properties.iter().filter(|property| property.operation) {
            let name = property.name;
            let Some(set) = step.inputs.get(name).filter(|value| !value.is_null()).cloned() else { continue };
            let refused = |error: &PlanError| matches!(error, PlanError::Kept { urn, .. } if *urn == row.urn);
            let asks = !property.kept_until.is_empty();
            let allowed = self.input.confirmed.allows(Word::Unpin, row);
            if asks && !allowed && !self.refusals.iter().any(refused) {
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
