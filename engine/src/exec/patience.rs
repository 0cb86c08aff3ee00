//! How long a task waits, and for what.

use super::task::{Cx, Do, Task, Then};
use crate::contract::{Failure, FailureClass};
use crate::schema::TypeSpec;
use crate::urn::Urn;

/// For how long AWS may ask to wait where a step has no ceiling.
const LONGEST: u64 = 60_000;
/// For how long it may ask to wait where a step has one: what is asked for too early is refused once more.
const LONGEST_OF_A_STEP: u64 = 15 * 60_000;
/// For how long what this run has just made may be invisible to others, at least and at AWS's pace.
const VISIBLE_AFTER: u64 = 120_000;

impl Task {
    /// The type's lag at this run's pace, in milliseconds.
    pub fn lag(&self, cx: &Cx<'_>) -> u64 {
        lag_of(cx, self.spec(cx))
    }

    /// Waits a poll's time: the type's own, then a twenty-fourth of what was waited for so far, so that little time
    /// is lost after the end of a long wait, and at most ten times the type's own.
    pub fn poll(&mut self, cx: &Cx<'_>, then: Then, why: &str) -> Do {
        if cx.now > self.deadline {
            return self.late(cx, why);
        }
        let first = self.first_poll(cx);
        let millis = (self.polled / 24).clamp(first, first * 10);
        self.polled += millis;
        Do::Wait(self.within(cx, millis), then, why.to_owned())
    }

    /// The type's first wait between two polls at this run's pace.
    pub fn first_poll(&self, cx: &Cx<'_>) -> u64 {
        self.spec(cx).map_or(2_000, |spec| spec.timing.poll) * cx.settings.pace.poll_permille / 1000
    }

    /// At most until the ceiling.
    pub fn within(&self, cx: &Cx<'_>, millis: u64) -> u64 {
        millis.min(self.deadline.saturating_sub(cx.now).saturating_add(1)).max(1)
    }

    /// Waits before a retry: from a quarter second doubling to twenty seconds, or as long as AWS asked, but
    /// never past the ceiling. `None` where it has tried enough.
    pub fn back_off(&mut self, cx: &Cx<'_>, failure: &Failure, then: Then) -> Option<Do> {
        const TRIES: u32 = 10;
        // A read between two of them tells whether it is the resource itself that is gone.
        const UNSEEN: u32 = 2;
        let patient = match failure.class {
            FailureClass::Throttled
            | FailureClass::NotYet
            | FailureClass::Blocked
            | FailureClass::Ambiguous => true,
            FailureClass::Absent => self.awaits_a_new_one(cx),
            _ => false,
        };
        let tries = if failure.class == FailureClass::Absent { UNSEEN } else { TRIES };
        if cx.now > self.deadline || (!patient && self.failures >= tries) {
            return None;
        }
        let millis = (250u64 << self.failures.min(7)).min(20_000) * cx.settings.pace.poll_permille / 1000;
        self.failures += 1;
        let why = format!("{}: {}", failure.code, failure.message);
        let longest = if self.deadline == u64::MAX { LONGEST } else { LONGEST_OF_A_STEP };
        let asked = failure.retry_after.unwrap_or(0).min(longest);
        Some(Do::Wait(self.within(cx, millis.max(asked)), then, why))
    }

    /// The same before another read: those that failed in a row count, whatever else was tried in between.
    pub fn read_again(&mut self, cx: &Cx<'_>, failure: &Failure) -> Option<Do> {
        let failures = std::mem::replace(&mut self.failures, self.unread);
        let wait = self.back_off(cx, failure, Then::Read);
        self.unread = std::mem::replace(&mut self.failures, failures);
        wait
    }

    /// Whether what a call does not find may be what was just made, by this step or by one that it stands on:
    /// other services, and other replicas, see it only later.
    pub fn awaits_a_new_one(&mut self, cx: &Cx<'_>) -> bool {
        let recent = |urn: &Urn| cx.state.is_recent(urn, cx.now);
        let own = (self.row(cx).is_some() && recent(&self.urn)).then(|| self.lag(cx));
        let others = self.edges.iter().filter(|edge| recent(&edge.urn));
        let lags = others.map(|edge| lag_of(cx, cx.registry.get(edge.urn.type_name())));
        let Some(lag) = lags.chain(own).max() else { return false };
        let since = *self.missing_since.get_or_insert(cx.now);
        let least = VISIBLE_AFTER * cx.settings.pace.lag_permille / 1000;
        cx.now.saturating_sub(since) <= (lag * 10).max(least)
    }

    /// It took longer than its ceiling.
    pub fn late(&mut self, cx: &Cx<'_>, waiting_for: &str) -> Do {
        let minutes = self.deadline.saturating_sub(self.started) / 60_000;
        self.fail(
            "EXEC-TIMEOUT",
            format!("{} was not done after {minutes} minutes: {waiting_for}", self.urn),
            "run `up` again to go on from where it stands, or set a longer timeout",
            None,
            cx,
        )
    }
}

fn lag_of(cx: &Cx<'_>, spec: Option<&TypeSpec>) -> u64 {
    let lag = spec.map_or(30_000, |spec| spec.timing.lag);
    (lag * cx.settings.pace.lag_permille / 1000).max(1)
}
