//! Lost network and expired credentials: waited out for each call, and said once for the whole run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Command, Pace, Report, Trouble};
use crate::contract::{Failure, FailureClass, Reading, Reply};

/// Why nothing gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No connection comes about.
    Network,
    /// The credentials have expired.
    Credentials,
}

/// How often it is said that the run still waits.
const SAID_EVERY: u64 = 30_000;
/// What is over before this is not worth a word.
const SAID_AFTER: u64 = 1_000;

/// The calls that do not get through. One service can be out of reach while others answer: each call has its own
/// patience, and what others are answered does not change it.
#[derive(Debug, Clone)]
pub(crate) struct Outage {
    patience: u64,
    /// Since when, by whose call it is.
    waiting: BTreeMap<usize, u64>,
    /// Since when there was any such call.
    since: u64,
    said: Option<u64>,
}

/// What to do about a call that did not get through. It is surely without effect.
pub(crate) enum Verdict {
    /// Send it again after so many milliseconds.
    Wait(u64),
    /// It took too long: the run ends.
    GiveUp(Box<Trouble>),
}

impl Outage {
    pub(crate) fn new(patience: u64) -> Self {
        Self { patience, waiting: BTreeMap::new(), since: 0, said: None }
    }

    /// A call did not get through.
    pub(crate) fn met(
        &mut self,
        now: u64,
        whose: usize,
        (cause, failure): (Cause, &Failure),
        pace: Pace,
        out: &mut Vec<Command>,
    ) -> Verdict {
        if self.waiting.is_empty() {
            self.since = now;
        }
        let lasts = now.saturating_sub(*self.waiting.entry(whose).or_insert(now));
        if lasts >= self.patience {
            return Verdict::GiveUp(Box::new(given_up(cause, failure, lasts)));
        }
        if lasts >= SAID_AFTER && self.said.is_none_or(|said| now.saturating_sub(said) >= SAID_EVERY) {
            self.said = Some(now);
            out.push(Command::Report(Report::Waiting { cause, why: failure.to_string(), millis: lasts }));
        }
        let wait = (lasts / 4).clamp(500, 5_000) * pace.poll_permille / 1000;
        Verdict::Wait(wait.min(self.patience - lasts).max(1))
    }

    /// A call got through; gives the milliseconds for which it did not.
    pub(crate) fn over(&mut self, now: u64, whose: usize, out: &mut Vec<Command>) -> u64 {
        let Some(since) = self.waiting.remove(&whose) else { return 0 };
        if self.waiting.is_empty() && self.said.take().is_some() {
            out.push(Command::Report(Report::Resumed { millis: now.saturating_sub(self.since) }));
        }
        now.saturating_sub(since)
    }
}

/// Why a call did not get through, if it did not.
pub(crate) fn cause_of(reply: &Reply) -> Option<(Cause, &Failure)> {
    let of = |failure: &Failure| match failure.class {
        FailureClass::Unreachable => Some(Cause::Network),
        FailureClass::Expired => Some(Cause::Credentials),
        _ => None,
    };
    match reply {
        Reply::Failed(failure) => of(failure).map(|cause| (cause, failure)),
        Reply::Read(readings) => readings.iter().find_map(|reading| match reading {
            Reading::Unknown(failure) => of(failure).map(|cause| (cause, failure)),
            _ => None,
        }),
        _ => None,
    }
}

fn given_up(cause: Cause, failure: &Failure, lasts: u64) -> Trouble {
    let span = if lasts < 120_000 {
        format!("{} seconds", lasts / 1000)
    } else {
        format!("{} minutes", lasts / 60_000)
    };
    let (code, message, hint) = match cause {
        Cause::Network => (
            "EXEC-NETWORK",
            format!("AWS could not be reached for {span}: {failure}"),
            "what was done is on record; run the command again when the network is back, or let it wait longer \
             with `--network-patience`",
        ),
        Cause::Credentials => (
            "EXEC-CREDENTIALS",
            format!("the credentials expired, and no new ones came for {span}: {failure}"),
            "what was done is on record; sign in again, and run the command again",
        ),
    };
    Trouble { code, message, hint: hint.to_owned(), failure: Some(failure.clone()) }
}
