//! The end of a run: what was left out, the outputs, the last record.

use std::collections::BTreeSet;

use super::machine::{Machine, Phase};
use super::skip::{Fate, why_skipped};
use super::{Command, Now, Report, rfc3339};
use crate::context::Rows;
use crate::expr::resolve;
use crate::plan::Action;
use crate::state::{Entry, Finish};
use crate::value::Map;

impl Machine {
    /// Nothing runs and nothing can start: say what was left out, and write the end.
    pub(super) fn close(&mut self, now: Now, out: &mut Vec<Command>) {
        let fates: Vec<(&Action, Fate)> =
            self.units.iter().map(|unit| (&unit.action, unit.status.fate())).collect();
        // Both halves of a replacement are one step to people.
        let mut said = BTreeSet::new();
        for index in (0..fates.len()).filter(|index| fates[*index].1 == Fate::NotBegun) {
            let reason = if self.halts() { self.why_halted().to_owned() } else { why_skipped(index, &fates) };
            let urn = fates[index].0.urn.clone();
            if said.insert((urn.clone(), reason.clone())) {
                out.push(Command::Report(Report::StepSkipped { urn, reason }));
            }
        }
        if self.store_failed.is_some() || self.plan.is_none() {
            self.phase = Phase::Over;
            return;
        }
        self.phase = Phase::Closing;
        let mut entries = Vec::new();
        if let Some(outputs) = self.new_outputs() {
            entries.push(Entry::Outputs { outputs });
        }
        let result = match (self.interrupted, self.failed) {
            (true, _) => "interrupted",
            (false, true) => "failed",
            (false, false) => "succeeded",
        };
        entries.push(Entry::UpdateFinished {
            record: Finish {
                result: result.to_owned(),
                at: rfc3339(now.wall),
                #[allow(clippy::cast_precision_loss)]
                seconds: now.run.saturating_sub(self.began) as f64 / 1000.0,
                summary: self.summary.clone(),
                errors: self
                    .errors
                    .iter()
                    .take(20)
                    .map(|(urn, trouble)| format!("{urn}: {trouble}"))
                    .collect(),
            },
        });
        self.append(entries, None, out);
    }

    /// The outputs of the stack as they are now, if they differ from those on record.
    fn new_outputs(&self) -> Option<Map> {
        let plan = self.plan.as_ref()?;
        let lookup = Rows { state: &self.state, place: &self.place };
        let outputs: Map = if plan.destroy {
            if self.state.rows.is_empty() { Map::new() } else { return None }
        } else {
            // An output of what was not made in this run is left as it is on record.
            plan.outputs
                .iter()
                .filter_map(|(name, value)| {
                    let value = resolve(value, &lookup).ok().filter(|value| !value.has_unknown());
                    Some((name.clone(), value.or_else(|| self.state.outputs.get(name).cloned())?))
                })
                .collect()
        };
        (outputs != self.state.outputs).then_some(outputs)
    }
}
