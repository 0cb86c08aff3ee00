//! The time, as the timers of the runtime have it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The wall clock, as far ahead as the runtime's timers are of this machine.
///
/// That is not at all, but on a runtime whose clock is paused: there time stands still while something is done, and
/// jumps to the next timer when all wait.
#[must_use]
pub fn wall() -> SystemTime {
    let timers = tokio::time::Instant::now().into_std();
    let (machine, wall) = (Instant::now(), SystemTime::now());
    wall + timers.saturating_duration_since(machine) - machine.saturating_duration_since(timers)
}

/// The same in milliseconds since 1970.
#[must_use]
pub fn now() -> u64 {
    let since = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_is_that_of_the_machine() {
        let (before, now, after) = (SystemTime::now(), wall(), SystemTime::now());
        // The two clocks are read one after the other.
        let slack = Duration::from_millis(200);
        assert!(before - slack <= now && now <= after + slack);
    }

    #[test]
    fn time_is_that_of_the_timers_where_they_do_not_wait() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let before = now();
            tokio::time::sleep(Duration::from_secs(7200)).await;
            let passed = now() - before;
            assert!((7_200_000 - 1000..7_200_000 + 1000).contains(&passed), "{passed}");
        });
    }
}
