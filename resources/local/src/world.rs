//! Everything that our own operations know, behind one lock.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Call, Service};
use crate::clock::LocalClock;
use crate::status::Status;
use crate::{apigateway, ec2, iam, kms, lambda, logs, rds};

/// One state for each region.
pub(crate) type Regions<T> = BTreeMap<String, T>;

/// Tags in order of key.
pub(crate) type Tags = BTreeMap<String, String>;

/// The state of all services that we answer for. One lock guards it whole, so that a check across
/// services (a security group in use by a database) and the change after it are one.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub ec2: Regions<ec2::Network>,
    pub rds: Regions<rds::Databases>,
    pub lambda: Regions<lambda::Functions>,
    pub apigateway: Regions<apigateway::Apis>,
    pub kms: Regions<kms::Keys>,
    pub logs: Regions<logs::Groups>,
    pub iam: iam::Account,
}

/// What an operation works with.
pub(crate) struct Context<'a> {
    pub world: &'a mut World,
    pub call: &'a Call,
    pub clock: &'a LocalClock,
}

impl Context<'_> {
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn region(&self) -> &str {
        &self.call.region
    }
}

impl World {
    /// The state of a service as it is written to disk.
    pub(crate) fn kept(&self, service: Service) -> serde_json::Result<Value> {
        match service {
            Service::ApiGateway => serde_json::to_value(&self.apigateway),
            Service::Ec2 => serde_json::to_value(&self.ec2),
            Service::Iam => serde_json::to_value(&self.iam),
            Service::Kms => serde_json::to_value(&self.kms),
            Service::Lambda => serde_json::to_value(&self.lambda),
            Service::Logs => serde_json::to_value(&self.logs),
            Service::Rds => serde_json::to_value(&self.rds),
            Service::Sts => Ok(Value::Null),
        }
    }

    /// Takes the state of a service back from disk.
    pub(crate) fn restore(&mut self, service: Service, kept: Value) -> serde_json::Result<()> {
        fn into<T: DeserializeOwned>(slot: &mut T, kept: Value) -> serde_json::Result<()> {
            *slot = serde_json::from_value(kept)?;
            Ok(())
        }
        match service {
            Service::ApiGateway => into(&mut self.apigateway, kept),
            Service::Ec2 => into(&mut self.ec2, kept),
            Service::Iam => into(&mut self.iam, kept),
            Service::Kms => into(&mut self.kms, kept),
            Service::Lambda => into(&mut self.lambda, kept),
            Service::Logs => into(&mut self.logs, kept),
            Service::Rds => into(&mut self.rds, kept),
            Service::Sts => Ok(()),
        }
    }

    /// Counts what lives.
    pub(crate) fn status(&self, now: i64) -> Status {
        let mut status = Status::default();
        self.ec2.values().for_each(|r| r.count(now, &mut status));
        self.rds.values().for_each(|r| r.count(now, &mut status));
        self.lambda.values().for_each(|r| r.count(&mut status));
        self.apigateway.values().for_each(|r| r.count(&mut status));
        self.kms.values().for_each(|r| r.count(&mut status));
        self.logs.values().for_each(|r| r.count(&mut status));
        self.iam.count(&mut status);
        status
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
