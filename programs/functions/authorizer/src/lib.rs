//! API Gateway's authorizer for FinSight: lets callers in who bring a valid JWT of Auth0, and nobody else.
//!
//! - [`verify`] judges a token: RS256, issuer, audience, times.
//! - [`jwks`] holds the issuer's public keys and fetches them again when it must, but not more often.
//! - [`policy`] writes the answer that API Gateway caches.
//!
//! Whatever goes wrong, the answer is not an allowance.

pub mod config;
pub mod event;
pub mod jwks;
pub mod policy;
mod ring_rsa;
pub mod verify;

use finsight_function::http::Client;
use finsight_function::runtime::{Failure, Invocation};
use serde_json::Value;

use crate::config::Config;
use crate::jwks::{Clock, Keys};
use crate::verify::{Rejection, Verifier};

/// What stands as `outcome` in the log for each failure that is not the caller's: an alarm counts it, because Lambda's own
/// count has every refused token in it.
pub const UNAVAILABLE: &str = "unavailable";

/// The whole function: an event in, a policy or a failure out.
#[derive(Debug)]
pub struct Authorizer {
    verifier: Verifier,
}

impl Authorizer {
    /// An authorizer that fetches keys with `client` and reads the time of day from `clock`.
    #[must_use]
    pub fn new(config: &Config, client: Client, clock: Clock) -> Self {
        Self { verifier: Verifier::new(config, Keys::new(config, client, clock)) }
    }

    /// Fetches the keys before the first event needs them. Without them the first event tries again.
    pub async fn prepare(&self) {
        self.verifier.keys().prepare().await;
    }

    /// Answers an event of API Gateway.
    ///
    /// # Errors
    /// `Unauthorized`, which API Gateway turns into 401, for a caller who may not come in; another message, which it
    /// turns into 500, where nothing can be said about the caller. Neither lets anyone in, and neither is cached.
    pub async fn authorize(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let asked = event::read(&invocation.event).map_err(|problem| {
            tracing::error!(outcome = UNAVAILABLE, problem, "the event is not of API Gateway");
            Failure::new("Authorizer.Event", "the event is not one of API Gateway's authorizer events")
        })?;
        let Some(token) = asked.token else {
            tracing::info!(
                outcome = "unauthorized",
                reason = "no-token",
                method = asked.method_arn,
                "refused"
            );
            return Err(unauthorized());
        };
        match self.verifier.verify(&token, invocation.spare()).await {
            Ok(claims) => {
                tracing::info!(outcome = "allowed", method = asked.method_arn, "allowed");
                Ok(policy::allow(&asked.scope, &claims))
            }
            Err(Rejection::Unavailable) => {
                tracing::error!(outcome = UNAVAILABLE, method = asked.method_arn, "no keys to check with");
                Err(Failure::new("Authorizer.Unavailable", "the issuer's keys are not available"))
            }
            Err(rejection) => {
                let reason = rejection.reason();
                tracing::info!(outcome = "unauthorized", reason, method = asked.method_arn, "refused");
                Err(unauthorized())
            }
        }
    }
}

/// API Gateway answers 401 for exactly this message.
fn unauthorized() -> Failure {
    Failure::new("Authorizer.Unauthorized", "Unauthorized")
}
