//! A cloud that knows every type of a registry, and misbehaves on demand.

mod knobs;
mod mutate;
mod object;
mod outsider;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight_engine::contract::{Call, Failure, FailureClass, OwnerId, Reading, Reply, Request};
use finsight_engine::schema::{Registry, TypeSpec};
use finsight_engine::urn::Urn;

pub use knobs::Knobs;
pub use object::{Object, each_text, in_clear};
pub use outsider::Meddling;

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
            objects: BTreeMap::new(),
            known_as: BTreeMap::new(),
            next: 0,
            rng: Rng::new(seed ^ 0xC10D),
        }
    }

    /// Answers a request with the faults of its knobs.
    pub fn call(&mut self, now: u64, urn: &Urn, request: &Request) -> Reply {
        self.calls += 1;
        let mutates = request.call.mutates();
        let knobs = self.knobs.clone();
        let refused = [
            (knobs.throttled, FailureClass::Throttled, true),
            (knobs.transient, FailureClass::Transient, true),
            (knobs.denied, FailureClass::Denied, mutates),
            (
                knobs.not_yet,
                FailureClass::NotYet,
                matches!(request.call, Call::Create { .. } | Call::Converge { .. }),
            ),
            (knobs.lost_before, FailureClass::Ambiguous, mutates),
        ];
        for (permille, class, applies) in refused {
            if applies && self.rng.chance(permille) {
                return refusal(request, class, "the simulator says so");
            }
        }
        let reply = self.carry_out(now, urn, request);
        if mutates && !matches!(reply, Reply::Failed(_)) && self.rng.chance(knobs.lost_after) {
            return refusal(request, FailureClass::Ambiguous, "the answer was lost");
        }
        match reply {
            Reply::Created { .. } if self.rng.chance(knobs.no_id) => Reply::Created { id: String::new() },
            reply => reply,
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
            Call::Converge { target, desired, differing, .. } => {
                self.converge(now, urn, spec, &request.region, &target.id, desired, differing)
            }
            Call::Delete { target } => self.delete(now, urn, spec, &request.region, &target.id),
            Call::Restore { .. } => Err((FailureClass::Invalid, "nothing waits for its deletion".to_owned())),
            Call::Look { inputs } => Ok(Reply::Standing(self.look(now, spec, &request.region, inputs))),
            Call::Holders { .. } => Ok(Reply::Held(Vec::new())),
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
