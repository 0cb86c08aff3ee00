//! A run of the executor: what it is made of, and what it takes and gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outage::Outage;
use super::schedule::Queue;
use super::task::Work;
use super::unit::{Unit, UnitStatus, unit_of};
use super::{Command, Event, Now, Settings, Summary, Ticket, Trouble};
use crate::context::Place;
use crate::contract::{OwnerId, Request};
use crate::plan::{Action, ActionKind, Op, Plan};
use crate::schema::Registry;
use crate::state::{Entry, State, Status};
use crate::urn::Urn;
use crate::value::Map;

/// A run of the executor over a plan, or over the open intents of a state.
pub struct Machine {
    pub(super) registry: Arc<Registry>,
    pub(super) settings: Settings,
    pub(super) place: Place,
    pub(super) state: State,
    pub(super) plan: Option<Plan>,
    /// Incarnations that were not ready on record when the run began.
    pub(super) unfinished: BTreeSet<OwnerId>,
    pub(super) units: Vec<Unit>,
    /// Records on their way: what they hold and whose they are.
    pub(super) appends: BTreeMap<Ticket, (Vec<Entry>, Option<usize>)>,
    /// Calls and waits on their way.
    pub(super) pending: BTreeMap<Ticket, Pending>,
    pub(super) queue: Queue,
    pub(super) outage: Outage,
    next: Ticket,
    pub(super) phase: Phase,
    pub(super) began: u64,
    pub(super) interrupted: bool,
    pub(super) failed: bool,
    pub(super) store_failed: Option<String>,
    /// Why nothing gets through any more, once the run has given up.
    pub(super) given_up: Option<&'static str>,
    pub(super) summary: Summary,
    pub(super) errors: Vec<(Urn, Trouble)>,
}

/// A call or wait on its way, and the unit whose it is.
pub(super) enum Pending {
    /// A call.
    Call(usize, Box<Request>),
    /// A wait.
    Wait(usize),
    /// A call that did not get through, and is sent again.
    Again(usize, Box<Request>),
}

impl Pending {
    /// Whose it is.
    pub(super) fn unit(&self) -> usize {
        match self {
            Self::Call(index, _) | Self::Wait(index) | Self::Again(index, _) => *index,
        }
    }
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
        let units: Result<Vec<Unit>, Urn> =
            plan.actions.iter().map(|action| unit_of(&plan, action)).collect();
        let units = units.map_err(|urn| Trouble {
            code: "PLAN-UNREADABLE-FILE",
            message: format!("the plan has an action for {urn} and does not say what it does"),
            hint: "nothing was changed; make a new plan".to_owned(),
            failure: None,
        })?;
        if let Some(action) = plan.actions.iter().find(|a| a.after.iter().any(|at| *at >= units.len())) {
            return Err(Trouble {
                code: "PLAN-UNREADABLE-FILE",
                message: format!("the action for {} comes after one that the plan does not have", action.urn),
                hint: "nothing was changed; make a new plan".to_owned(),
                failure: None,
            });
        }
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
        let unfinished = state.all_rows().filter(|row| row.status != Status::Ready);
        Self {
            queue: Queue::new(&units),
            unfinished: unfinished.map(|row| row.owner.clone()).collect(),
            outage: Outage::new(settings.network_patience),
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
            given_up: None,
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
    pub fn outcome(&self, now: impl Into<Now>) -> Option<Outcome> {
        let now = now.into().run;
        (self.phase == Phase::Over).then(|| Outcome {
            summary: self.summary.clone(),
            errors: self.errors.clone(),
            interrupted: self.interrupted,
            store_failed: self.store_failed.clone(),
            outputs: self.state.outputs.clone(),
            millis: now.saturating_sub(self.began),
        })
    }

    /// Takes an event and gives commands. A plain number is both clocks in one, in milliseconds since 1970.
    pub fn step(&mut self, now: impl Into<Now>, event: Event) -> Vec<Command> {
        let now = now.into();
        let mut out = Vec::new();
        match event {
            Event::Begin => self.open(now, &mut out),
            Event::Appended { ticket } => self.appended(now.run, ticket, &mut out),
            Event::AppendFailed { ticket, why } => self.append_failed(now.run, ticket, why, &mut out),
            Event::Replied { ticket, reply } => self.replied(now.run, ticket, reply, &mut out),
            Event::Elapsed { ticket } => match self.pending.remove(&ticket) {
                // It goes on as soon as there is a place for its call.
                Some(Pending::Wait(index)) => self.queue.waited(index, &self.units[index].action),
                Some(Pending::Again(index, request)) => self.send(index, request, &mut out),
                Some(call @ Pending::Call(..)) => {
                    self.pending.insert(ticket, call);
                }
                None => {}
            },
            Event::Interrupt => {
                self.interrupted = true;
                self.end_waits(now.run, &mut out);
            }
            Event::Leave => self.leave(&mut out),
        }
        self.schedule(now, &mut out);
        out
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.next += 1;
        self.next
    }

    pub(super) fn append(&mut self, entries: Vec<Entry>, whose: Option<usize>, out: &mut Vec<Command>) {
        let ticket = self.ticket();
        self.appends.insert(ticket, (entries.clone(), whose));
        out.push(Command::Append { ticket, entries });
    }

    /// Sends a request; it is kept until it got through.
    pub(super) fn send(&mut self, index: usize, request: Box<Request>, out: &mut Vec<Command>) {
        let ticket = self.ticket();
        let urn = self.units[index].action.urn.clone();
        out.push(Command::Call { ticket, urn, request: request.clone() });
        self.pending.insert(ticket, Pending::Call(index, request));
    }
}
