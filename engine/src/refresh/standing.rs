//! What stands already where something is to be created, and who else holds what is to be deleted.

use std::sync::Arc;

use super::Refresh;
use super::batch::{Batch, batch, unrecorded};
use crate::contract::{Reply, Standing};
use crate::exec::{Command, Pace};
use crate::plan::{About, Question};
use crate::schema::Registry;
use crate::state::State;
use crate::urn::Urn;
use crate::value::Map;

impl Refresh {
    /// A machine that looks for what stands already where something is to be created. Where something of
    /// the type was deleted a moment ago, what it sees is believed only when it stays.
    #[must_use]
    pub fn asking(
        questions: Vec<Question>,
        state: &State,
        now: u64,
        registry: Arc<Registry>,
        pace: Pace,
    ) -> Self {
        let batches = questions
            .into_iter()
            .map(|question| {
                let type_name = question.urn.type_name().to_owned();
                let doubted = if state.was_deleted_lately(&type_name, now) { 0 } else { u64::MAX };
                Batch {
                    doubted,
                    question: Some(question.clone()),
                    ..batch(type_name, question.region, Vec::new())
                }
            })
            .collect();
        Self { batches, ..Self::idle(registry, pace) }
    }

    /// What a look has found; where it cannot look, the create call says whether the name is free.
    pub(super) fn looked(&mut self, index: usize, question: Question, reply: Reply) -> Vec<Command> {
        let lag = self.lag_of(index);
        let batch = &mut self.batches[index];
        match (reply, question.about) {
            (Reply::Standing(found), About::Identity(inputs)) if !found.is_empty() => {
                // What was deleted a moment ago may still be seen.
                if batch.doubted <= lag {
                    let millis = (lag / 3).max(1);
                    batch.doubted += millis;
                    return self.wait(index, millis);
                }
                batch.done = true;
                let calls = self.read_waiting(&question.urn, &question.region, &inputs, &found);
                self.observed.standing.insert(question.urn, found);
                return calls;
            }
            (Reply::Read(mut readings), About::LetStand(owner, _)) => {
                if let Some(reading) = readings.pop() {
                    self.observed.readings.insert(owner, reading);
                }
            }
            (Reply::Held(names), About::Holders(owner, _)) => {
                self.observed.holders.insert(owner, names);
            }
            (Reply::Failed(failure), _) => {
                self.observed.unlooked.insert(question.urn, failure);
            }
            _ => {}
        }
        self.batches[index].done = true;
        Vec::new()
    }

    /// What waits for its deletion is restored where it can become what is wanted: a read tells.
    fn read_waiting(&mut self, urn: &Urn, region: &str, inputs: &Map, found: &[Standing]) -> Vec<Command> {
        let type_name = urn.type_name();
        if !self.registry.get(type_name).is_some_and(|spec| spec.restorable) {
            return Vec::new();
        }
        let first = self.batches.len();
        let waits = found.iter().filter(|one| one.deleting);
        self.batches.extend(waits.map(|one| {
            let row = unrecorded(urn.clone(), one.id.clone(), region.to_owned(), inputs.clone());
            Batch { waiting: true, ..batch(type_name.to_owned(), region.to_owned(), vec![row]) }
        }));
        (first..self.batches.len()).map(|index| self.call(index)).collect()
    }
}
