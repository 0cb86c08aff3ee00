//! AWS behind the driver's seam: finds the handler, keeps to the rates, counts the calls.

use std::time::Instant;

use finsight_driver::cloud::Cloud;
use finsight_engine::contract::{Call, Failure, FailureClass, Reading, Reply, Request};
use futures::future::BoxFuture;

use crate::handler::{Deleted, Handlers, handlers};
use crate::limits::Limits;
use crate::session::Session;

/// AWS as the engine's cloud.
pub struct AwsCloud {
    session: Session,
    handlers: Handlers,
    limits: Limits,
}

impl AwsCloud {
    /// AWS as reached by this session.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self { session, handlers: handlers(), limits: Limits::aws() }
    }

    /// The same without rate limits of ours, for endpoints that have none.
    #[must_use]
    pub fn unlimited(session: Session) -> Self {
        Self { session, handlers: handlers(), limits: Limits::none() }
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
        self.limits.pace(&request).await;
        let started = Instant::now();
        let reply = match &request.call {
            Call::Read { targets } => match handler.read(&region, targets).await {
                Ok(readings) => Reply::Read(readings),
                Err(failure) => {
                    Reply::Read(targets.iter().map(|_| Reading::Unknown(failure.clone())).collect())
                }
            },
            Call::Find { owner, inputs } => {
                handler.find(&region, owner, inputs).await.map_or_else(Reply::Failed, Reply::Found)
            }
            Call::Create { owner, inputs } => handler
                .create(&region, owner, inputs)
                .await
                .map_or_else(Reply::Failed, |id| Reply::Created { id }),
            Call::Converge { target, live, desired, differing } => handler
                .converge(&region, target, live, desired, differing)
                .await
                .map_or_else(Reply::Failed, |applied| Reply::Converged { applied }),
            Call::Delete { target } => match handler.delete(&region, target).await {
                Ok(Deleted::Gone) => Reply::Gone,
                Ok(Deleted::Pending) => Reply::Deleting,
                Err(failure) if failure.class == FailureClass::Absent => Reply::Gone,
                Err(failure) => Reply::Failed(failure),
            },
            Call::Restore { target } => {
                handler.restore(&region, target).await.map_or_else(Reply::Failed, |()| Reply::Restored)
            }
            Call::Look { inputs } => {
                handler.look(&region, inputs).await.map_or_else(Reply::Failed, Reply::Standing)
            }
            Call::Holders { target } => {
                handler.holders(&region, target).await.map_or_else(Reply::Failed, Reply::Held)
            }
        };
        if let Some(failure) = failure_of(&reply) {
            if failure.class == FailureClass::Throttled {
                self.limits.throttled(&request);
            }
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

impl Cloud for AwsCloud {
    fn call(&self, request: Request) -> BoxFuture<'_, Reply> {
        Box::pin(self.answer(request))
    }

    fn api_calls(&self) -> u64 {
        self.session.calls()
    }
}
