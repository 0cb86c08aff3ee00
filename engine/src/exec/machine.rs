//! Scheduling: what may start, what waits, when it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::task::{Cx, Do, Ending, Input, Task, Work};
use super::unit::{Unit, UnitStatus, unit_of};
use super::{Command, Event, Report, Settings, Summary, Ticket, Trouble, rfc3339};
use crate::context::Place;
use crate::contract::Request;
use crate::plan::{Action, ActionKind, Op, Plan, Refreshed};
use crate::schema::Registry;
use crate::state::{Entry, Found, Readings, State};
use crate::urn::Urn;
use crate::value::Map;

/// A run of the executor over a plan, or over the open intents of a state.
pub struct Machine {
    pub(super) registry: Arc<Registry>,
    pub(super) settings: Settings,
    pub(super) place: Place,
    pub(super) state: State,
    pub(super) plan: Option<Plan>,
    pub(super) units: Vec<Unit>,
    /// Records on their way: what they hold and whose they are.
    appends: BTreeMap<Ticket, (Vec<Entry>, Option<usize>)>,
    /// Calls and waits on their way.
    pending: BTreeMap<Ticket, usize>,
    next: Ticket,
    pub(super) phase: Phase,
    pub(super) began: u64,
    pub(super) interrupted: bool,
    pub(super) failed: bool,
    pub(super) store_failed: Option<String>,
    pub(super) summary: Summary,
    pub(super) errors: Vec<(Urn, Trouble)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before the first record.
    Opening,
    /// Units run.
    Running,
    /// The last record is on its way.
    Closing,
    /// Nothing more will happen.
    Over,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was done, by operation.
    pub summary: Summary,
    /// The steps that failed.
    pub errors: Vec<(Urn, Trouble)>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Why the store failed, if it did.
    pub store_failed: Option<String>,
    /// The outputs of the stack.
    pub outputs: Map,
    /// Milliseconds it took.
    pub millis: u64,
}

impl Outcome {
    /// Whether all that was planned was done.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.errors.is_empty() && !self.interrupted && self.store_failed.is_none()
    }
}

impl Machine {
    /// A run of a plan on the state that it was made from.
    ///
    /// # Errors
    /// When the state has moved on since, or an intent is open.
    #[allow(clippy::result_large_err, reason = "it is made once a run")]
    pub fn new(
        plan: Plan,
        state: State,
        registry: Arc<Registry>,
        place: Place,
        settings: Settings,
    ) -> Result<Self, Trouble> {
        if plan.serial != state.serial || plan.stack != state.stack {
            return Err(Trouble {
                code: "PLAN-STALE",
                message: format!(
                    "the plan was made from serial {} of stack {}, but the state is at serial {} of stack {}",
                    plan.serial, plan.stack, state.serial, state.stack
                ),
                hint: "nothing was changed; make a new plan".to_owned(),
                failure: None,
            });
        }
        if let Some(intent) = state.intents.values().next() {
            return Err(Trouble {
                code: "PLAN-UNSETTLED",
                message: format!("what became of an earlier operation on {} is not known yet", intent.urn),
                hint: "nothing was changed; run the command again: it settles what is open first".to_owned(),
                failure: None,
            });
        }
        let units = plan.actions.iter().filter_map(|action| unit_of(&plan, action)).collect();
        Ok(Self::with(Some(plan), units, state, registry, place, settings))
    }

    /// A run that settles the intents which an earlier run left open.
    #[must_use]
    pub fn recovery(state: State, registry: Arc<Registry>, place: Place, settings: Settings) -> Self {
        let units = state
            .intents
            .values()
            .map(|intent| Unit {
                action: Action {
                    kind: ActionKind::Apply,
                    urn: intent.urn.clone(),
                    after: BTreeSet::new(),
                    late: false,
                    path_millis: 0,
                },
                work: Work::Settle(Box::new(intent.clone())),
                op: Op::Same,
                status: UnitStatus::Waiting,
            })
            .collect();
        Self::with(None, units, state, registry, place, settings)
    }

    fn with(
        plan: Option<Plan>,
        units: Vec<Unit>,
        state: State,
        registry: Arc<Registry>,
        place: Place,
        settings: Settings,
    ) -> Self {
        Self {
            registry,
            settings,
            place,
            state,
            plan,
            units,
            appends: BTreeMap::new(),
            pending: BTreeMap::new(),
            next: 1,
            phase: Phase::Opening,
            began: 0,
            interrupted: false,
            failed: false,
            store_failed: None,
            summary: Summary::new(),
            errors: Vec::new(),
        }
    }

    /// The state as this run has made it so far.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How it ended; `None` while it runs.
    #[must_use]
    pub fn outcome(&self, now: u64) -> Option<Outcome> {
        (self.phase == Phase::Over).then(|| Outcome {
            summary: self.summary.clone(),
            errors: self.errors.clone(),
            interrupted: self.interrupted,
            store_failed: self.store_failed.clone(),
            outputs: self.state.outputs.clone(),
            millis: now.saturating_sub(self.began),
        })
    }

    /// Takes an event and gives commands. `now` is in milliseconds since 1970.
    pub fn step(&mut self, now: u64, event: Event) -> Vec<Command> {
        let mut out = Vec::new();
        match event {
            Event::Begin => self.open(now, &mut out),
            Event::Appended { ticket } => self.appended(now, ticket, &mut out),
            Event::AppendFailed { ticket, why } => self.append_failed(ticket, why),
            Event::Replied { ticket, reply } => {
                if let Some(index) = self.pending.remove(&ticket) {
                    self.turn(now, index, Input::Reply(reply), &mut out);
                }
            }
            Event::Elapsed { ticket } => {
                if let Some(index) = self.pending.remove(&ticket) {
                    self.turn(now, index, Input::Go, &mut out);
                }
            }
            Event::Interrupt => self.interrupted = true,
        }
        self.schedule(now, &mut out);
        out
    }

    fn ticket(&mut self) -> Ticket {
        self.next += 1;
        self.next
    }

    pub(super) fn append(&mut self, entries: Vec<Entry>, whose: Option<usize>, out: &mut Vec<Command>) {
        let ticket = self.ticket();
        self.appends.insert(ticket, (entries.clone(), whose));
        out.push(Command::Append { ticket, entries });
    }

    /// The first record: that an update begins, and what the refresh found.
    fn open(&mut self, now: u64, out: &mut Vec<Command>) {
        self.began = now;
        let Some(plan) = self.plan.as_ref().filter(|plan| !plan.is_empty()) else {
            self.phase = if self.plan.is_some() { Phase::Over } else { Phase::Running };
            return;
        };
        let mut entries = vec![Entry::UpdateStarted {
            command: self.settings.command.clone(),
            who: self.settings.who.clone(),
            at: rfc3339(now),
        }];
        let found = plan.refreshed.iter().cloned().map(|Refreshed { owner, id, outputs }| Found {
            owner,
            id,
            inputs: None,
            outputs,
        });
        let (moves, gone) = (plan.moves.clone(), plan.gone.clone());
        entries.extend(self.state.take_on(&Readings { moves, gone, found: found.collect() }));
        self.append(entries, None, out);
    }

    fn appended(&mut self, now: u64, ticket: Ticket, out: &mut Vec<Command>) {
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

    fn append_failed(&mut self, ticket: Ticket, why: String) {
        let Some((entries, whose)) = self.appends.remove(&ticket) else { return };
        self.store_failed.get_or_insert(why.clone());
        let Some(index) = whose else {
            self.phase = Phase::Over;
            return;
        };
        let stands =
            entries.iter().any(|entry| matches!(entry, Entry::RowPut { .. } | Entry::RowRemoved { .. }));
        let message = if stands {
            format!("the outcome for {} could not be recorded: {why}", self.units[index].action.urn)
        } else {
            format!(
                "the intent for {} could not be recorded, so nothing was sent: {why}",
                self.units[index].action.urn
            )
        };
        let hint = "make room for the state and run the command again; what stands is found by the next run";
        let trouble = Trouble { code: "EXEC-STORE", message, hint: hint.to_owned(), failure: None };
        self.errors.push((self.units[index].action.urn.clone(), trouble));
        self.units[index].status = UnitStatus::Failed;
        self.failed = true;
    }

    fn turn(&mut self, now: u64, index: usize, input: Input, out: &mut Vec<Command>) {
        let UnitStatus::Active(mut task) =
            std::mem::replace(&mut self.units[index].status, UnitStatus::Waiting)
        else {
            return;
        };
        let cx = Cx {
            state: &self.state,
            registry: &self.registry,
            place: &self.place,
            settings: &self.settings,
            now,
        };
        let next = task.turn(&cx, input);
        match next {
            Do::Append(entries, then) => {
                task.then = then;
                self.units[index].status = UnitStatus::Active(task);
                if self.store_failed.is_some() {
                    let ticket = self.ticket();
                    self.appends.insert(ticket, (entries, Some(index)));
                    self.append_failed(ticket, "the state could not be written before".to_owned());
                } else {
                    self.append(entries, Some(index), out);
                }
            }
            Do::Call(call) => {
                let ticket = self.ticket();
                self.pending.insert(ticket, index);
                let request =
                    Request { type_name: task.urn.type_name().to_owned(), region: task.region.clone(), call };
                out.push(Command::Call { ticket, urn: task.urn.clone(), request: Box::new(request) });
                self.units[index].status = UnitStatus::Active(task);
            }
            Do::Wait(millis, then, why) => {
                task.then = then;
                let ticket = self.ticket();
                self.pending.insert(ticket, index);
                out.push(Command::Report(Report::StepProgress { urn: task.urn.clone(), message: why }));
                out.push(Command::Wait { ticket, millis });
                self.units[index].status = UnitStatus::Active(task);
            }
            Do::End(ending) => self.end(now, index, &task, ending, out),
        }
    }

    fn end(&mut self, now: u64, index: usize, task: &Task, ending: Ending, out: &mut Vec<Command>) {
        let urn = task.urn.clone();
        let status = match ending {
            Ending::Succeeded(op) => {
                *self.summary.entry(op.word().to_owned()).or_default() += 1;
                let id = self.state.row(&task.owner).map(|row| row.id.clone());
                let millis = now.saturating_sub(task.started);
                out.push(Command::Report(Report::StepSucceeded {
                    urn,
                    op: op.word().to_owned(),
                    id,
                    millis,
                }));
                UnitStatus::Done
            }
            Ending::Settled(message) => {
                out.push(Command::Report(Report::Recovered { urn, message }));
                UnitStatus::Done
            }
            Ending::Failed(error) => {
                self.failed = true;
                self.errors.push((urn.clone(), (*error).clone()));
                out.push(Command::Report(Report::StepFailed {
                    urn,
                    op: task.op.word().to_owned(),
                    error: *error,
                }));
                UnitStatus::Failed
            }
        };
        self.units[index].status = status;
    }

    fn schedule(&mut self, now: u64, out: &mut Vec<Command>) {
        // Starting a unit can end it at once and free others.
        while self.phase == Phase::Running {
            let Some(index) = self.startable() else { break };
            self.start(now, index, out);
        }
        let active = self.units.iter().any(|unit| matches!(unit.status, UnitStatus::Active(_)));
        if self.phase == Phase::Running && !active {
            self.close(now, out);
        }
        if self.store_failed.is_some() && !active && self.appends.is_empty() {
            self.phase = Phase::Over;
        }
    }

    /// The unit that starts next: of those that may, the one with the longest path behind it.
    fn startable(&self) -> Option<usize> {
        let active = self.units.iter().filter(|unit| matches!(unit.status, UnitStatus::Active(_))).count();
        let stopped = self.interrupted
            || self.store_failed.is_some()
            || (self.failed && !self.settings.continue_on_error && self.plan.is_some());
        if stopped || (self.settings.parallel > 0 && active >= self.settings.parallel) {
            return None;
        }
        let done = |index: usize| matches!(self.units[index].status, UnitStatus::Done);
        let applies_done =
            || self.units.iter().all(|unit| unit.action.late || matches!(unit.status, UnitStatus::Done));
        let mut late_may = None;
        self.units
            .iter()
            .enumerate()
            .filter(|(_, unit)| matches!(unit.status, UnitStatus::Waiting))
            .filter(|(_, unit)| unit.action.after.iter().all(|before| done(*before)))
            // Deletes come last, and never after a failure among creates and updates.
            .filter(|(_, unit)| !unit.action.late || *late_may.get_or_insert_with(applies_done))
            .max_by_key(|(index, unit)| (unit.action.path_millis, std::cmp::Reverse(*index)))
            .map(|(index, _)| index)
    }

    fn start(&mut self, now: u64, index: usize, out: &mut Vec<Command>) {
        let unit = &self.units[index];
        let cx = Cx {
            state: &self.state,
            registry: &self.registry,
            place: &self.place,
            settings: &self.settings,
            now,
        };
        let task = Task::new(unit.action.urn.clone(), unit.work.clone(), unit.op, &cx);
        if self.plan.is_some() {
            let op = match &unit.work {
                Work::Remove { forget: true, .. } => Op::Forget,
                Work::Remove { .. } => Op::Delete,
                _ => unit.op,
            };
            out.push(Command::Report(Report::StepStarted {
                urn: task.urn.clone(),
                op: op.word().to_owned(),
            }));
        }
        self.units[index].status = UnitStatus::Active(Box::new(task));
        self.turn(now, index, Input::Start, out);
    }
}
