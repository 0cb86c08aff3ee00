//! What some of AWS's servers still see: changes arrive at all of them only after a while.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::call::{Call, Service};
use crate::world::World;

/// Milliseconds after which a change of a service has surely arrived.
///
/// AWS documents that these are eventually consistent, and (but for IAM's and KMS's "seconds", and up to a minute) not
/// for how long: EC2 (API guide, eventual consistency), IAM (troubleshooting, "changes that I make are not always
/// immediately visible"), KMS (programming the API, eventual consistency), CloudWatch Logs and SNS (what users of
/// other tools met).
const LAGS: [(Service, i64); 5] = [
    (Service::Ec2, 3_000),
    (Service::Iam, 9_000),
    (Service::Kms, 5_000),
    (Service::Logs, 2_000),
    (Service::Sns, 2_000),
];

/// For how long the list over all services is behind.
const LIST: i64 = 20_000;

/// The account as it was before each change of the last seconds.
pub(super) struct Views {
    before: VecDeque<(i64, Arc<World>)>,
    /// Which call comes to which server is drawn from it.
    dice: u64,
}

impl Views {
    pub fn new(seed: u64) -> Views {
        Views { before: VecDeque::new(), dice: seed }
    }

    /// Keeps the account as it is before a change. Of the changes of one moment the first counts.
    pub fn keep(&mut self, world: &World, now: i64) {
        while self.before.front().is_some_and(|(at, _)| *at < now - LIST) {
            self.before.pop_front();
        }
        if self.before.back().is_none_or(|(at, _)| *at < now) {
            self.before.push_back((now, Arc::new(world.clone())));
        }
    }

    /// The account as the server sees it that this call happens to come to: every second one is up to date.
    pub fn late(&mut self, call: &Call, world: &World, now: i64) -> Option<World> {
        // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.dice ^ self.dice >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        if (mixed ^ mixed >> 31).is_multiple_of(2) {
            return None;
        }
        let lags: Vec<(Service, i64)> = match call.service {
            Service::Tagging => Service::ALL.iter().map(|service| (*service, LIST)).collect(),
            _ => LAGS.to_vec(),
        };
        let mut late = None;
        for (service, lag) in lags {
            let Some((_, before)) = self.before.iter().find(|(at, _)| *at > now - lag) else { continue };
            late.get_or_insert_with(|| world.clone()).see(service, before);
        }
        late
    }
}
