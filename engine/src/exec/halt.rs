//! The end before the end: Ctrl-C, a state that cannot be written, a network that does not come back.

use super::machine::{Machine, Pending};
use super::task::{Do, Ending, Task};
use super::unit::UnitStatus;
use super::{Command, Trouble};
use crate::state::Entry;

impl Machine {
    /// Whether what is under way is only brought to where the next run goes on.
    pub(super) fn halts(&self) -> bool {
        self.interrupted || self.store_failed.is_some() || self.given_up.is_some()
    }

    /// Whether nothing new is begun.
    pub(super) fn is_stopped(&self) -> bool {
        let failed = self.failed && !self.settings.continue_on_error && self.plan.is_some();
        self.halts() || failed
    }

    /// Why the run halts, in words.
    pub(super) fn why_halted(&self) -> &'static str {
        if self.interrupted {
            "the run was interrupted"
        } else if self.store_failed.is_some() {
            "the state could not be written"
        } else {
            self.given_up.unwrap_or("the run ended before it was done")
        }
    }

    /// While the run halts, nothing waits, and nothing is intended. What could not be recorded, or would not get
    /// through, is not sent either.
    pub(super) fn is_more_than_the_rest(&self, next: &Do) -> bool {
        match next {
            Do::Wait(..) => true,
            Do::Append(entries, _) => entries.iter().any(|entry| matches!(entry, Entry::Intended { .. })),
            Do::Call(_) => self.store_failed.is_some() || self.given_up.is_some(),
            Do::End(_) => false,
        }
    }

    /// Every wait ends: only calls in flight are awaited.
    pub(super) fn end_waits(&mut self, now: u64, out: &mut Vec<Command>) {
        let calls = |pending: &Pending| matches!(pending, Pending::Call(..));
        let waits: Vec<_> =
            self.pending.iter().filter(|(_, pending)| !calls(pending)).map(|(ticket, _)| *ticket).collect();
        let mut units = self.queue.take_waited();
        for ticket in waits {
            if let Some(pending) = self.pending.remove(&ticket) {
                if matches!(pending, Pending::Wait(_)) {
                    self.queue.resumes();
                }
                units.push(pending.unit());
            }
        }
        for index in units {
            self.break_off(now, index, out);
        }
    }

    /// Ends a unit where it stands.
    pub(super) fn break_off(&mut self, now: u64, index: usize, out: &mut Vec<Command>) {
        self.with_task(now, index, out, |task, cx| task.break_off(cx));
    }

    /// What is in flight is not awaited any longer: what became of it is found out by the next run.
    pub(super) fn leave(&mut self, out: &mut Vec<Command>) {
        self.interrupted = true;
        for (_, pending) in std::mem::take(&mut self.pending) {
            let index = pending.unit();
            let status = std::mem::replace(&mut self.units[index].status, UnitStatus::Waiting);
            if let UnitStatus::Active(task) = status {
                self.end(0, index, &task, Ending::Interrupted, out);
            }
        }
    }

    /// Nothing got through for too long: one error for the whole run.
    pub(super) fn give_up(&mut self, now: u64, index: usize, trouble: Trouble, out: &mut Vec<Command>) {
        let Trouble { code, message, hint, failure } = trouble;
        self.with_task(now, index, out, |task, cx| task.fail(code, message, &hint, failure, cx));
        self.given_up = Some(if code == "EXEC-CREDENTIALS" {
            "the credentials have expired"
        } else {
            "AWS could not be reached"
        });
        self.end_waits(now, out);
    }

    /// Time in which a step's call did not get through does not count against the step.
    pub(super) fn extend_ceiling(&mut self, index: usize, millis: u64) {
        if let UnitStatus::Active(task) = &mut self.units[index].status {
            let task: &mut Task = task;
            task.deadline = task.deadline.saturating_add(millis);
            task.empty_until = task.empty_until.map(|until| until.saturating_add(millis));
        }
    }
}
