//! From steps to units of execution and their order.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::{Leftover, Op, PlanError, Step};
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
    /// Typical duration of it and of the longest chain behind it, in milliseconds.
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

/// The actions of these steps, in an order that the executor must keep.
pub(super) fn actions(
    steps: &[Step],
    leftovers: &[Leftover],
    order: &Order,
    state: &State,
    registry: &Registry,
) -> Result<Vec<Action>, PlanError> {
    let mut actions: Vec<Action> = Vec::new();
    let mut apply: BTreeMap<&Urn, usize> = BTreeMap::new();
    let mut remove: BTreeMap<&OwnerId, usize> = BTreeMap::new();
    let mut first: BTreeSet<&OwnerId> = BTreeSet::new();
    for step in steps.iter().filter(|step| !step.unselected) {
        if matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import) || step.record_only {
            apply.insert(&step.urn, actions.len());
            actions.push(action(ActionKind::Apply, &step.urn, false));
        }
        if let Some(old) = &step.old_owner
            && matches!(step.op, Op::Replace | Op::Delete | Op::Forget)
            && !order.kept.contains(old)
        {
            remove.insert(old, actions.len());
            if step.delete_first.is_some() {
                first.insert(old);
            }
            actions.push(action(
                ActionKind::Remove { owner: old.clone() },
                &step.urn,
                step.delete_first.is_none(),
            ));
        }
    }
    for left in leftovers {
        remove.insert(&left.owner, actions.len());
        let early = order.yields.iter().any(|(_, owner)| *owner == left.owner);
        if early {
            first.insert(&left.owner);
        }
        actions.push(action(ActionKind::Remove { owner: left.owner.clone() }, &left.urn, !early));
    }
    let by_urn: BTreeMap<&Urn, &Step> = steps.iter().map(|step| (&step.urn, step)).collect();
    // Dependencies before dependents.
    for (urn, index) in &apply {
        for (to, _) in &by_urn[urn].dependencies {
            if let Some(before) = apply.get(to) {
                actions[*index].after.insert(*before);
            }
        }
    }
    // By the edges on record, dependents go before what they depend on.
    for row in state.all_rows() {
        for edge in &row.edges {
            let Some(target) = remove.get(&edge.owner) else { continue };
            if let Some(dependent) = remove.get(&row.owner) {
                actions[*target].after.insert(*dependent);
            }
        }
    }
    for step in steps.iter().filter(|step| step.delete_first.is_some()) {
        if let (Some(create), Some(delete)) =
            (apply.get(&step.urn), step.old_owner.as_ref().and_then(|old| remove.get(old)))
        {
            actions[*create].after.insert(*delete);
        }
    }
    for (urn, owner) in &order.yields {
        if let (Some(create), Some(delete)) = (apply.get(urn), remove.get(owner)) {
            actions[*create].after.insert(*delete);
        }
    }
    // Of rows with one id only one stands: the others go before, without a call.
    let removed: Vec<&Row> = state
        .deposed
        .values()
        .chain(state.rows.values())
        .filter(|row| remove.contains_key(&row.owner))
        .collect();
    for (index, row) in removed.iter().enumerate() {
        let same = |other: &&&Row| {
            other.id == row.id && other.region == row.region && other.urn.type_name() == row.urn.type_name()
        };
        if let Some(before) = removed[..index].iter().rfind(same) {
            actions[remove[&row.owner]].after.insert(remove[&before.owner]);
        }
    }
    // Who stays lets go of what is deleted first, if it can before that is gone.
    for row in state.rows.values().filter(|row| !remove.contains_key(&row.owner)) {
        let Some(update) = apply.get(&row.urn) else { continue };
        for edge in row.edges.iter().filter(|edge| first.contains(&edge.owner)) {
            if let Some(target) = remove.get(&edge.owner)
                && !waits(&actions, *update, *target)
            {
                actions[*target].after.insert(*update);
            }
        }
    }
    // Delete before create, where the plan says so; and what must go before it is not late either.
    let mut early: Vec<usize> = first.iter().filter_map(|owner| remove.get(owner)).copied().collect();
    while let Some(index) = early.pop() {
        for before in actions[index].after.clone() {
            if actions[before].late {
                actions[before].late = false;
                early.push(before);
            }
        }
    }
    refuse_circles(&actions)?;
    weigh(&mut actions, steps, registry);
    Ok(actions)
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

/// Gives each action the length of the longest chain behind it: what starts first.
fn weigh(actions: &mut [Action], steps: &[Step], registry: &Registry) {
    let by_urn: BTreeMap<&Urn, &Step> = steps.iter().map(|step| (&step.urn, step)).collect();
    let own = |action: &Action| -> u64 {
        let Some(spec) = registry.get(action.urn.type_name()) else { return 1_000 };
        match (&action.kind, by_urn.get(&action.urn).map(|step| step.op)) {
            (ActionKind::Remove { .. }, _) => spec.timing.delete,
            (ActionKind::Apply, Some(Op::Create | Op::Replace)) => spec.timing.create,
            (ActionKind::Apply | ActionKind::LetGo { .. }, _) => spec.timing.update,
        }
    };
    for action in actions.iter_mut() {
        action.path_millis = own(action);
    }
    // Chains are at most as long as there are actions; each round settles one more link.
    for _ in 0..actions.len() {
        let mut changed = false;
        for index in 0..actions.len() {
            let behind = actions[index].path_millis;
            for before in actions[index].after.clone() {
                let length = own(&actions[before]) + behind;
                if actions[before].path_millis < length {
                    actions[before].path_millis = length;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
}
