//! Plans that must not be carried out, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Planner;
use super::{Op, PlanError, Step};
use crate::contract::OwnerId;
use crate::normal::{same, version};
use crate::state::{Edge, Row};
use crate::urn::Urn;
use crate::value::{Map, Value};

impl Planner<'_> {
    pub(super) fn check_protected(&mut self) {
        if self.input.graph.nodes.is_empty() {
            let locked =
                self.state.deposed.values().filter(|row| row.locked && self.selected.contains(&row.urn));
            let error = |row: &Row| PlanError::Protected { urn: row.urn.clone(), what: "deleted".to_owned() };
            self.refusals.extend(locked.map(error));
        }
        for step in &self.steps {
            let what = match step.op {
                Op::Replace => "replaced",
                Op::Delete | Op::Forget => "deleted",
                _ => continue,
            };
            // The program and the record must both say so; by hand it holds against both.
            let guarded = |row: &Row| row.locked || (row.options.protect && step.options.protect);
            if self.state.rows.get(&step.urn).is_some_and(guarded) {
                self.refusals.push(PlanError::Protected { urn: step.urn.clone(), what: what.to_owned() });
            }
        }
    }

    /// What AWS guards is not deleted before the guard is off: the run would end half-way.
    pub(super) fn check_guarded(&mut self) {
        for step in self.steps.iter().filter(|step| matches!(step.op, Op::Replace | Op::Delete)) {
            let row = self.state.rows.get(&step.urn).filter(|_| !step.options.retain_on_delete);
            let (Some(row), Some(spec)) = (row, self.input.registry.get(step.urn.type_name())) else {
                continue;
            };
            // What could not be read is as on record.
            let live = self.live(&row.owner).map(|live| live.over(row));
            let stands = live.as_ref().map_or(&row.inputs, |live| &live.properties);
            let on = |name: &str| stands.get(name) == Some(&Value::Bool(true));
            let what = if step.op == Op::Replace { "replaced" } else { "deleted" };
            if let Some(guard) = spec.properties.iter().find(|property| property.guards && on(property.name))
            {
                self.refusals.push(PlanError::Guarded {
                    urn: step.urn.clone(),
                    what: what.to_owned(),
                    property: guard.name,
                });
            }
        }
    }

    /// What AWS takes no change back of, or only with a word, is not sent: the run would end half-way.
    pub(super) fn check_no_way_back(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Update) {
            let row = self.state.rows.get(&step.urn);
            let (Some(row), Some(spec)) = (row, self.input.registry.get(step.urn.type_name())) else {
                continue;
            };
            let live = self.live(&row.owner).map(|live| live.over(row));
            let stands = live.as_ref().map_or(&row.inputs, |live| &live.properties);
            for property in spec.properties.iter().filter(|property| property.forward) {
                let text = |map: &Map| map.get(property.name).and_then(Value::as_text).map(str::to_owned);
                let (Some(from), Some(to)) = (text(stands), text(&step.known)) else { continue };
                let earlier = version(&to).zip(version(&from)).is_some_and(|(to, from)| to < from);
                if earlier && !same(property.equality, &Value::text(&to), &Value::text(&from)) {
                    self.refusals.push(PlanError::NoWayBack {
                        urn: step.urn.clone(),
                        property: property.name,
                        from,
                        to,
                    });
                } else if let Some(flag) = property.major
                    && step.known.get(flag) != Some(&Value::Bool(true))
                    && major(&to).zip(major(&from)).is_some_and(|(to, from)| to > from)
                {
                    self.refusals.push(PlanError::MajorVersion {
                        urn: step.urn.clone(),
                        property: property.name,
                        flag,
                        from,
                        to,
                    });
                }
            }
        }
    }

    /// What is only forgotten still stands, and holds what its replacement would need.
    pub(super) fn check_retained(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace && step.options.retain_on_delete) {
            let row = self.state.rows.get(&step.urn);
            let (Some(row), Some(spec)) = (row, self.input.registry.get(step.urn.type_name())) else {
                continue;
            };
            if let Some(claim) = self.cannot_share(spec, step, row) {
                let claim = claim.properties.join(" and ");
                self.errors.push(PlanError::Retained { urn: step.urn.clone(), claim });
            }
        }
    }

    /// What is selected must not come to stand on what stands on it by the record and is left alone: with both on
    /// record none of them could ever go.
    pub(super) fn check_turned_round(&mut self) {
        if self.input.selection.is_all() {
            return;
        }
        let step = |urn: &Urn| self.steps.iter().find(|step| step.urn == *urn);
        let mut stands_on: BTreeMap<&OwnerId, BTreeSet<&OwnerId>> = BTreeMap::new();
        for row in self.state.all_rows() {
            let changes = |step: &Step| !step.unselected && step.owner == row.owner;
            if !step(&row.urn).is_some_and(changes) {
                stands_on.entry(&row.owner).or_default().extend(row.edges.iter().map(|edge| &edge.owner));
            }
        }
        let stays = |step: &&Step| !step.unselected && !matches!(step.op, Op::Delete | Op::Forget);
        for one in self.steps.iter().filter(stays) {
            let grounds = one.dependencies.iter().filter_map(|(to, _)| Some(&step(to)?.owner));
            stands_on.entry(&one.owner).or_default().extend(grounds);
        }
        for one in self.steps.iter().filter(stays) {
            let on_record = |to: &OwnerId| {
                let row = self.state.row(&one.owner);
                row.is_some_and(|row| row.edges.iter().any(|edge| edge.owner == *to))
            };
            for (to, property) in &one.dependencies {
                let Some(ground) = step(to).map(|step| &step.owner).filter(|to| !on_record(to)) else {
                    continue;
                };
                let down = below(&stands_on, ground);
                if !down.contains(&one.owner) {
                    continue;
                }
                let left_alone = |row: &&Row| !self.selected.contains(&row.urn) && down.contains(&row.owner);
                let mut between = self.state.all_rows().filter(left_alone);
                let between = between.find(|row| below(&stands_on, &row.owner).contains(&one.owner));
                if let Some(row) = between {
                    self.refusals.push(PlanError::TurnedRound {
                        urn: one.urn.clone(),
                        property: property.clone(),
                        other: row.urn.clone(),
                    });
                }
            }
        }
    }

    /// A delete must not pull the ground from under what is not selected.
    pub(super) fn check_still_needed(&mut self) {
        if self.input.selection.is_all() {
            return;
        }
        let spared = !self.input.selection.exclude.is_empty();
        let deleted = |urn: &Urn| self.steps.iter().any(|step| step.op == Op::Delete && step.urn == *urn);
        // What would have to stay as well is said all at once, however far down it stands.
        let mut stays: Vec<&Row> =
            self.state.all_rows().filter(|row| !self.selected.contains(&row.urn)).collect();
        let mut said = BTreeSet::new();
        while let Some(row) = stays.pop() {
            for ground in row.edges.iter().filter_map(|edge| self.state.rows.get(&edge.urn)) {
                let on = |edge: &Edge| edge.owner == ground.owner;
                if row.edges.iter().any(on) && deleted(&ground.urn) && said.insert(ground.urn.clone()) {
                    self.errors.push(PlanError::StillNeeded {
                        urn: ground.urn.clone(),
                        dependent: row.urn.clone(),
                        spared,
                    });
                    stays.extend(spared.then_some(ground));
                }
            }
        }
    }
}

/// What something stands on, directly or not, and itself.
fn below<'a>(
    stands_on: &BTreeMap<&'a OwnerId, BTreeSet<&'a OwnerId>>,
    owner: &'a OwnerId,
) -> BTreeSet<&'a OwnerId> {
    let (mut seen, mut open) = (BTreeSet::from([owner]), vec![owner]);
    while let Some(owner) = open.pop() {
        open.extend(stands_on.get(owner).into_iter().flatten().copied().filter(|to| seen.insert(*to)));
    }
    seen
}

fn major(text: &str) -> Option<u64> {
    version(text)?.first().copied()
}
