//! Quotas of the account: a call that would leave more than AWS lets an account have is refused, in AWS's words.
//!
//! How many there can be is in `resources/specs/data/quotas.txt`, what AWS says in `quotas/refusals.txt`. What there is is
//! counted after each call that changes something ([`crate::world::Counted`]); one that went too far has had no effect.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::status::Status;

const QUOTAS: &str = include_str!("../../specs/data/quotas.txt");
const REFUSALS: &str = include_str!("../quotas/refusals.txt");

/// A quota, and what AWS says to whoever goes beyond it.
#[derive(Debug)]
struct Quota {
    /// What is counted, as the data names it.
    what: &'static str,
    default: u64,
    /// Regions with another default.
    elsewhere: Vec<(&'static str, u64)>,
    status: u16,
    code: &'static str,
    message: &'static str,
}

fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(" | ").collect())
}

impl Quota {
    fn of(line: &[&'static str]) -> Option<Quota> {
        let [what, _within, default, ..] = *line else { return None };
        let mut numbers = default.split(',');
        let default = numbers.next()?.parse().ok()?;
        let elsewhere = numbers.filter_map(|of| of.split_once('='));
        let elsewhere =
            elsewhere.filter_map(|(region, number)| Some((region, number.parse().ok()?))).collect();
        let refusal = lines(REFUSALS).find(|refusal| refusal.first() == Some(&what))?;
        let [_, status, code, message, _source] = refusal[..] else { return None };
        Some(Quota { what, default, elsewhere, status: status.parse().ok()?, code, message })
    }

    fn default_in(&self, region: &str) -> u64 {
        self.elsewhere.iter().find(|(of, _)| *of == region).map_or(self.default, |(_, number)| *number)
    }
}

static ALL: LazyLock<Vec<Quota>> =
    LazyLock::new(|| lines(QUOTAS).filter_map(|line| Quota::of(&line)).collect());

/// What there is of what quotas count: by what is counted, and within what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(BTreeMap<String, BTreeMap<String, u64>>);

impl Tally {
    /// Adds so many within something; the name of what is counted is that of the data.
    pub(crate) fn add(&mut self, what: &'static str, within: &str, n: usize) {
        *self.0.entry(what.to_owned()).or_default().entry(within.to_owned()).or_default() += n as u64;
    }

    /// Adds the types of a region that were not counted another way.
    pub(crate) fn all_of(&mut self, status: &Status) {
        for (kind, n) in status.iter() {
            self.0.entry(kind.to_owned()).or_insert_with(|| BTreeMap::from([(String::new(), n)]));
        }
    }

    /// The most within one thing.
    pub(crate) fn most(&self, what: &str) -> u64 {
        self.of(what).map(|(_, n)| n).max().unwrap_or_default()
    }

    fn of(&self, what: &str) -> impl Iterator<Item = (&str, u64)> {
        self.0.get(what).into_iter().flatten().map(|(within, n)| (within.as_str(), *n))
    }
}

/// Quotas of this account that are not AWS's defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own(BTreeMap<String, u64>);

impl Own {
    pub(crate) fn set(&mut self, what: &str, n: u64) {
        self.0.insert(what.to_owned(), n);
    }

    /// What AWS says where a call has led beyond a quota.
    pub(crate) fn refusal(&self, region: &str, before: &Tally, after: &Tally) -> Option<Refusal> {
        ALL.iter().find_map(|quota| {
            let most = self.0.get(quota.what).copied().unwrap_or_else(|| quota.default_in(region));
            let had =
                |within: &str| before.of(quota.what).find(|(of, _)| *of == within).map_or(0, |(_, n)| n);
            let (within, _) = after.of(quota.what).find(|(within, n)| *n > most && *n > had(within))?;
            let message = quota.message.replace("{n}", &most.to_string()).replace("{in}", within);
            let message = message.replace("{region}", region).replace("{account}", ACCOUNT);
            Some(Refusal::new(quota.status, quota.code, message))
        })
    }
}

/// Status and code by which AWS refuses what goes beyond a quota.
pub(crate) fn refusal(what: &str) -> Option<(u16, String)> {
    ALL.iter().find(|quota| quota.what == what).map(|quota| (quota.status, quota.code.to_owned()))
}

/// The characters of a document that count: all but white space.
pub(crate) fn weight(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quota_has_a_refusal_and_every_refusal_a_quota() {
        assert_eq!(ALL.len(), lines(QUOTAS).count());
        assert_eq!(ALL.len(), lines(REFUSALS).count());
        for refusal in lines(REFUSALS) {
            let source = refusal.last().copied().unwrap_or_default();
            assert!(source.starts_with("https://") || ["model", "ours"].contains(&source), "{refusal:?}");
        }
    }

    #[test]
    fn what_is_left_over_is_refused_only_where_it_grew() {
        let tally = |n: usize| {
            let mut tally = Tally::default();
            tally.add("aws:ec2:Vpc", "", n);
            tally
        };
        let own = Own::default();
        assert_eq!(own.refusal("eu-west-1", &tally(4), &tally(5)), None);
        assert_eq!(own.refusal("eu-west-1", &tally(7), &tally(6)), None, "what was there before stays");
        let refusal = own.refusal("eu-west-1", &tally(5), &tally(6)).expect("one too many");
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "VpcLimitExceeded"));
    }
}
