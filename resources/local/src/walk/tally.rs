//! How often something was asked for. Time passes only where somebody lets it.

use std::collections::BTreeMap;

/// Counters and buckets of tokens by what they are for.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    now: u64,
    times: BTreeMap<String, Vec<u64>>,
    /// Tokens, and when they were counted.
    buckets: BTreeMap<String, (f64, u64)>,
}

impl Tally {
    /// Lets milliseconds pass.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.now += millis;
    }

    /// The moment, in milliseconds since the walk began.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Counts one, and gives the number in the last milliseconds.
    pub(crate) fn count(&mut self, what: &str, window: u64) -> u64 {
        let from = self.now.saturating_sub(window);
        let times = self.times.entry(what.to_owned()).or_default();
        times.retain(|at| *at >= from);
        times.push(self.now);
        times.len() as u64
    }

    /// Takes a token out of a bucket that is filled at a rate for a second up to a burst; false if it is empty.
    pub(crate) fn take(&mut self, what: &str, rate: f64, burst: f64) -> bool {
        let (tokens, at) = self.buckets.entry(what.to_owned()).or_insert((burst, self.now));
        let earned = (self.now - *at) as f64 / 1000.0 * rate;
        *tokens = (*tokens + earned).min(burst);
        *at = self.now;
        let enough = *tokens >= 1.0;
        if enough {
            *tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_bucket_is_filled_again() {
        let mut tally = Tally::default();
        let taken = (0..5).filter(|_| tally.take("x", 2.0, 3.0)).count();
        assert_eq!(taken, 3);
        tally.pass(1_000);
        assert_eq!((0..5).filter(|_| tally.take("x", 2.0, 3.0)).count(), 2);
    }

    #[test]
    fn a_window_forgets() {
        let mut tally = Tally::default();
        assert_eq!((tally.count("x", 1_000), tally.count("x", 1_000), tally.count("y", 1_000)), (1, 2, 1));
        tally.pass(1_001);
        assert_eq!(tally.count("x", 1_000), 1);
    }
}
