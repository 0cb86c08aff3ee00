//! How long actions and the chains behind them take: what starts first.

use std::collections::BTreeMap;

use super::actions::{Action, ActionKind, Parts};
use super::{Op, Step};
use crate::contract::OwnerId;
use crate::urn::Urn;

/// Whether another one takes the place of what an action removes.
fn is_replaced(owner: &OwnerId, steps: &BTreeMap<&Urn, &Step>, action: &Action) -> bool {
    steps
        .get(&action.urn)
        .is_some_and(|step| step.op == Op::Replace && step.old_owner.as_ref() == Some(owner))
}

/// By incarnation of what is left in this plan, for how long it stays in use after that: a function's network
/// interface stands in its subnet for a while.
fn left<'a>(steps: &BTreeMap<&Urn, &Step>, parts: &Parts<'a>) -> BTreeMap<&'a OwnerId, u64> {
    let mut found = BTreeMap::new();
    for holder in parts.state.rows.values() {
        let spec = parts.registry.get(holder.urn.type_name());
        let Some(lingers) = spec.and_then(|spec| spec.lingers) else { continue };
        let is_it = |path: &str| path.split(['.', '[']).next() == Some(lingers.property);
        if !steps.get(&holder.urn).is_some_and(|step| step.diff.iter().any(|change| is_it(&change.path))) {
            continue;
        }
        for edge in holder.edges.iter().filter(|edge| is_it(&edge.via)) {
            let millis: &mut u64 = found.entry(&edge.owner).or_default();
            *millis = lingers.millis.max(*millis);
        }
    }
    found
}

/// Gives each action the length of the longest chain behind it: what starts first.
pub(super) fn weigh(actions: &mut [Action], parts: &Parts<'_>) {
    let by_urn: BTreeMap<&Urn, &Step> = parts.steps.iter().map(|step| (&step.urn, step)).collect();
    let left = left(&by_urn, parts);
    let stays = |owner: &OwnerId| left.get(owner).copied().unwrap_or_default();
    let own = |action: &Action| -> u64 {
        let Some(spec) = parts.registry.get(action.urn.type_name()) else { return 1_000 };
        match (&action.kind, by_urn.get(&action.urn).map(|step| step.op)) {
            (ActionKind::Remove { owner }, _) if action.late || !is_replaced(owner, &by_urn, action) => {
                let row = parts.state.all_rows().find(|row| row.owner == *owner);
                row.map_or(spec.timing.delete, |row| spec.delete_millis(&row.inputs).max(stays(owner)))
            }
            (ActionKind::Remove { owner }, _) => spec.timing.delete.max(stays(owner)),
            (ActionKind::Apply, Some(Op::Create | Op::Replace)) => spec.timing.create,
            (ActionKind::Apply | ActionKind::LetGo { .. }, _) => spec.timing.update,
        }
    };
    let durations: Vec<u64> = actions.iter().map(own).collect();
    for (action, millis) in actions.iter_mut().zip(&durations) {
        action.path_millis = *millis;
    }
    // Chains are at most as long as there are actions; each round settles one more link.
    for _ in 0..actions.len() {
        let mut changed = false;
        for index in 0..actions.len() {
            let behind = actions[index].path_millis;
            for before in actions[index].after.clone() {
                // What comes late waits for all else: it says nothing about what else is to start first.
                let length = durations[before] + behind;
                if actions[before].late == actions[index].late && actions[before].path_millis < length {
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
