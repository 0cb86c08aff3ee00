//! From steps to units of execution and their order.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::weight::weigh;
use super::{Leftover, Letting, Op, PlanError, Step};
use crate::contract::OwnerId;
use crate::schema::Registry;
use crate::state::{Row, State};
use crate::urn::Urn;

/// A unit of execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What it is.
    pub kind: ActionKind,
    /// Whose.
    pub urn: Urn,
    /// Actions, by index, that must have succeeded before.
    pub after: BTreeSet<usize>,
    /// Whether it waits for all creates and updates: deletes come last.
    pub late: bool,
    /// Typical duration of it and of the longest chain behind it that is as late, in milliseconds.
    pub path_millis: u64,
}

/// The kinds of action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Create, update or import the resource.
    Apply,
    /// Have a resource that stays let go of what is deleted first.
    LetGo {
        /// Which of the plan's lettings.
        letting: usize,
    },
    /// Delete or forget an incarnation.
    Remove {
        /// Which.
        owner: OwnerId,
    },
}

/// What actions are made from.
pub(super) struct Parts<'a> {
    pub steps: &'a [Step],
    pub leftovers: &'a [Leftover],
    pub lettings: &'a [Letting],
    pub order: &'a Order,
    pub state: &'a State,
    pub registry: &'a Registry,
}

/// The actions of these parts, in an order that the executor must keep.
pub(super) fn actions(parts: &Parts<'_>) -> Result<Vec<Action>, PlanError> {
    let mut made = Made::ordered(parts);
    made.holders_let_go_first();
    made.nothing_goes_before_it_must();
    made.named_ones_first();
    made.early_is_not_late();
    made.witnesses_go_last();
    refuse_circles(&made.actions)?;
    weigh(&mut made.actions, parts);
    Ok(made.actions)
}

/// Actions on their way to an order.
pub(super) struct Made<'a> {
    parts: &'a Parts<'a>,
    actions: Vec<Action>,
    apply: BTreeMap<&'a Urn, usize>,
    remove: BTreeMap<&'a OwnerId, usize>,
    let_go: BTreeMap<&'a OwnerId, usize>,
    by_urn: BTreeMap<&'a Urn, &'a Step>,
}

impl<'a> Made<'a> {
    /// The actions in the order that dependencies, edges on record and places give them, whoever holds what.
    pub(super) fn ordered(parts: &'a Parts<'a>) -> Self {
        let mut made = Self::new(parts);
        made.dependencies_first();
        made.dependents_go_first();
        made.one_id_one_delete();
        made.places_are_free_first();
        made
    }

    fn new(parts: &'a Parts<'a>) -> Self {
        let mut made = Self {
            parts,
            actions: Vec::new(),
            apply: BTreeMap::new(),
            remove: BTreeMap::new(),
            let_go: BTreeMap::new(),
            by_urn: parts.steps.iter().map(|step| (&step.urn, step)).collect(),
        };
        for step in parts.steps.iter().filter(|step| !step.unselected) {
            if matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import) || step.record_only {
                made.apply.insert(&step.urn, made.actions.len());
                made.actions.push(action(ActionKind::Apply, &step.urn, false));
            }
            if let Some(old) = &step.old_owner
                && matches!(step.op, Op::Replace | Op::Delete | Op::Forget)
                && !parts.order.kept.contains(old)
            {
                made.remove(old, &step.urn);
            }
        }
        for left in parts.leftovers {
            made.remove(&left.owner, &left.urn);
        }
        for (letting, one) in parts.lettings.iter().enumerate() {
            made.let_go.insert(&one.owner, made.actions.len());
            made.actions.push(action(ActionKind::LetGo { letting }, &one.urn, false));
        }
        made
    }

    fn remove(&mut self, owner: &'a OwnerId, urn: &'a Urn) {
        self.remove.insert(owner, self.actions.len());
        let late = !self.parts.order.first.contains(owner);
        self.actions.push(action(ActionKind::Remove { owner: owner.clone() }, urn, late));
    }

    /// Has a resource changed before an incarnation is deleted; whether that can be.
    pub(super) fn changes_before(&mut self, urn: &Urn, owner: &OwnerId) -> bool {
        let (Some(change), Some(delete)) = (self.apply.get(urn).copied(), self.remove.get(owner).copied())
        else {
            return true;
        };
        let can = !waits(&self.actions, change, delete);
        if can {
            self.before(change, delete);
        }
        can
    }

    fn before(&mut self, first: usize, then: usize) {
        self.actions[then].after.insert(first);
    }

    /// The same, where that makes no circle.
    fn before_if_it_can(&mut self, first: usize, then: usize) {
        if first != then && !waits(&self.actions, first, then) {
            self.before(first, then);
        }
    }

    fn dependencies_first(&mut self) {
        for (urn, index) in self.apply.clone() {
            for (to, _) in &self.by_urn[urn].dependencies {
                if let Some(first) = self.apply.get(to) {
                    self.before(*first, index);
                }
            }
        }
        for (urn, other) in &self.parts.order.after_update {
            if let (Some(then), Some(first)) = (self.apply.get(urn), self.apply.get(other)) {
                self.before(*first, *then);
            }
        }
    }

    /// By the edges on record, dependents go before what they depend on.
    fn dependents_go_first(&mut self) {
        let mut idle = Vec::new();
        for row in self.parts.state.all_rows() {
            for edge in &row.edges {
                let (Some(target), Some(dependent)) =
                    (self.remove.get(&edge.owner).copied(), self.remove.get(&row.owner).copied())
                else {
                    continue;
                };
                // What holds nothing need not hurry.
                let free = self.parts.order.free.contains(&(row.owner.clone(), edge.owner.clone()));
                let first = &self.parts.order.first;
                match free {
                    false => self.before(dependent, target),
                    true if first.contains(&edge.owner) && !first.contains(&row.owner) => {}
                    true => idle.push((dependent, target)),
                }
            }
        }
        for (dependent, target) in idle {
            self.before_if_it_can(dependent, target);
        }
    }

    /// Of rows with one id only one stands: the others go before, without a call.
    fn one_id_one_delete(&mut self) {
        let state = self.parts.state;
        let removed: Vec<&Row> = state
            .deposed
            .values()
            .chain(state.rows.values())
            .filter(|row| self.remove.contains_key(&row.owner))
            .collect();
        for (index, row) in removed.iter().enumerate() {
            let same = |other: &&&Row| {
                other.id == row.id
                    && other.region == row.region
                    && other.urn.type_name() == row.urn.type_name()
            };
            if let Some(before) = removed[..index].iter().rfind(same) {
                self.before(self.remove[&before.owner], self.remove[&row.owner]);
            }
        }
    }

    /// Delete before create, where the plan says so.
    fn places_are_free_first(&mut self) {
        let own = self.parts.steps.iter().filter(|step| step.delete_first.is_some());
        let own = own.filter_map(|step| Some((&step.urn, step.old_owner.as_ref()?)));
        let others = self.parts.order.yields.iter().map(|(urn, owner)| (urn, owner));
        for (urn, owner) in own.chain(others).collect::<Vec<_>>() {
            if let (Some(create), Some(delete)) = (self.apply.get(urn), self.remove.get(owner)) {
                self.before(*delete, *create);
            }
        }
        // Where its replacement turns out not to be needed, it gives the place up by a change.
        for (urn, owner) in &self.parts.order.yields {
            let doubted = |step: &&Step| {
                step.op == Op::Replace && !step.forced && step.old_owner.as_ref() == Some(owner)
            };
            let step = self.parts.steps.iter().find(doubted);
            let change = step.and_then(|step| self.apply.get(&step.urn).copied());
            if let (Some(create), Some(change)) = (self.apply.get(urn).copied(), change) {
                self.before_if_it_can(change, create);
            }
        }
        // Who is in what a holder lets go of goes before it does.
        for (holder, user) in &self.parts.order.leaves {
            let holder = self.parts.state.row(holder).and_then(|row| self.apply.get(&row.urn)).copied();
            if let (Some(change), Some(delete)) = (holder, self.remove.get(user).copied()) {
                self.before(delete, change);
            }
        }
    }

    /// Who stays lets go of what is deleted first.
    fn holders_let_go_first(&mut self) {
        for letting in self.parts.lettings {
            let index = self.let_go[&letting.owner];
            // Only once it is known that it is not replaced itself, and who is in what it lets go of is gone.
            let leaves = self.parts.order.leaves.iter().filter(|(holder, _)| *holder == letting.owner);
            for gone in leaves.map(|(_, user)| user).chain([&letting.owner]) {
                if let Some(gone) = self.remove.get(gone).copied() {
                    self.before(gone, index);
                }
            }
            if let Some(apply) = self.apply.get(&letting.urn) {
                self.before(index, *apply);
            }
            let Some(row) = self.parts.state.row(&letting.owner) else { continue };
            for edge in row.edges.iter().filter(|edge| letting.of.contains(&edge.urn)) {
                if let Some(target) = self.remove.get(&edge.owner) {
                    self.before(index, *target);
                }
            }
        }
        for (urn, owner) in &self.parts.order.changes_first {
            if let (Some(change), Some(delete)) = (self.apply.get(urn), self.remove.get(owner)) {
                self.before(*change, *delete);
            }
        }
        let rows: Vec<&Row> =
            self.parts.state.rows.values().filter(|row| !self.remove.contains_key(&row.owner)).collect();
        for row in rows {
            let Some(update) = self.apply.get(&row.urn).copied() else { continue };
            for edge in &row.edges {
                if let Some(target) = self.remove.get(&edge.owner).copied()
                    && self.parts.order.first.contains(&edge.owner)
                {
                    self.before_if_it_can(update, target);
                }
            }
        }
    }

    /// What is deleted to make room goes only once all else that its successor needs is there.
    fn nothing_goes_before_it_must(&mut self) {
        let own = self.parts.steps.iter().filter(|step| step.delete_first.is_some());
        let own = own.filter_map(|step| Some((&step.urn, step.old_owner.as_ref()?)));
        let others = self.parts.order.yields.iter().map(|(urn, owner)| (urn, owner));
        for (urn, owner) in own.chain(others).collect::<Vec<_>>() {
            let delete = self.remove.get(owner).copied();
            let (Some(step), Some(delete)) = (self.by_urn.get(urn).copied(), delete) else { continue };
            for (to, _) in &step.dependencies {
                if let Some(needed) = self.apply.get(to).copied() {
                    for index in self.going_along(delete) {
                        self.before_if_it_can(needed, index);
                    }
                }
            }
        }
    }

    /// A delete, and all that goes or lets go before it.
    fn going_along(&self, delete: usize) -> BTreeSet<usize> {
        let mut along = BTreeSet::new();
        let mut open = vec![delete];
        while let Some(index) = open.pop() {
            if !matches!(self.actions[index].kind, ActionKind::Apply) && along.insert(index) {
                open.extend(&self.actions[index].after);
            }
        }
        along
    }

    /// What a text names is there before it, as far as that can be.
    fn named_ones_first(&mut self) {
        for (urn, other) in &self.parts.order.named {
            if let (Some(then), Some(first)) = (self.apply.get(urn).copied(), self.apply.get(other).copied())
            {
                self.before_if_it_can(first, then);
            }
        }
    }

    /// What records the deletes sees all of them, but for those of what it stands on itself.
    fn witnesses_go_last(&mut self) {
        let registry = self.parts.registry;
        let witness = |urn: &Urn| registry.get(urn.type_name()).is_some_and(|spec| spec.witness);
        let late: Vec<usize> =
            self.remove.values().copied().filter(|index| self.actions[*index].late).collect();
        let (last, others): (Vec<usize>, Vec<usize>) =
            late.into_iter().partition(|index| witness(&self.actions[*index].urn));
        for last in last {
            for other in &others {
                self.before_if_it_can(*other, last);
            }
        }
    }

    /// What must go before something that is not late is not late either.
    fn early_is_not_late(&mut self) {
        let mut early: Vec<usize> =
            (0..self.actions.len()).filter(|index| !self.actions[*index].late).collect();
        while let Some(index) = early.pop() {
            for before in self.actions[index].after.clone() {
                if self.actions[before].late {
                    self.actions[before].late = false;
                    early.push(before);
                }
            }
        }
    }
}

fn action(kind: ActionKind, urn: &Urn, late: bool) -> Action {
    Action { kind, urn: urn.clone(), after: BTreeSet::new(), late, path_millis: 0 }
}

/// Whether an action comes, directly or not, after another.
fn waits(actions: &[Action], index: usize, other: usize) -> bool {
    let mut open = vec![index];
    let mut seen = BTreeSet::new();
    while let Some(index) = open.pop() {
        if index == other {
            return true;
        }
        if seen.insert(index) {
            open.extend(&actions[index].after);
        }
    }
    false
}

fn refuse_circles(actions: &[Action]) -> Result<(), PlanError> {
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (index, action) in actions.iter().enumerate() {
        graph.add_node(index);
        for before in &action.after {
            graph.add_edge(*before, index, ());
        }
    }
    match tarjan_scc(&graph).into_iter().find(|group| group.len() > 1) {
        None => Ok(()),
        Some(group) => {
            let way = group
                .into_iter()
                .map(|index| match &actions[index].kind {
                    ActionKind::Apply => format!("apply {}", actions[index].urn),
                    ActionKind::Remove { .. } => format!("delete {}", actions[index].urn),
                    ActionKind::LetGo { .. } => format!("let go of what {} holds", actions[index].urn),
                })
                .collect();
            Err(PlanError::Circle { way })
        }
    }
}
