//! AWS's documented rates, as buckets of tokens.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Refusal;
use crate::call::{Call, Protocol, Service};
use crate::policy::fits;

const TABLE: &str = include_str!("../../../specs/data/rates.txt");

/// A line of the table.
#[derive(Debug)]
struct Rate {
    service: &'static str,
    operations: Vec<&'static str>,
    scope: Scope,
    per_second: f64,
    burst: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Each operation has a bucket of its own.
    Each,
    /// All operations of the line share one.
    Shared,
    /// All operations that fit share one, besides the bucket that they have.
    Total,
}

impl Rate {
    fn read(line: &'static str) -> Option<Rate> {
        let mut words = line.split_whitespace();
        let (service, operations) = (words.next()?, words.next()?.split(',').collect());
        let scope = match words.next()? {
            "each" => Scope::Each,
            "shared" => Scope::Shared,
            "total" => Scope::Total,
            _ => return None,
        };
        let (per_second, burst) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().filter(|source| source.starts_with("https://"))?;
        Some(Rate { service, operations, scope, per_second, burst })
    }

    fn is_of(&self, call: &Call) -> bool {
        self.service == call.service.name() && self.operations.iter().any(|name| fits(name, &call.operation))
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

static RATES: LazyLock<Vec<Rate>> = LazyLock::new(|| lines().filter_map(Rate::read).collect());

/// The lines that a call draws on: the first that is its own, and all totals.
fn drawn(call: &Call) -> impl Iterator<Item = (usize, &'static Rate)> {
    let mut own = false;
    let fitting = RATES.iter().enumerate().filter(|(_, rate)| rate.is_of(call));
    fitting.filter(move |(_, rate)| rate.scope == Scope::Total || !std::mem::replace(&mut own, true))
}

struct Bucket {
    tokens: f64,
    at: i64,
}

/// How full the buckets are, by line, region and operation.
#[derive(Default)]
pub(super) struct Rates {
    buckets: BTreeMap<(usize, String, String), Bucket>,
    /// The calls that came too soon.
    pub refused: Vec<String>,
}

impl Rates {
    /// Takes what a call needs, or nothing and refuses it.
    pub fn refusal(&mut self, call: &Call, now: i64) -> Option<Refusal> {
        let mut keys = Vec::new();
        for (line, rate) in drawn(call) {
            let operation = if rate.scope == Scope::Each { call.operation.clone() } else { String::new() };
            let key = (line, call.region.clone(), operation);
            let bucket = self.buckets.entry(key.clone()).or_insert(Bucket { tokens: rate.burst, at: now });
            let passed = (now - bucket.at).max(0) as f64 / 1000.0;
            bucket.tokens = (bucket.tokens + passed * rate.per_second).min(rate.burst);
            bucket.at = now;
            keys.push(key);
        }
        // A hair less than one is one: what has come together in steps.
        if keys.iter().any(|key| self.buckets[key].tokens < 1.0 - 1e-9) {
            self.refused.push(format!("{} {}", call.service.name(), call.operation));
            return Some(too_soon(call.service));
        }
        for key in keys {
            if let Some(bucket) = self.buckets.get_mut(&key) {
                bucket.tokens -= 1.0;
            }
        }
        None
    }
}

/// The refusal in the service's own words.
fn too_soon(service: Service) -> Refusal {
    let (status, code) = match (service, service.protocol()) {
        (Service::S3, _) => (503, "SlowDown"),
        (Service::XRay, _) => (429, "ThrottledException"),
        (Service::Scheduler, _) => (429, "ThrottlingException"),
        (_, Protocol::Ec2) => (503, "RequestLimitExceeded"),
        (_, Protocol::Query | Protocol::RestXml) => (400, "Throttling"),
        (_, Protocol::RestJson) => (429, "TooManyRequestsException"),
        (_, Protocol::Json | Protocol::Cbor) => (400, "ThrottlingException"),
    };
    Refusal::new(status, code, "Rate exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_understood_and_of_a_service() {
        for line in lines() {
            let rate = Rate::read(line).unwrap_or_else(|| panic!("not understood: {line}"));
            assert!(Service::ALL.iter().any(|service| service.name() == rate.service), "{line}");
            assert!(rate.per_second > 0.0 && rate.burst >= 1.0, "{line}");
        }
    }
}
