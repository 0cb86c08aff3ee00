//! Everything that our own operations know, behind one lock.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use serde_json::Value;

use crate::call::{Call, Service};
use crate::clock::LocalClock;
use crate::quota::Tally;
use crate::services::services;
use crate::status::Status;

/// One state for each region.
pub(crate) type Regions<T> = BTreeMap<String, T>;

/// Tags in order of key.
pub(crate) type Tags = BTreeMap<String, String>;

/// A state whose live resources can be counted.
pub(crate) trait Counted {
    /// Adds what lives.
    fn count(&self, now: i64, status: &mut Status);

    /// What takes tags and stands in a region, by ARN, as the Tagging API knows it.
    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        Vec::new()
    }

    /// Adds what quotas count that [`Counted::count`] does not: what belongs to something else, entries, characters.
    fn tally(&self, _now: i64, _tally: &mut Tally) {}

    /// What stands in a region.
    fn tally_in(&self, _region: &str, now: i64, tally: &mut Tally) {
        self.tally(now, tally);
        let mut status = Status::default();
        self.count(now, &mut status);
        tally.all_of(&status);
    }
}

impl<T: Counted> Counted for Regions<T> {
    fn count(&self, now: i64, status: &mut Status) {
        self.values().for_each(|region| region.count(now, status));
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        self.get(region).map(|standing| standing.tagged(region)).unwrap_or_default()
    }

    fn tally_in(&self, region: &str, now: i64, tally: &mut Tally) {
        if let Some(standing) = self.get(region) {
            standing.tally_in(region, now, tally);
        }
    }
}

impl Counted for () {
    fn count(&self, _now: i64, _status: &mut Status) {}
}

macro_rules! world {
    ($($module:ident: $service:ident, $signing:literal, $host:literal, $scope:ident, $protocol:ident, $state:ty, $beneath:ty;)*) => {
        /// The state of all services that we answer for. One lock guards it whole, so that a check across
        /// services (a security group in use by a database) and the change after it are one.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct World {
            $(pub $module: $state,)*
            /// What is to end badly; on no disk.
            pub outcomes: crate::outcome::Outcomes,
        }

        impl World {
            /// The state of a service as it is written to disk.
            pub(crate) fn kept(&self, service: Service) -> serde_json::Result<Value> {
                match service {
                    $(Service::$service => serde_json::to_value(&self.$module),)*
                }
            }

            /// Takes the state of a service back from disk.
            pub(crate) fn restore(&mut self, service: Service, kept: Value) -> serde_json::Result<()> {
                match service {
                    $(Service::$service => self.$module = serde_json::from_value(kept)?,)*
                }
                Ok(())
            }

            /// Takes over how a service stood in another world.
            pub(crate) fn see(&mut self, service: Service, other: &World) {
                match service {
                    $(Service::$service => self.$module.clone_from(&other.$module),)*
                }
            }

            /// What quotas count of a service in a region.
            pub(crate) fn tally(&self, service: Service, region: &str, now: i64) -> Tally {
                let mut tally = Tally::default();
                match service {
                    $(Service::$service => self.$module.tally_in(region, now, &mut tally),)*
                }
                tally
            }

            /// Counts what lives.
            pub(crate) fn status(&self, now: i64) -> Status {
                let mut status = Status::default();
                $(self.$module.count(now, &mut status);)*
                status
            }

            /// What takes tags and stands in a region; what is global stands in us-east-1.
            pub(crate) fn tagged(&self, region: &str) -> Vec<(String, Tags)> {
                let mut found = crate::s3::tagged(self, region);
                $(found.extend(self.$module.tagged(region).into_iter().map(|(arn, tags)| (arn, tags.clone())));)*
                found
            }
        }
    };
}
services!(world);

/// What an operation works with.
pub(crate) struct Context<'a> {
    pub world: &'a mut World,
    pub call: &'a Call,
    pub clock: &'a LocalClock,
    /// The policies that callers are held to; with none, everything is allowed.
    pub caller: Option<&'a [String]>,
}

impl Context<'_> {
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn region(&self) -> &str {
        &self.call.region
    }
}

/// 64 random bits from the operating system's seed of the standard library.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// `n` random hexadecimal digits.
pub(crate) fn hex(n: usize) -> String {
    let mut out = String::new();
    while out.len() < n {
        out.push_str(&format!("{:016x}", random()));
    }
    out.truncate(n);
    out
}

/// `n` random characters out of an ASCII alphabet.
pub(crate) fn letters(n: usize, alphabet: &[u8]) -> String {
    (0..n).map(|_| char::from(alphabet[(random() % alphabet.len() as u64) as usize])).collect()
}

/// A random id in the form of a UUID.
pub(crate) fn uuid() -> String {
    let h = hex(32);
    format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
}

/// A request id.
pub(crate) fn request_id() -> String {
    uuid()
}
