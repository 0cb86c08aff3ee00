//! The faults of the knobs: what comes between a request and its answer.

use finsight_engine::contract::{Call, FailureClass, Reading, Reply, Request};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::{SimCloud, refusal};

/// A day, in milliseconds: what a service under load may ask to wait.
const DAY: u64 = 24 * 60 * 60_000;
/// The longest outage, and the longest time until new credentials come.
const MINUTES: u64 = 4 * 60_000;

impl SimCloud {
    /// Answers a request with the faults of its knobs.
    pub fn call(&mut self, now: u64, urn: &Urn, request: &Request) -> Reply {
        self.calls += 1;
        let mutates = request.call.mutates();
        let configures = matches!(request.call, Call::Create { .. } | Call::Converge { .. });
        if let Some(class) = self.weather(now) {
            return refusal(request, class, "the simulator says so");
        }
        let knobs = self.knobs.clone();
        if self.rng.chance(knobs.hours) {
            return after_a_day(refusal(request, FailureClass::Throttled, "come back tomorrow"));
        }
        let refused = [
            (knobs.throttled, FailureClass::Throttled, true),
            (knobs.transient, FailureClass::Transient, true),
            (knobs.denied, FailureClass::Denied, mutates),
            (knobs.quota, FailureClass::Quota, configures),
            (knobs.not_yet, FailureClass::NotYet, configures),
            (knobs.lost_before, FailureClass::Ambiguous, mutates),
            (knobs.unreadable, FailureClass::Transient, !mutates),
        ];
        for (permille, class, applies) in refused {
            if applies && self.rng.chance(permille) {
                return refusal(request, class, "the simulator says so");
            }
        }
        let reply = self.carry_out(now, urn, request);
        let lost = knobs.lost_after + knobs.unreadable;
        if mutates && !matches!(reply, Reply::Failed(_)) && self.rng.chance(lost) {
            return refusal(request, FailureClass::Ambiguous, "the answer was lost");
        }
        match reply {
            Reply::Created { .. } if self.rng.chance(knobs.no_id) => Reply::Created { id: String::new() },
            Reply::Read(readings) => Reply::Read(self.in_part(request, readings)),
            reply => reply,
        }
    }

    /// An outage begins, or one lasts: why no call comes through.
    fn weather(&mut self, now: u64) -> Option<FailureClass> {
        if now < self.dark_until {
            return Some(FailureClass::Unreachable);
        }
        if now < self.expired_until {
            return Some(FailureClass::Expired);
        }
        if self.rng.chance(self.knobs.outage) {
            self.dark_until = now + self.rng.below(MINUTES);
            return Some(FailureClass::Unreachable);
        }
        if self.rng.chance(self.knobs.expired) {
            self.expired_until = now + self.rng.below(MINUTES);
            return Some(FailureClass::Expired);
        }
        None
    }

    /// The readings, some of which fail whole or in part.
    fn in_part(&mut self, request: &Request, mut readings: Vec<Reading>) -> Vec<Reading> {
        for reading in &mut readings {
            if self.rng.chance(self.knobs.cut) {
                let reply = refusal(request, FailureClass::Transient, "the connection was cut");
                if let Reply::Read(mut unknown) = reply
                    && let Some(one) = unknown.pop()
                {
                    *reading = one;
                }
            } else if let Reading::Found(live) = reading {
                let spec = self.registry.get(&request.type_name);
                let identity = |name: &str| spec.is_some_and(|spec| spec.claims().any(|c| c.contains(&name)));
                for (name, value) in live.properties.iter_mut().chain(live.outputs.iter_mut()) {
                    // What says which one it is comes with the same answer as the resource itself.
                    if name != "tags" && !identity(name) && self.rng.chance(self.knobs.unread) {
                        *value = Value::Unknown;
                    }
                }
            }
        }
        readings
    }
}

fn after_a_day(mut reply: Reply) -> Reply {
    match &mut reply {
        Reply::Failed(failure) => failure.retry_after = Some(DAY),
        Reply::Read(readings) => {
            for reading in readings {
                if let Reading::Unknown(failure) = reading {
                    failure.retry_after = Some(DAY);
                }
            }
        }
        _ => {}
    }
    reply
}
