//! The executor: a state machine without I/O.
//!
//! It takes events and gives commands; a driver carries them out. It keeps no
//! hidden position: it is built anew from plan and state at every start.

mod apply;
mod close;
mod create;
mod machine;
mod remove;
mod settle;
mod skip;
mod task;
mod unit;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contract::{Failure, Reply, Request};
use crate::state::Entry;
use crate::urn::Urn;

pub use machine::{Machine, Outcome};

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
    /// The user wants it to stop: nothing new starts, what runs is finished.
    Interrupt,
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
    /// The command, for the history.
    pub command: String,
    /// Who runs it, for the history.
    pub who: String,
}

/// The counts of what was done, by operation.
pub type Summary = BTreeMap<String, u64>;

/// RFC 3339 of milliseconds since 1970, UTC.
#[must_use]
pub fn rfc3339(millis: u64) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    // Howard Hinnant's civil_from_days, for days since 1970-01-01.
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Milliseconds since 1970 of what [`rfc3339`] wrote; `None` for other texts.
#[must_use]
pub fn millis_of(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    if text.len() != 24 || !text.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // Howard Hinnant's days_from_civil, for days since 1970-01-01.
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, yoe) = (year / 400, year % 400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day.checked_sub(1)?;
    let days = (era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy).checked_sub(719_468)?;
    let seconds = days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(seconds * 1000 + number(20, 23)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times() {
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::rfc3339(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        for millis in [0, 1_709_210_096_789, 1_735_689_599_999, 1_735_689_600_000] {
            assert_eq!(super::millis_of(&super::rfc3339(millis)), Some(millis));
        }
        assert_eq!(super::millis_of("yesterday"), None);
    }
}
