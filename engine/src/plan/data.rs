//! What holds data: neither made anew nor accepted as gone without its name.

use serde::{Deserialize, Serialize};

use super::build::{Planner, Purpose};
use super::claims::own_claim;
use super::confirmed::{Confirmed, Word};
use super::{Op, PlanError, Step};
use crate::contract::OwnerId;
use crate::diff::Effect;
use crate::schema::{Cut, Data, Registry, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;

/// The refusal to take a row for gone, where it held data and nobody has confirmed it by name.
pub(crate) fn gone_with_data(
    registry: &Registry,
    row: &Row,
    confirmed: &Confirmed,
    word: Word,
) -> Option<PlanError> {
    let data = registry.get(row.urn.type_name())?.data?;
    (!confirmed.allows(word, row)).then(|| PlanError::DataGone {
        urn: row.urn.clone(),
        name: row.id.clone(),
        what: data.what,
        way: if data.backed_up { "restore it (`finsight-deploy ops database restore`), or " } else { "" },
        flag: word.flag(),
    })
}

/// What is lost with a resource that goes or keeps what it holds for a shorter while, and what of it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The resource.
    pub urn: Urn,
    /// Its physical id.
    pub id: String,
    /// What it holds.
    pub what: String,
    /// What its delete leaves behind.
    pub leaves: Vec<String>,
    /// For how many days it can be restored.
    pub days: Option<i64>,
    /// What stays and cannot be read without it.
    pub unreadable: Vec<String>,
}

impl Planner<'_> {
    /// What held data and is gone is not made anew, empty, unless that is confirmed by name.
    pub(super) fn check_data_gone(&mut self) {
        if self.input.purpose != Purpose::Up {
            return;
        }
        for owner in &self.gone {
            let Some(row) = self.input.state.rows.values().find(|row| row.owner == *owner) else { continue };
            // Of others nothing is left that a new one could hide.
            if !self.input.registry.get(row.urn.type_name()).is_some_and(TypeSpec::is_backed_up) {
                continue;
            }
            let moved = self.moves.iter().find(|(from, _)| *from == row.urn).map(|(_, to)| to);
            let urn = moved.unwrap_or(&row.urn);
            // Under another name it would be as empty.
            let spec = self.input.registry.get(row.urn.type_name());
            let takes = |step: &Step| {
                step.urn.type_name() == row.urn.type_name()
                    && spec.is_some_and(|spec| own_claim(spec, step, row).is_some())
            };
            let anew = |step: &Step| step.op == Op::Create && (step.urn == *urn || takes(step));
            let anew = self.steps.iter().any(anew);
            if anew {
                let (registry, confirmed) = (self.input.registry, self.input.confirmed);
                self.refusals.extend(gone_with_data(registry, row, confirmed, Word::Replace));
            }
        }
    }

    /// What holds data is replaced, deleted and cut only when it is confirmed by name. Taking down a stack deletes
    /// all that it has, and says what is lost with it ([`Planner::losses`]).
    pub(super) fn check_data(&mut self) {
        let mut refused = Vec::new();
        for step in self.steps.iter().filter(|step| !step.unselected) {
            let Some(row) = self.state.rows.get(&step.urn) else { continue };
            let Some(spec) = self.input.registry.get(row.urn.type_name()) else { continue };
            let asked = |word| !self.input.confirmed.allows(word, row);
            let refusal = |data: &Data, fate, word: Word| PlanError::HoldsData {
                urn: row.urn.clone(),
                name: row.id.clone(),
                what: data.what,
                fate,
                flag: word.flag(),
            };
            if let Some(data) = spec.data.filter(|_| asked(Word::Delete)) {
                let cuts = self.cuts(step, row);
                refused.extend(cuts.iter().map(|cut| refusal(&data, cut.fate(), Word::Delete)));
            }
            let Some(data) = spec.loses(&row.inputs) else { continue };
            match step.op {
                Op::Replace if !step.keeps_old() && asked(Word::Replace) => {
                    let left = left(data, row, true);
                    let fate = format!("replaced ({}): the new one starts without it{left}", step.reason);
                    refused.push(refusal(data, fate, Word::Replace));
                }
                // Under another name it would be as empty.
                Op::Delete if self.order.yields.iter().any(|(_, owner)| *owner == row.owner) => {
                    let successor = self.order.yields.iter().find(|(_, owner)| *owner == row.owner);
                    let successor = successor.filter(|_| asked(Word::Replace));
                    refused.extend(successor.map(|(urn, _)| PlanError::DataUnderAnotherName {
                        urn: row.urn.clone(),
                        what: data.what,
                        name: row.id.clone(),
                        successor: urn.clone(),
                    }));
                }
                Op::Delete if !self.destroying && asked(Word::Delete) => {
                    let fate = format!("deleted ({}){}", step.reason, left(data, row, false));
                    refused.push(refusal(data, fate, Word::Delete));
                }
                _ => {}
            }
        }
        self.refusals.extend(refused);
    }

    /// What a change in place makes AWS drop, because it is kept for a shorter while.
    fn cuts(&self, step: &Step, row: &Row) -> Vec<Cut> {
        let data = self.input.registry.get(row.urn.type_name()).and_then(|spec| spec.data);
        // Of what never stood as wanted nothing is to be kept.
        let Some(data) = data.filter(|_| step.op == Op::Update && row.configured) else {
            return Vec::new();
        };
        let live = self.live(&row.owner).map(|live| live.over(row).properties);
        let stands = live.as_ref().unwrap_or(&row.inputs);
        // Where nothing is set any more, what stands stays.
        let changes = |name: &str| {
            let of = |path: &str| path.split('.').next() == Some(name);
            step.diff.iter().any(|change| of(&change.path) && change.effect != Effect::None)
        };
        let periods = data.periods.iter().filter(|period| changes(period.property));
        periods.flat_map(|period| period.cuts(stands, &step.known)).collect()
    }

    /// A key is deleted while something that stays is encrypted with it only when it is confirmed by name.
    pub(super) fn check_sealed(&mut self, losses: &[Loss]) {
        for loss in losses.iter().filter(|loss| !loss.unreadable.is_empty()) {
            let confirmed = |name: &String| *name == loss.id || name == loss.urn.as_str();
            if !self.input.confirmed.unreadable.iter().any(confirmed) {
                self.refusals.push(PlanError::StillSeals {
                    urn: loss.urn.clone(),
                    name: loss.id.clone(),
                    sealed: loss.unreadable.clone(),
                });
            }
        }
    }

    /// What is lost by this plan.
    pub(super) fn losses(&self) -> Vec<Loss> {
        let going = self.all_that_goes();
        let spec = |row: &Row| self.input.registry.get(row.urn.type_name());
        let replaced = |row: &Row| {
            let step = self.steps.iter().find(|step| step.old_owner.as_ref() == Some(&row.owner));
            step.is_none_or(|step| step.op == Op::Replace)
        };
        // What stays of those that go, with the key that it is encrypted with.
        let mut sealed: Vec<(&OwnerId, String)> = Vec::new();
        for row in &going {
            let Some(data) = spec(row).and_then(|spec| spec.loses(&row.inputs)) else { continue };
            let keys = row.edges.iter().filter(|edge| data.sealed_by.contains(&edge.via.as_str()));
            for key in keys {
                let left = data.left(&row.inputs, replaced(row));
                sealed.extend(left.map(|what| (&key.owner, format!("{what} of {}", row.id))));
            }
        }
        // And of those that stay with another key, what is older than that.
        for row in self.state.all_rows().filter(|row| !going.iter().any(|one| one.owner == row.owner)) {
            let Some(data) = spec(row).and_then(|spec| spec.data) else { continue };
            if data.reseals {
                continue;
            }
            let keys = row.edges.iter().chain(&row.former);
            let keys = keys.filter(|edge| data.sealed_by.contains(&edge.via.as_str()));
            sealed.extend(
                keys.map(|key| {
                    (&key.owner, format!("{}: {} from before its key changed", row.id, data.what))
                }),
            );
        }
        let mut losses = Vec::new();
        for row in &going {
            let Some((spec, data)) = spec(row).and_then(|spec| Some((spec, spec.loses(&row.inputs)?))) else {
                continue;
            };
            let mut unreadable = Vec::new();
            if data.seals {
                let ours = sealed.iter().filter(|(key, _)| **key == row.owner);
                unreadable.extend(ours.map(|(_, what)| what.clone()));
                unreadable.extend(self.foreign_holders(row));
            }
            let days = spec.window.filter(|_| spec.waits(&row.inputs));
            losses.push(Loss {
                urn: row.urn.clone(),
                id: row.id.clone(),
                what: data.what.to_owned(),
                leaves: data.left(&row.inputs, replaced(row)).map(str::to_owned).collect(),
                days: days.and_then(|name| row.inputs.get(name)?.as_int()),
                unreadable,
            });
        }
        for step in self.steps.iter().filter(|step| !step.unselected) {
            let Some(row) = self.state.rows.get(&step.urn) else { continue };
            losses.extend(self.cuts(step, row).iter().map(|cut| Loss {
                urn: row.urn.clone(),
                id: row.id.clone(),
                what: cut.lost(),
                leaves: Vec::new(),
                days: None,
                unreadable: Vec::new(),
            }));
        }
        losses
    }
}

/// What stays of it, as the end of a sentence.
fn left(data: &Data, row: &Row, replaced: bool) -> String {
    let left: Vec<&str> = data.left(&row.inputs, replaced).collect();
    if left.is_empty() {
        String::new()
    } else {
        format!("; what stays of the old one: {}", left.join(" and "))
    }
}
