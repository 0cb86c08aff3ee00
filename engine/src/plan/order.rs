//! What must go before something else can be made.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Planner;
use super::{Op, PlanError};
use crate::contract::OwnerId;
use crate::schema::LetsGo;
use crate::state::{Edge, Row};
use crate::urn::Urn;

/// What orders actions besides dependencies.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Who is made in the place of which incarnation.
    pub yields: BTreeSet<(Urn, OwnerId)>,
    /// What is deleted before something is made in its place, or in that of what it stands on.
    pub first: BTreeSet<OwnerId>,
    /// Who lets go of what another one is in that goes: the holder, then the other. That one goes before.
    pub leaves: BTreeSet<(OwnerId, OwnerId)>,
    /// Who changes to something else before what it holds is deleted.
    pub changes_first: BTreeSet<(Urn, OwnerId)>,
    /// Who takes what another one gives up when it is changed in place: the one, then the other.
    pub after_update: BTreeSet<(Urn, Urn)>,
    /// Who names another one by a text: the one, then the other. It waits for it where that is no circle.
    pub named: BTreeSet<(Urn, Urn)>,
    /// Replaced incarnations that are not deleted in this run.
    pub kept: BTreeSet<OwnerId>,
    /// Edges on record that hold nothing: of which incarnation to which.
    pub free: BTreeSet<(OwnerId, OwnerId)>,
}

impl Planner<'_> {
    /// An old resource on which something stands that is not selected stays for now.
    pub(super) fn keep_what_others_stand_on(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace) {
            let Some(old) = &step.old_owner else { continue };
            match self.unselected_dependent(old) {
                Some(dependent) if step.delete_first.is_some() || self.swaps(step) => {
                    let spared = !self.input.selection.exclude.is_empty();
                    self.errors.push(PlanError::StillNeeded { urn: step.urn.clone(), dependent, spared });
                }
                Some(_) => {
                    self.order.kept.insert(old.clone());
                }
                None => {}
            }
        }
    }

    pub(super) fn unselected_dependent(&self, owner: &OwnerId) -> Option<Urn> {
        self.state
            .all_rows()
            .find(|row| {
                !self.selected.contains(&row.urn) && row.edges.iter().any(|edge| edge.owner == *owner)
            })
            .map(|row| row.urn.clone())
    }

    /// What is deleted before its successor is made, or before another one takes its place.
    fn deleted_first(&self) -> BTreeSet<OwnerId> {
        let yields = self.order.yields.iter().map(|(_, owner)| owner.clone());
        let early = self.steps.iter().filter(|step| step.delete_first.is_some());
        yields.chain(early.filter_map(|step| step.old_owner.clone())).collect()
    }

    /// What holds a resource that is deleted first, and goes itself, goes first too.
    pub(super) fn spread_delete_first(&mut self) {
        let mut first = self.deleted_first();
        for (holder, user, why) in self.in_what_is_left() {
            for step in self.steps.iter_mut().filter(|step| step.old_owner.as_ref() == Some(&user)) {
                step.delete_first.get_or_insert_with(|| why.clone());
            }
            first.insert(user.clone());
            self.order.leaves.insert((holder, user));
        }
        loop {
            let holds =
                |row: &Row| row.edges.iter().any(|edge| first.contains(&edge.owner) && self.holds(row, edge));
            let Some(owner) = self
                .state
                .all_rows()
                .find(|row| !first.contains(&row.owner) && holds(row) && self.goes(row))
                .map(|row| row.owner.clone())
            else {
                break;
            };
            for step in self.steps.iter_mut().filter(|step| step.old_owner.as_ref() == Some(&owner)) {
                step.delete_first.get_or_insert_with(|| "what it stands on is deleted first".to_owned());
            }
            first.insert(owner);
        }
        self.order.first = first;
        let free: BTreeMap<&OwnerId, &Row> = self.state.all_rows().map(|row| (&row.owner, row)).collect();
        self.order.free = free
            .values()
            .flat_map(|row| row.edges.iter().map(move |edge| (row, edge)))
            .filter(|(row, edge)| !row.edges.iter().any(|e| e.owner == edge.owner && self.holds(row, e)))
            .map(|(row, edge)| (row.owner.clone(), edge.owner.clone()))
            .collect();
    }

    /// Whether AWS refuses to delete what this edge leads to while the row's resource stands.
    pub(super) fn holds(&self, row: &Row, edge: &Edge) -> bool {
        self.letting(row, edge) != LetsGo::Free
    }

    /// How a row's resource lets go of what an edge leads to.
    pub(super) fn letting(&self, row: &Row, edge: &Edge) -> LetsGo {
        let spec = self.input.registry.get(row.urn.type_name());
        match spec.and_then(|spec| spec.property(&edge.via)) {
            // What an update was to bring that was begun and came to nothing holds nothing.
            Some(_) if !self.bears_out(row, edge) => LetsGo::Free,
            Some(property) => property.letting_of(edge.urn.type_name()),
            // What `depends_on` says orders, and what is no property any more holds nothing.
            None => LetsGo::Free,
        }
    }

    /// Whether this run takes a row's resource away.
    pub(super) fn goes(&self, row: &Row) -> bool {
        self.leftovers.iter().any(|left| left.owner == row.owner)
            || self.steps.iter().any(|step| {
                step.old_owner.as_ref() == Some(&row.owner)
                    && matches!(step.op, Op::Replace | Op::Delete | Op::Forget)
            })
    }
}
