//! Taking what stands under management, and what a plan is for.

use super::build::{Planner, Purpose};
use super::ours::{has_unread_tags, tag};
use super::{Op, PlanError, Step};
use crate::contract::{Live, OWNER_TAG, OwnerId, Reading, STACK_TAG};
use crate::diff::{Change, Effect, diff_live};
use crate::schema::TypeSpec;
use crate::state::{Row, State};
use crate::value::Value;

impl Planner<'_> {
    /// The id that a step without a row takes under management. What was imported once and is gone is
    /// spent: only a person imports it again, by name.
    pub(super) fn import_of(&self, step: &Step) -> Option<String> {
        let id = step.options.import_id.as_ref()?;
        let spent = self.state.spent.contains(&State::import_key(&step.urn, &step.region, id));
        (self.input.purpose == Purpose::Import || !spent).then(|| id.clone())
    }

    /// Makes a step an import, unless somebody has what it would take.
    pub(super) fn plan_import(&mut self, step: &mut Step, id: &str) -> Result<(), PlanError> {
        let observed = self.input.observed;
        let live = match observed.and_then(|observed| observed.imports.get(&step.urn)) {
            Some(Reading::Found(live)) => Some(live),
            Some(Reading::Unknown(failure)) => {
                return Err(PlanError::Unreadable { urn: step.urn.clone(), why: failure.to_string() });
            }
            Some(Reading::Absent) => {
                self.refusals.push(PlanError::ImportAbsent {
                    urn: step.urn.clone(),
                    id: id.to_owned(),
                    region: step.region.clone(),
                });
                None
            }
            None => None,
        };
        if let Some(holder) = holder_of(&self.state, step, id, live.map(|live| &**live)) {
            return Err(PlanError::ImportTaken {
                urn: step.urn.clone(),
                id: id.to_owned(),
                holder: holder.urn.clone(),
            });
        }
        let same = |other: &&Step| {
            let theirs = observed.and_then(|observed| observed.imports.get(&other.urn));
            let one = matches!((theirs, live), (Some(Reading::Found(a)), Some(b)) if a.id == b.id);
            other.op == Op::Import
                && (one || other.options.import_id.as_deref() == Some(id))
                && other.urn.type_name() == step.urn.type_name()
                && other.region == step.region
        };
        if let Some(other) = self.steps.iter().find(same) {
            return Err(PlanError::ImportTwice {
                urn: step.urn.clone(),
                id: id.to_owned(),
                other: other.urn.clone(),
            });
        }
        // They say whose it is.
        if live.is_some_and(|live| has_unread_tags(live)) {
            let why = "its tags, which say whose it is, could not be read".to_owned();
            return Err(PlanError::Unreadable { urn: step.urn.clone(), why });
        }
        if let Some(stack) = live.and_then(|live| tag(&live.properties, STACK_TAG))
            && stack != self.state.stack
        {
            self.refusals.push(PlanError::AnotherStacks {
                urn: step.urn.clone(),
                id: id.to_owned(),
                stack: stack.to_owned(),
            });
        }
        step.op = Op::Import;
        step.reason = format!("{id} is taken under management");
        Ok(())
    }

    /// How what is imported stands, against what the program wants of it.
    pub(super) fn import_diff(&self, step: &Step, spec: &TypeSpec) -> Option<Vec<Change>> {
        let Some(Reading::Found(live)) = self.input.observed?.imports.get(&step.urn) else { return None };
        let mut live = (**live).clone();
        crate::diff::taint_live(spec, &mut live, &step.known);
        let mut changes = diff_live(spec, &live, &step.known, &step.options);
        // What no read shows is taken as it is wanted.
        for property in spec.properties.iter().filter(|property| property.write_only) {
            if let Some(value) = step.known.get(property.name).filter(|value| !value.is_null()) {
                changes.push(Change {
                    path: property.name.to_owned(),
                    before: Value::Null,
                    after: super::steps::secret_by_spec(spec, property.name, value),
                    effect: Effect::None,
                });
            }
        }
        Some(changes)
    }

    /// A plan of imports, or of a fix, does nothing else.
    pub(super) fn check_purpose(&mut self) {
        match self.input.purpose {
            Purpose::Up => {}
            Purpose::Import => {
                for (from, to) in &self.moves {
                    let why = format!("it is on record as {from}; run `up`, which renames it");
                    self.refusals.push(PlanError::OnlyImports { urn: to.clone(), why });
                }
                let others = self.steps.iter().filter(|step| {
                    !(step.unselected
                        || step.op == Op::Import
                        || step.op == Op::Same && !step.record_only
                        || self.moves.iter().any(|(_, to)| *to == step.urn))
                });
                for step in others {
                    let what = if step.op == Op::Same { "update" } else { step.op.word() };
                    let why = format!("this plan would {what} it ({})", step.reason);
                    self.refusals.push(PlanError::OnlyImports { urn: step.urn.clone(), why });
                }
            }
            Purpose::Fix => self.check_fix(),
        }
    }
}

/// The row that has what a step would import: by the id that it names, or by what that turned out to be.
fn holder_of<'s>(state: &'s State, step: &Step, id: &str, live: Option<&Live>) -> Option<&'s Row> {
    let arn = live.and_then(|live| live.outputs.get("arn")).filter(|arn| arn.as_text().is_some());
    let owner = live.and_then(|live| tag(&live.properties, OWNER_TAG)).map(|tag| OwnerId(tag.to_owned()));
    state.all_rows().filter(|row| row.urn.type_name() == step.urn.type_name()).find(|row| {
        let named = row.region == step.region && (row.id == id || live.is_some_and(|live| live.id == row.id));
        named || (arn.is_some() && row.outputs.get("arn") == arn) || owner.as_ref() == Some(&row.owner)
    })
}
