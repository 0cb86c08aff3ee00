//! What comes back, and the turn of the unit whose it is.

use std::collections::BTreeSet;

use super::machine::{Machine, Pending, Phase};
use super::outage::{Verdict, cause_of};
use super::task::{Cx, Do, Ending, Input, Task};
use super::unit::UnitStatus;
use super::{Command, Now, Report, Ticket, Trouble, rfc3339};
use crate::contract::{Reply, Request, read_over};
use crate::plan::{Plan, Refreshed};
use crate::state::{Entry, Found, Readings, Removal};

impl Machine {
    /// The first record: that an update begins, and what the refresh found.
    pub(super) fn open(&mut self, now: Now, out: &mut Vec<Command>) {
        self.began = now.run;
        let Some(plan) = self.plan.as_ref().filter(|plan| !plan.is_empty()) else {
            self.phase = if self.plan.is_some() { Phase::Over } else { Phase::Running };
            return;
        };
        let mut entries = vec![Entry::UpdateStarted {
            command: self.settings.command.clone(),
            who: self.settings.who.clone(),
            at: rfc3339(now.wall),
        }];
        let found = plan.refreshed.iter().filter_map(|Refreshed { owner, id, outputs }| {
            let outputs = read_over(outputs, &self.state.row(owner)?.outputs);
            let (owner, id) = (owner.clone(), id.clone());
            Some(Found { owner, id, inputs: None, unseen: BTreeSet::new(), outputs })
        });
        let (moves, gone) = (plan.moves.clone(), plan.gone.clone());
        entries.extend(self.state.take_on(&Readings { moves, gone, found: found.collect() }));
        entries.extend(self.left_by_what_is_gone(plan, now));
        self.append(entries, None, out);
    }

    /// What the deletes of an earlier run left that was cut off before it could say so.
    fn left_by_what_is_gone(&self, plan: &Plan, now: Now) -> Vec<Entry> {
        let left = plan.gone.iter().filter_map(|owner| self.state.row(owner)).flat_map(|row| {
            let moved = plan.moves.iter().find(|(from, _)| *from == row.urn).map(|(_, to)| to);
            let replaced = plan.steps.iter().any(|step| step.urn == *moved.unwrap_or(&row.urn))
                || self.state.deposed.contains_key(row.owner.as_str());
            let spec = self.registry.get(row.urn.type_name());
            self.state.removing(spec, row, Removal::Absent, replaced, now.wall)
        });
        left.filter(|entry| matches!(entry, Entry::Left { .. })).collect()
    }

    pub(super) fn appended(&mut self, now: u64, ticket: Ticket, out: &mut Vec<Command>) {
        let Some((entries, whose)) = self.appends.remove(&ticket) else { return };
        if let Err(illegal) = self.state.apply(&entries) {
            // The store judged by the same rules: this cannot be reached but by a defect.
            self.store_failed = Some(illegal.to_string());
        }
        match whose {
            Some(index) => self.turn(now, index, Input::Go, out),
            None if self.phase == Phase::Opening => self.phase = Phase::Running,
            None => self.phase = Phase::Over,
        }
    }

    /// One error for the run: what other units have on record is gone on with by the next one.
    pub(super) fn append_failed(&mut self, now: u64, ticket: Ticket, why: String, out: &mut Vec<Command>) {
        let Some((entries, whose)) = self.appends.remove(&ticket) else { return };
        let first = self.store_failed.is_none();
        self.store_failed.get_or_insert(why.clone());
        let Some(index) = whose else {
            self.phase = Phase::Over;
            return;
        };
        let UnitStatus::Active(task) = std::mem::replace(&mut self.units[index].status, UnitStatus::Waiting)
        else {
            return;
        };
        let ending = if first {
            Ending::Failed(Box::new(unrecorded(&task, &entries, &why)))
        } else {
            Ending::Interrupted
        };
        self.end(now, index, &task, ending, out);
        self.end_waits(now, out);
    }

    pub(super) fn replied(&mut self, now: u64, ticket: Ticket, reply: Reply, out: &mut Vec<Command>) {
        let Some(Pending::Call(index, request)) = self.pending.remove(&ticket) else { return };
        let verdict = cause_of(&reply).map(|met| {
            let pace = self.settings.pace;
            self.outage.met(now, index, met, pace, out)
        });
        match verdict {
            None => {
                let lasted = self.outage.over(now, index, out);
                self.extend_ceiling(index, lasted);
                self.turn(now, index, Input::Reply(reply), out);
            }
            Some(_) if self.halts() => self.break_off(now, index, out),
            Some(Verdict::Wait(millis)) => {
                let ticket = self.ticket();
                self.pending.insert(ticket, Pending::Again(index, request));
                out.push(Command::Wait { ticket, millis });
            }
            Some(Verdict::GiveUp(trouble)) => self.give_up(now, index, *trouble, out),
        }
    }

    /// Gives a unit's task its turn.
    pub(super) fn turn(&mut self, now: u64, index: usize, input: Input, out: &mut Vec<Command>) {
        self.with_task(now, index, out, |task, cx| task.turn(cx, input));
    }

    /// Lets a unit's task decide, and does what it wants.
    pub(super) fn with_task(
        &mut self,
        now: u64,
        index: usize,
        out: &mut Vec<Command>,
        decide: impl FnOnce(&mut Task, &Cx<'_>) -> Do,
    ) {
        let UnitStatus::Active(mut task) =
            std::mem::replace(&mut self.units[index].status, UnitStatus::Waiting)
        else {
            return;
        };
        let mut next = decide(&mut task, &self.cx(now, index));
        if self.halts() && self.is_more_than_the_rest(&next) {
            next = task.break_off(&self.cx(now, index));
        }
        match next {
            Do::Append(entries, then) => {
                task.then = then;
                self.units[index].status = UnitStatus::Active(task);
                if self.store_failed.is_some() {
                    let ticket = self.ticket();
                    self.appends.insert(ticket, (entries, Some(index)));
                    self.append_failed(now, ticket, "the state could not be written before".to_owned(), out);
                } else {
                    self.append(entries, Some(index), out);
                }
            }
            Do::Call(call) => {
                let (type_name, region) = (task.urn.type_name().to_owned(), task.region.clone());
                self.units[index].status = UnitStatus::Active(task);
                self.send(index, Box::new(Request { type_name, region, call }), out);
            }
            Do::Wait(millis, then, why) => {
                task.then = then;
                let ticket = self.ticket();
                self.pending.insert(ticket, Pending::Wait(index));
                self.queue.waits();
                out.push(Command::Report(Report::StepProgress { urn: task.urn.clone(), message: why }));
                out.push(Command::Wait { ticket, millis });
                self.units[index].status = UnitStatus::Active(task);
            }
            Do::End(ending) => self.end(now, index, &task, ending, out),
        }
    }

    /// What the tasks see.
    fn cx(&self, now: u64, index: usize) -> Cx<'_> {
        Cx {
            state: &self.state,
            registry: &self.registry,
            place: &self.place,
            settings: &self.settings,
            plan: self.plan.as_ref(),
            unfinished: &self.unfinished,
            units: &self.units,
            index,
            stopped: self.is_stopped(),
            now,
        }
    }

    pub(super) fn new_task(&self, now: u64, index: usize) -> Task {
        let unit = &self.units[index];
        Task::new(unit.action.urn.clone(), unit.work.clone(), unit.op, &self.cx(now, index))
    }

    /// A task has come to its end.
    pub(super) fn end(
        &mut self,
        now: u64,
        index: usize,
        task: &Task,
        ending: Ending,
        out: &mut Vec<Command>,
    ) {
        let urn = task.urn.clone();
        let (status, report) = match ending {
            Ending::Succeeded(op) => {
                *self.summary.entry(op.word().to_owned()).or_default() += 1;
                let id = self.state.row(&task.owner).map(|row| row.id.clone());
                let millis = now.saturating_sub(task.started);
                let op = op.word().to_owned();
                (UnitStatus::Done, Report::StepSucceeded { urn, op, id, millis })
            }
            Ending::Settled(message) => (UnitStatus::Done, Report::Recovered { urn, message }),
            Ending::Failed(error) => {
                self.failed = true;
                self.errors.push((urn.clone(), (*error).clone()));
                let op = task.op.word().to_owned();
                (UnitStatus::Failed, Report::StepFailed { urn, op, error: *error })
            }
            Ending::Interrupted => {
                let (op, reason) = (task.op.word().to_owned(), self.why_halted().to_owned());
                (UnitStatus::Interrupted, Report::StepInterrupted { urn, op, reason })
            }
        };
        out.push(Command::Report(report));
        let done = matches!(status, UnitStatus::Done);
        self.units[index].status = status;
        self.queue.ended();
        if done {
            self.queue.done(index, &self.units);
        }
    }
}

fn unrecorded(task: &Task, entries: &[Entry], why: &str) -> Trouble {
    // Beside an intent nothing is an outcome: what a call may take the place of is said to be unsure before it.
    let message = if entries.iter().any(|entry| matches!(entry, Entry::Intended { .. })) {
        format!("the intent for {} could not be recorded, so nothing was sent: {why}", task.urn)
    } else {
        format!("the outcome for {} could not be recorded: {why}", task.urn)
    };
    let hint = "make room for the state and run the command again; what stands is found by the next run";
    Trouble { code: "EXEC-STORE", message, hint: hint.to_owned(), failure: None }
}
