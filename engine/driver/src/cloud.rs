//! The seam to a cloud.

use finsight_engine::contract::{Reply, Request};
use futures::future::BoxFuture;

/// A cloud that answers the engine's requests.
pub trait Cloud: Send + Sync {
    /// Carries out one request. Failures are replies.
    fn call(&self, request: Request) -> BoxFuture<'_, Reply>;

    /// The number of API calls made so far.
    fn api_calls(&self) -> u64;
}
