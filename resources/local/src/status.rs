//! What stands in the local cloud.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many live resources there are of each type, such as `{"aws:ec2:Vpc": 1}`.
///
/// What AWS makes by itself (the default security group, the main route table, AWS-managed
/// policies) is not counted, nor is what is deleted but still listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Status {
    counts: BTreeMap<String, u64>,
}

impl Status {
    /// The number of live resources of a type; 0 for one that is not there.
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// All types that have live resources, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(k, n)| (k.as_str(), *n))
    }

    /// The number of live resources of all types.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether nothing lives here.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    pub(crate) fn add(&mut self, kind: &str, n: usize) {
        if n > 0 {
            *self.counts.entry(kind.to_owned()).or_default() += n as u64;
        }
    }
}
