//! The executor: a state machine without I/O.
//!
//! It takes events and gives commands; a driver carries them out. It keeps no
//! hidden position: it is built anew from plan and state at every start.

mod apply;
mod clock;
mod close;
mod converge;
mod create;
mod events;
mod foresight;
mod halt;
mod holders;
mod machine;
mod mark;
mod outage;
mod patience;
mod remove;
mod schedule;
mod settle;
mod skip;
mod task;
mod trouble;
mod unit;
mod update;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contract::{Failure, Reply, Request};
use crate::state::Entry;
use crate::urn::Urn;

pub use clock::{Now, millis_of, rfc3339};
pub use machine::{Machine, Outcome};
pub use outage::Cause;
pub(crate) use outage::{Outage, Verdict, cause_of};

/// Names a command, so that its answer finds the way back.
pub type Ticket = u64;

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make a log record durable; answer with [`Event::Appended`].
    Append {
        /// Its ticket.
        ticket: Ticket,
        /// The record.
        entries: Vec<Entry>,
    },
    /// Send a request; answer with [`Event::Replied`].
    Call {
        /// Its ticket.
        ticket: Ticket,
        /// Whose it is.
        urn: Urn,
        /// The request.
        request: Box<Request>,
    },
    /// Wait; answer with [`Event::Elapsed`].
    Wait {
        /// Its ticket.
        ticket: Ticket,
        /// How long, in milliseconds.
        millis: u64,
    },
    /// Tell the user; no answer.
    Report(Report),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Begin.
    Begin,
    /// The record is durable.
    Appended {
        /// Of which command.
        ticket: Ticket,
    },
    /// The record could not be made durable.
    AppendFailed {
        /// Of which command.
        ticket: Ticket,
        /// Why.
        why: String,
    },
    /// The cloud answered.
    Replied {
        /// Of which command.
        ticket: Ticket,
        /// What.
        reply: Reply,
    },
    /// The wait is over.
    Elapsed {
        /// Of which command.
        ticket: Ticket,
    },
    /// The user wants it to stop: nothing new starts, every wait ends, and calls in flight are awaited.
    Interrupt,
    /// What is still in flight after an interrupt is not awaited any longer: its intents stay open.
    Leave,
}

/// Progress, for people and pipelines.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// A step begins.
    StepStarted {
        /// Whose.
        urn: Urn,
        /// `create`, `update`, `delete` …
        op: String,
    },
    /// A step waits.
    StepProgress {
        /// Whose.
        urn: Urn,
        /// For what.
        message: String,
    },
    /// A step succeeded.
    StepSucceeded {
        /// Whose.
        urn: Urn,
        /// What was done; `same` where nothing was needed after all.
        op: String,
        /// The physical id, where there is one.
        id: Option<String>,
        /// Milliseconds it took.
        millis: u64,
    },
    /// A step failed.
    StepFailed {
        /// Whose.
        urn: Urn,
        /// What was being done.
        op: String,
        /// What went wrong.
        error: Trouble,
    },
    /// A step was broken off: the next run goes on with it.
    StepInterrupted {
        /// Whose.
        urn: Urn,
        /// What was being done.
        op: String,
        /// Why.
        reason: String,
    },
    /// Nothing gets through: the run waits. It comes once, and then every half minute.
    Waiting {
        /// Why nothing gets through.
        cause: Cause,
        /// What came of the last call.
        why: String,
        /// Milliseconds for which nothing has got through.
        millis: u64,
    },
    /// All calls get through again.
    Resumed {
        /// Milliseconds that it took.
        millis: u64,
    },
    /// A step was not begun.
    StepSkipped {
        /// Whose.
        urn: Urn,
        /// Why.
        reason: String,
    },
    /// The outcome of an operation that an earlier run left open was found.
    Recovered {
        /// Whose.
        urn: Urn,
        /// What was found.
        message: String,
    },
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The stable code, a page of the book.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What is true now and what to do.
    pub hint: String,
    /// What AWS answered, if that is the cause.
    pub failure: Option<Failure>,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}

/// How fast to poll and how long to doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Waits between polls and retries, as a share of the type's own in thousandths.
    pub poll_permille: u64,
    /// Visibility lags, as a share of the type's own in thousandths.
    pub lag_permille: u64,
}

impl Pace {
    /// AWS's own pace.
    pub const AWS: Self = Self { poll_permille: 1000, lag_permille: 1000 };
    /// The pace of an emulator on this machine, which is consistent and quick.
    pub const LOCAL: Self = Self { poll_permille: 25, lag_permille: 20 };
}

/// How a run behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Operations at once; 0 for as many as the graph allows.
    pub parallel: usize,
    /// Whether independent steps go on after a failure.
    pub continue_on_error: bool,
    /// Pace of polls and doubts.
    pub pace: Pace,
    /// For how long lost network and expired credentials are waited for, in milliseconds.
    pub network_patience: u64,
    /// The command, for the history.
    pub command: String,
    /// Who runs it, for the history.
    pub who: String,
}

impl Settings {
    /// For how long lost network and expired credentials are waited for where nobody says otherwise.
    pub const NETWORK_PATIENCE: u64 = 10 * 60_000;
}

/// The counts of what was done, by operation.
pub type Summary = BTreeMap<String, u64>;
