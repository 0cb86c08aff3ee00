//! What comes between two commands of a run: another process, another hand, another hour.

use finsight_engine::contract::FailureClass;
use finsight_engine::state::{Entry, Status};

use super::{Ask, Between, Due, Late, World};
use crate::cloud::refusal;

impl World {
    /// Whatever was to come before the command that is about to be carried out.
    pub(super) fn come_between(&mut self) {
        let Some(entry) = self.between.first_entry().filter(|entry| *entry.key() <= self.commands) else {
            return;
        };
        let what = entry.remove();
        match what {
            Between::Rival(ask) => self.rival(&ask),
            Between::Changes(number, from) => {
                self.say(|| format!("someone changes {number}"));
                self.watch.faulty = true;
                let now = self.now;
                let _ = self.cloud.someone_changes(now, number, from);
            }
            Between::Jump(millis) => {
                self.say(|| format!("the clock jumps by {} s", millis / 1000));
                self.ahead = self.ahead.saturating_add(millis);
            }
        }
    }

    /// Another process takes over the store. What this one has sent arrives, and it never hears of it.
    fn rival(&mut self, ask: &Ask) {
        self.say(|| "another process takes over".to_owned());
        let mut queue = std::mem::take(&mut self.queue);
        let sent: Vec<(u64, u64)> = queue
            .iter()
            .filter(|(_, due)| matches!(due, Due::Arrive { request, .. } if request.call.mutates()))
            .map(|(key, _)| *key)
            .collect();
        for key in sent {
            if let Some(Due::Arrive { ticket, urn, request }) = queue.remove(&key) {
                let reply = refusal(&request, FailureClass::Ambiguous, "the answer was lost");
                queue.insert(key, Due::Reply { ticket, reply });
                let lag = self.cloud.registry.get(&request.type_name).map_or(0, |spec| spec.timing.lag / 2);
                self.late.insert(key, Late { urn, request, lag });
            }
        }
        let watch = std::mem::take(&mut self.watch);
        let reports = std::mem::take(&mut self.reports);
        self.run(ask);
        self.queue = queue;
        self.watch = watch;
        self.reports = reports;
        self.watch.fenced = true;
    }

    /// What the machine is told of the time that has passed: it goes on from what the wall said when the run
    /// began.
    pub(super) fn clock(&mut self) -> u64 {
        let wall = self.bend.as_ref().is_some_and(|bend| bend.is_on_the_wall());
        let ahead = if wall { self.ahead } else { self.watch.ahead };
        let now = self.now.saturating_add_signed(ahead);
        self.bend.as_mut().map_or(now, |bend| bend.now(now))
    }

    /// What was on record as ready once, and what was imported once.
    pub(super) fn note_ready(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Entry::RowPut { row } = entry else { continue };
            if row.status == Status::Ready {
                self.ready.insert(row.owner.clone());
            }
            if row.options.import_id.as_ref() == Some(&row.id) {
                self.taken_in.insert(row.id.clone());
            }
        }
    }
}
