//! A cloud that knows every type of a registry, and misbehaves on demand.

mod claims;
mod knobs;
mod mutate;
mod object;
mod outsider;
mod view;
mod waits;
mod weather;

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight_engine::contract::{Call, Failure, FailureClass, OwnerId, Reading, Reply, Request};
#[cfg(doc)]
use finsight_engine::schema::LetsGo;
use finsight_engine::schema::{Registry, TypeSpec};
use finsight_engine::urn::Urn;

pub use claims::{UNSEEN, shares};
pub use knobs::Knobs;
pub use object::{Object, each_text, in_clear};
pub use outsider::{AUDITED, AUDITS, Meddling};

use crate::rng::Rng;

/// The account that everything simulated stands in.
pub const ACCOUNT: &str = "123456789012";
/// The region that everything simulated stands in.
pub const REGION: &str = "ap-northeast-1";

/// A change that a call has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// When.
    pub at: u64,
    /// In whose name.
    pub urn: Urn,
    /// `create`, `converge` or `delete`.
    pub what: &'static str,
    /// The object's number.
    pub object: u64,
    /// The incarnation that made the object.
    pub owner: Option<OwnerId>,
}

/// The simulated cloud.
#[derive(Debug, Clone)]
pub struct SimCloud {
    /// How it misbehaves.
    pub knobs: Knobs,
    /// What types it knows.
    pub registry: Arc<Registry>,
    /// Every change that a call has made, in order.
    pub log: Vec<Mutation>,
    /// Requests that no engine may make, such as one with a sealed secret.
    pub offences: Vec<String>,
    /// Calls so far.
    pub calls: u64,
    /// Whether what can be changed in place holds what it refers to, as [`LetsGo`] says.
    pub holds: bool,
    /// No connection comes about until then.
    pub dark_until: u64,
    /// The credentials are expired until then.
    pub expired_until: u64,
    objects: BTreeMap<u64, Object>,
    /// Which objects an id or ARN leads to.
    known_as: BTreeMap<String, Vec<u64>>,
    next: u64,
    rng: Rng,
}

impl SimCloud {
    /// An empty, calm cloud.
    #[must_use]
    pub fn new(registry: Arc<Registry>, seed: u64) -> Self {
        Self {
            knobs: Knobs::calm(),
            registry,
            log: Vec::new(),
            offences: Vec::new(),
            calls: 0,
            holds: false,
            dark_until: 0,
            expired_until: 0,
            objects: BTreeMap::new(),
            known_as: BTreeMap::new(),
            next: 0,
            rng: Rng::new(seed ^ 0xC10D),
        }
    }

    /// Answers a request as the API would on a good day.
    pub fn carry_out(&mut self, now: u64, urn: &Urn, request: &Request) -> Reply {
        let registry = Arc::clone(&self.registry);
        let Some(spec) = registry.get(&request.type_name) else {
            return refusal(request, FailureClass::Invalid, "no such type");
        };
        let reply = match &request.call {
            Call::Read { targets } => Ok(Reply::Read(
                targets.iter().map(|target| self.read(now, spec, &request.region, target)).collect(),
            )),
            Call::Find { owner, inputs } => {
                Ok(Reply::Found(self.find(now, spec, &request.region, owner, inputs)))
            }
            Call::Create { owner, inputs } => self.create(now, urn, spec, &request.region, owner, inputs),
            Call::Converge { target, live, desired, differing } => {
                self.take_off(now, spec, &request.region, live, differing);
                let (region, live) = (&request.region, &live.properties);
                self.converge(now, urn, spec, region, &target.id, live, desired, differing)
            }
            Call::Delete { target } => self.delete(now, urn, spec, &request.region, &target.id),
            Call::Restore { target } => self.restore(now, urn, spec, &request.region, target),
            Call::Look { inputs } => Ok(Reply::Standing(self.look(now, spec, &request.region, inputs))),
            Call::Holders { target } => Ok(Reply::Held(self.holders(now, spec, &request.region, &target.id))),
        };
        reply.unwrap_or_else(|(class, why)| refusal(request, class, &why))
    }

    /// Carries out a request whose caller has given up; reads of what it makes lag at most this long.
    pub fn carry_out_late(&mut self, now: u64, urn: &Urn, request: &Request, lag: u64) {
        let before = self.next;
        self.carry_out(now, urn, request);
        for (_, object) in self.objects.range_mut(before + 1..) {
            object.lag = object.lag.min(lag);
        }
    }

    /// Everything that ever stood, by number.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Everything that ever stood under this id, by number.
    pub fn with_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Object> {
        let numbers = self.known_as.get(id).into_iter().flatten();
        numbers.filter_map(|number| self.objects.get(number)).filter(move |object| object.id == id)
    }

    /// What stands, and nobody has asked for its end.
    pub fn standing(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(|object| object.stands())
    }

    /// The object that exists under an id at a time.
    #[must_use]
    pub fn object(&self, now: u64, type_name: &str, region: &str, id: &str) -> Option<&Object> {
        let number = self.number_of(now, type_name, region, id)?;
        self.objects.get(&number)
    }

    fn number_of(&self, now: u64, type_name: &str, region: &str, id: &str) -> Option<u64> {
        self.known_as.get(id)?.iter().rev().copied().find(|number| {
            self.objects.get(number).is_some_and(|object| {
                object.type_name == type_name
                    && object.region == region
                    && object.id == id
                    && object.exists(now)
            })
        })
    }
}

type Answer = Result<Reply, (FailureClass, String)>;

/// The region that a type's resources stand in.
fn place<'a>(spec: &TypeSpec, region: &'a str) -> &'a str {
    if spec.global { "us-east-1" } else { region }
}

/// A failed reply to a request; to a read, one unknown for each target.
#[must_use]
pub fn refusal(request: &Request, class: FailureClass, why: &str) -> Reply {
    let failure = Failure {
        class,
        code: format!("{class:?}"),
        message: why.to_owned(),
        operation: format!("{}:{}", request.type_name, request.call.name()),
        request_id: None,
        retry_after: None,
    };
    match &request.call {
        Call::Read { targets } => {
            Reply::Read(targets.iter().map(|_| Reading::Unknown(failure.clone())).collect())
        }
        _ => Reply::Failed(failure),
    }
}
