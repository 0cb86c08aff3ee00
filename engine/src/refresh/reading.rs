//! What a read has shown, and when it is believed: reads lag behind.

use super::Refresh;
use crate::contract::{Live, Reading, Reply};
use crate::diff::{drift_of, taint_live};
use crate::exec::Command;
use crate::plan::{Whose, whose};
use crate::redact::{redact_reading, secrets_of};
use crate::schema::TypeSpec;
use crate::state::{Row, State};

impl Refresh {
    /// Takes in what a read of rows has shown.
    pub(super) fn read(&mut self, index: usize, reply: Reply) -> Vec<Command> {
        let lag = self.lag_of(index);
        let batch = &mut self.batches[index];
        let spec = self.registry.get(&batch.type_name);
        let readings = match reply {
            Reply::Read(readings) => readings,
            Reply::Failed(failure) => batch.rows.iter().map(|_| Reading::Unknown(failure.clone())).collect(),
            _ => Vec::new(),
        };
        batch.failures = 0;
        let mut unseen = Vec::new();
        for (row, mut reading) in batch.rows.iter().zip(readings) {
            if let (Reading::Found(live), Some(spec)) = (&mut reading, spec) {
                taint_live(spec, live, &row.inputs);
                self.own.take_out(spec, &row.region, live);
            }
            redact_reading(&mut reading, &secrets_of(&row.inputs));
            // A read that lags behind sees nothing yet, or what had the name before.
            let believed = match (&reading, spec) {
                (Reading::Absent, _) => batch.doubted > lag,
                (Reading::Found(live), Some(spec)) if whose(spec, row, live) != Whose::Ours => {
                    batch.disputed.insert(row.owner.clone(), batch.doubted);
                    batch.doubted > lag
                }
                _ => batch.disputed.get(&row.owner).is_none_or(|at| batch.doubted > at + lag),
            };
            // What an update has brought in which a run was killed may not be seen yet.
            let begun = self.begun.get(&row.owner).filter(|_| batch.doubted <= lag);
            let lacking = begun.is_some_and(|on| matches!(&reading, Reading::Found(live) if lacks(live, on)));
            // What it was before the last change is no drift, and may hold secrets that are on no record any more.
            let changed = self.changed.contains(&row.urn) && batch.doubted <= lag;
            let as_before = changed
                && matches!((&reading, spec), (Reading::Found(live), Some(spec)) if differs(spec, row, live));
            // An interrupted refresh does not believe it either.
            let fresh = self.fresh.as_ref().is_none_or(|fresh| fresh.contains(&row.urn));
            if lacking || as_before || (!believed && fresh) {
                unseen.push(row.clone());
                continue;
            }
            if batch.waiting {
                if let Reading::Found(live) = reading {
                    self.observed.waiting.insert((row.urn.clone(), row.id.clone()), *live);
                }
            } else if row.owner.as_str().is_empty() {
                self.observed.imports.insert(row.urn.clone(), reading);
            } else {
                self.observed.readings.insert(row.owner.clone(), reading);
            }
        }
        // What was just created may not be visible yet: it is gone once it stays unseen for its lag.
        if unseen.is_empty() {
            batch.done = true;
            return Vec::new();
        }
        let millis = (lag / 5).max(1);
        batch.rows = unseen;
        batch.doubted += millis;
        self.wait(index, millis)
    }
}

/// What an update that was begun is to have a row stand on, and what is on record of it does not say.
pub(super) fn begun_of(state: &State, row: &Row) -> Vec<(String, Row)> {
    let standing = row.standing();
    let said = |via: &str, on: &Row| standing.get(via).is_some_and(|value| on.may_be_in(value));
    let on = row.edges.iter().filter_map(|edge| Some((edge.via.clone(), state.row(&edge.owner)?.clone())));
    on.filter(|(via, on)| !said(via, on)).collect()
}

/// Whether a reading shows something else than what is on record.
fn differs(spec: &TypeSpec, row: &Row, live: &Live) -> bool {
    !drift_of(spec, &row.inputs, live, &row.options).is_empty()
}

/// Whether a reading shows a property without what it is to stand on.
fn lacks(live: &Live, begun: &[(String, Row)]) -> bool {
    begun.iter().any(|(via, on)| live.properties.get(via).is_some_and(|value| !on.may_be_in(value)))
}
