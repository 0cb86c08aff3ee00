//! The clock that life cycles run on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Factor that turns the minutes of an RDS creation into a few milliseconds.
const INSTANT: f64 = 1e-5;

/// Where a manual clock starts: 2026-01-01T00:00:00Z, in milliseconds since 1970.
const MANUAL_START: i64 = 1_767_225_600_000;

/// The time that the local cloud lives in.
///
/// Life-cycle delays (a NAT gateway's two minutes, a database's eight) are AWS's typical ones,
/// multiplied by the clock's factor. Clones share one time.
#[derive(Debug, Clone)]
pub struct LocalClock {
    kind: Kind,
    factor: f64,
    /// Milliseconds by which it is ahead, so that time does not go back.
    ahead: i64,
}

#[derive(Debug, Clone)]
enum Kind {
    Real,
    Manual(Arc<AtomicI64>),
}

impl LocalClock {
    /// The machine's time, with delays of a few milliseconds. On a runtime whose clock is paused it is that of its
    /// timers.
    pub fn real() -> LocalClock {
        LocalClock { kind: Kind::Real, factor: INSTANT, ahead: 0 }
    }

    /// A time that stands still until [`advance`](Self::advance) moves it, with AWS's own delays.
    pub fn manual() -> LocalClock {
        LocalClock { kind: Kind::Manual(Arc::new(AtomicI64::new(MANUAL_START))), factor: 1.0, ahead: 0 }
    }

    /// The same clock with life-cycle delays multiplied by `factor`: 0 is at once, 1 is as AWS.
    ///
    /// Negative and non-finite factors count as 0.
    pub fn with_factor(self, factor: f64) -> LocalClock {
        let factor = if factor.is_finite() { factor.max(0.0) } else { 0.0 };
        LocalClock { factor, ..self }
    }

    /// The same clock, ahead if it has to be so that it is not before a moment.
    pub(crate) fn not_before(self, moment: i64) -> LocalClock {
        let ahead = self.ahead + (moment - self.now()).max(0);
        LocalClock { ahead, ..self }
    }

    /// Whether it was set ahead: then it has to be kept where it was, or another process would go back.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead > 0
    }

    /// Moves a manual clock forward; a real clock is left as it is.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(now) = &self.kind {
            now.fetch_add(millis(by), Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let now = match &self.kind {
            Kind::Real => wall().duration_since(UNIX_EPOCH).map(millis).unwrap_or(0),
            Kind::Manual(now) => now.load(Ordering::SeqCst),
        };
        now + self.ahead
    }

    /// The moment at which something that takes AWS `seconds` will be done, if it starts now.
    pub(crate) fn due(&self, seconds: u32) -> i64 {
        self.now() + (f64::from(seconds) * 1000.0 * self.factor).ceil() as i64
    }
}

impl Default for LocalClock {
    fn default() -> Self {
        LocalClock::real()
    }
}

/// The wall clock, as far ahead as tokio's timers are of this machine: not at all where its clock is not paused.
fn wall() -> SystemTime {
    let timers = tokio::time::Instant::now().into_std();
    let (machine, wall) = (Instant::now(), SystemTime::now());
    wall + timers.saturating_duration_since(machine) - machine.saturating_duration_since(timers)
}

fn millis(d: Duration) -> i64 {
    i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
}

/// A moment as AWS writes it in XML and REST: `2026-01-01T00:00:00.000Z`.
pub(crate) fn iso(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(t) => t.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
        Err(_) => "1970-01-01T00:00:00.000Z".to_owned(),
    }
}
