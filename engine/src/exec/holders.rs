//! What keeps AWS from a delete by the record, and whether this run will still make it let go.

use std::collections::BTreeSet;

use super::task::{Cx, Task, Work};
use super::unit::UnitStatus;
use crate::plan::Op;
use crate::schema::LetsGo;
use crate::state::{Edge, Row};
use crate::urn::Urn;

impl Task {
    /// A holder of what is being deleted that nothing in this run will make let go, and the property by which
    /// it holds: waiting for it would be waiting for what can only happen afterwards.
    pub(super) fn held_for_good(&self, cx: &Cx<'_>) -> Option<(Urn, String)> {
        let going = self.row(cx)?;
        cx.state.all_rows().filter(|row| row.owner != self.owner).find_map(|row| {
            let spec = cx.registry.get(row.urn.type_name())?;
            // What an update was to bring that an earlier run began may have come to nothing.
            let sure = |edge: &Edge| {
                !cx.unfinished.contains(&row.owner)
                    || row.standing().get(&edge.via).is_some_and(|value| going.may_be_in(value))
            };
            let edge = row.edges.iter().find(|edge| {
                let property = spec.property(super::apply::first(&edge.via));
                edge.owner == self.owner
                    && sure(edge)
                    && property.is_some_and(|p| p.letting_of(self.urn.type_name()) != LetsGo::Free)
            })?;
            (!will_let_go(cx, row)).then(|| (row.urn.clone(), edge.via.clone()))
        })
    }
}

/// Whether a unit that comes before the waiting one, or beside it, makes a row's resource let go.
fn will_let_go(cx: &Cx<'_>, row: &Row) -> bool {
    let frees = |work: &Work, urn: &Urn| match work {
        Work::Remove { owner, .. } => *owner == row.owner,
        // Where another takes its place, the old one holds until it is removed.
        Work::Apply(step) => *urn == row.urn && !(step.op == Op::Replace && step.forced),
        Work::LetGo(_) => *urn == row.urn,
        Work::Settle(_) => false,
    };
    cx.units
        .iter()
        .enumerate()
        .any(|(index, unit)| index != cx.index && frees(&unit.work, &unit.action.urn) && will_run(cx, index))
}

/// Whether a unit runs, or can still begin while the waiting one waits.
fn will_run(cx: &Cx<'_>, index: usize) -> bool {
    match &cx.units[index].status {
        UnitStatus::Active(_) => return true,
        UnitStatus::Waiting if !cx.stopped => {}
        _ => return false,
    }
    let me = &cx.units[cx.index].action;
    let mut open = vec![index];
    let mut seen = BTreeSet::new();
    while let Some(index) = open.pop() {
        let unit = &cx.units[index];
        let never = matches!(unit.status, UnitStatus::Failed | UnitStatus::Interrupted);
        // What is late waits for everything that is not.
        if index == cx.index || never || (unit.action.late && !me.late) {
            return false;
        }
        if seen.insert(index) && !matches!(unit.status, UnitStatus::Done) {
            open.extend(&unit.action.after);
        }
    }
    true
}
