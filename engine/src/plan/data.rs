//! What holds data: neither made anew nor accepted as gone without its name.

use super::build::{Planner, Purpose};
use super::claims::own_claim;
use super::{Op, PlanError, Step};
use crate::schema::{Registry, TypeSpec};
use crate::state::Row;

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
    let holds = registry.get(row.urn.type_name()).is_some_and(TypeSpec::holds_data);
    (holds && !is_confirmed(confirmed, row)).then(|| PlanError::DataGone {
        urn: row.urn.clone(),
        name: row.id.clone(),
        flag,
    })
}

impl Planner<'_> {
    /// What held data and is gone is not made anew, empty, unless that is confirmed by name.
    pub(super) fn check_data_gone(&mut self) {
        if self.input.purpose != Purpose::Up {
            return;
        }
        for owner in &self.gone {
            let Some(row) = self.input.state.rows.values().find(|row| row.owner == *owner) else { continue };
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
}
