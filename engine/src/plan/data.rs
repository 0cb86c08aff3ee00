//! What holds data: neither made anew nor accepted as gone without its name.

use serde::{Deserialize, Serialize};

use super::build::{Planner, Purpose};
use super::claims::own_claim;
use super::{Op, PlanError, Step};
use crate::contract::OwnerId;
use crate::schema::{Data, Registry, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// Whether somebody has named a resource whose data may be lost: by its physical name or its URN.
pub(crate) fn is_confirmed(confirmed: &[String], row: &Row) -> bool {
    confirmed.iter().any(|name| *name == row.id || name == row.urn.as_str())
}

/// What confirms by name that a new one may be made, empty.
const ANEW: &str = "--confirm-replace";
/// What confirms by name that it may leave the record.
pub(crate) const OFF_RECORD: &str = "--confirm-gone";

/// The refusal to take a row for gone, where it held data and nobody has confirmed it by name.
pub(crate) fn gone_with_data(
    registry: &Registry,
    row: &Row,
    confirmed: &[String],
    flag: &'static str,
) -> Option<PlanError> {
    let data = registry.get(row.urn.type_name())?.data?;
    (!is_confirmed(confirmed, row)).then(|| PlanError::DataGone {
        urn: row.urn.clone(),
        name: row.id.clone(),
        what: data.what,
        way: if data.backed_up { "restore it (`finsight-deploy ops database restore`), or " } else { "" },
        flag,
    })
}

/// What is lost with a resource that goes, and what of it stays.
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
                self.refusals.extend(gone_with_data(self.input.registry, row, self.input.confirmed, ANEW));
            }
        }
    }

    /// What holds data is replaced, deleted and emptied only when it is confirmed by name. Taking down a stack deletes
    /// all that it has, and says what is lost with it ([`Planner::losses`]).
    pub(super) fn check_data(&mut self) {
        let mut refused = Vec::new();
        for step in self.steps.iter().filter(|step| !step.unselected) {
            let Some(row) = self.state.rows.get(&step.urn) else { continue };
            let Some(spec) = self.input.registry.get(row.urn.type_name()) else { continue };
            let Some(data) = spec.loses(&row.inputs).filter(|_| !is_confirmed(self.input.confirmed, row))
            else {
                continue;
            };
            let fate = match step.op {
                Op::Replace if !step.keeps_old() => {
                    format!(
                        "replaced ({}): the new one starts without it{}",
                        step.reason,
                        left(data, row, true)
                    )
                }
                // Under another name it would be as empty.
                Op::Delete if self.order.yields.iter().any(|(_, owner)| *owner == row.owner) => {
                    let successor = self.order.yields.iter().find(|(_, owner)| *owner == row.owner);
                    refused.extend(successor.map(|(urn, _)| PlanError::DataUnderAnotherName {
                        urn: row.urn.clone(),
                        what: data.what,
                        name: row.id.clone(),
                        successor: urn.clone(),
                    }));
                    continue;
                }
                Op::Delete if !self.destroying => {
                    format!("deleted ({}){}", step.reason, left(data, row, false))
                }
                Op::Update => match data.emptied_at.iter().find(|(name, at)| empties(step, row, name, *at)) {
                    Some((name, at)) => format!("emptied: {name} {at} drops what it has"),
                    None => continue,
                },
                _ => continue,
            };
            refused.push(PlanError::HoldsData {
                urn: row.urn.clone(),
                name: row.id.clone(),
                what: data.what,
                fate,
                flag: if step.op == Op::Delete { "--confirm-delete" } else { ANEW },
            });
        }
        self.refusals.extend(refused);
    }

    /// A key is deleted while something that stays is encrypted with it only when it is confirmed by name.
    pub(super) fn check_sealed(&mut self, losses: &[Loss]) {
        for loss in losses.iter().filter(|loss| !loss.unreadable.is_empty()) {
            let confirmed = |name: &String| *name == loss.id || name == loss.urn.as_str();
            if !self.input.unreadable.iter().any(confirmed) {
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

/// Whether a step sets a property to a value at which AWS drops what a resource holds.
fn empties(step: &Step, row: &Row, name: &str, at: i64) -> bool {
    let is = |map: &Map| map.get(name).and_then(Value::as_int) == Some(at);
    is(&step.known) && !is(&row.inputs)
}
