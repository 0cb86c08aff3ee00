//! AWS behind the driver's seam: finds the handler, keeps to the rates, counts the calls.

use std::time::Instant;

use finsight_driver::cloud::Cloud;
use finsight_engine::contract::{Call, Failure, FailureClass, Reading, Reply, Request};
use futures::future::BoxFuture;

use crate::failure::is_unspoken;
use crate::handler::{Deleted, Handler, Handlers, handlers};
use crate::kms::common::unless_off;
use crate::session::{Region, Session};

/// How often in a row a call is carried out anew with other credentials: they may end again meanwhile.
const RENEWALS: u8 = 3;

/// AWS as the engine's cloud.
pub struct AwsCloud {
    session: Session,
    handlers: Handlers,
}

impl AwsCloud {
    /// AWS as reached by this session.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self { session, handlers: handlers() }
    }

    /// The same without request rates, for endpoints that have none.
    #[must_use]
    pub fn unlimited(session: Session) -> Self {
        Self::new(session.unlimited())
    }

    async fn answer(&self, request: Request) -> Reply {
        let Some(handler) = self.handlers.get(request.type_name.as_str()) else {
            return Reply::Failed(Failure {
                class: FailureClass::Invalid,
                code: "NoHandler".to_owned(),
                message: format!("this version cannot handle {}", request.type_name),
                operation: request.call.name().to_owned(),
                request_id: None,
                retry_after: None,
            });
        };
        let region = self.session.region(&request.region);
        let started = Instant::now();
        let send = || carry_out(handler.as_ref(), &region, &request.call);
        let mut credentials = self.session.generation();
        let mut reply = send().await;
        // Credentials that have expired are asked for anew; where the same come back, the engine waits.
        for _ in 0..RENEWALS {
            if !self.has_expired(credentials, &mut reply).await || !self.session.renew(credentials).await {
                break;
            }
            credentials = self.session.generation();
            reply = send().await;
        }
        if let Some(failure) = failure_of(&reply) {
            tracing::debug!(type_name = request.type_name, call = request.call.name(), %failure, "call failed");
        }
        tracing::trace!(
            type_name = request.type_name,
            call = request.call.name(),
            millis = started.elapsed().as_millis(),
            "call"
        );
        reply
    }

    /// Whether a call was refused because its credentials have expired. A refusal without words says that
    /// where the credentials are other ones by now, or AWS does not take them for another call either; where
    /// that other call is not answered, it says nothing yet, and is as passing as what kept the answer away.
    async fn has_expired(&self, credentials: u64, reply: &mut Reply) -> bool {
        let Some(failure) = failure_of(reply) else { return false };
        if !is_unspoken(failure) {
            return failure.class == FailureClass::Expired;
        }
        let renewed = self.session.generation() != credentials;
        let class = if renewed { Some(FailureClass::Expired) } else { self.session.what_passes().await };
        let Some(class) = class else { return false };
        each_failure(reply, |failure| {
            if is_unspoken(failure) {
                failure.class = class;
            }
        });
        class == FailureClass::Expired
    }
}

/// Carries a call out; what failed has the class that it has for this call.
async fn carry_out(handler: &dyn Handler, region: &Region, call: &Call) -> Reply {
    let failed = |failure| Reply::Failed(classed(call, failure));
    match call {
        Call::Read { targets } => match handler.read(region, targets).await {
            Ok(readings) => Reply::Read(readings),
            Err(failure) => {
                let failure = classed(call, failure);
                Reply::Read(targets.iter().map(|_| Reading::Unknown(failure.clone())).collect())
            }
        },
        Call::Find { owner, inputs } => {
            handler.find(region, owner, inputs).await.map_or_else(failed, Reply::Found)
        }
        Call::Create { owner, inputs } => match handler.create(region, owner, inputs).await {
            Ok(id) => Reply::Created { id },
            Err(failure) => failed(unless_off(region, failure, inputs).await),
        },
        Call::Converge { target, live, desired, differing } => {
            match handler.converge(region, target, live, desired, differing).await {
                Ok(applied) => Reply::Converged { applied },
                Err(failure) => failed(unless_off(region, failure, desired).await),
            }
        }
        Call::Delete { target } => match handler.delete(region, target).await {
            Ok(Deleted::Gone) => Reply::Gone,
            Ok(Deleted::Pending) => Reply::Deleting,
            Ok(Deleted::Emptying(so_far)) => Reply::Emptying { so_far },
            Err(failure) => failed(failure),
        },
        Call::Restore { target } => {
            handler.restore(region, target).await.map_or_else(failed, |()| Reply::Restored)
        }
        Call::Look { inputs } => handler.look(region, inputs).await.map_or_else(failed, Reply::Standing),
        Call::Holders { target } => handler.holders(region, target).await.map_or_else(failed, Reply::Held),
    }
}

/// A failure as it is for a call: what reads has no effect that could be in doubt, and credentials that there were
/// and are not there any more have expired.
fn classed(call: &Call, mut failure: Failure) -> Failure {
    failure.class = match failure.class {
        FailureClass::Ambiguous if !call.mutates() => FailureClass::Transient,
        FailureClass::Denied if failure.code == "NoCredentials" => FailureClass::Expired,
        class => class,
    };
    failure
}

fn failure_of(reply: &Reply) -> Option<&Failure> {
    match reply {
        Reply::Failed(failure) => Some(failure),
        Reply::Read(readings) => readings.iter().find_map(|reading| match reading {
            Reading::Unknown(failure) => Some(failure),
            _ => None,
        }),
        _ => None,
    }
}

fn each_failure(reply: &mut Reply, mut change: impl FnMut(&mut Failure)) {
    match reply {
        Reply::Failed(failure) => change(failure),
        Reply::Read(readings) => readings.iter_mut().for_each(|reading| {
            if let Reading::Unknown(failure) = reading {
                change(failure);
            }
        }),
        _ => {}
    }
}

impl Cloud for AwsCloud {
    fn call(&self, request: Request) -> BoxFuture<'_, Reply> {
        Box::pin(self.answer(request))
    }

    fn api_calls(&self) -> u64 {
        self.session.calls()
    }
}
