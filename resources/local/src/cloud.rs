//! The public face of the local cloud.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::access::Right;
use crate::account::Account;
use crate::clock::LocalClock;
use crate::connector::LocalClient;
use crate::dispatch::Interior;
use crate::error::LocalError;
use crate::fault::{CallInfo, Faults};
use crate::model::Judged;
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::server::LocalServer;
use crate::status::Status;
use crate::store::Store;
use crate::world::World;

/// Factor of a persistent cloud's delays: a database takes about half a second.
const LIVELY: f64 = 1e-3;

/// An AWS account inside this process. Clones are handles to the same account.
#[derive(Clone)]
pub struct LocalCloud {
    interior: Arc<Interior>,
}

impl std::fmt::Debug for LocalCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalCloud").finish_non_exhaustive()
    }
}

impl LocalCloud {
    /// An empty account that lives as long as its last handle.
    ///
    /// Nothing stays pending for longer than a few milliseconds, unless another clock is set.
    pub fn in_memory() -> LocalCloud {
        LocalCloud { interior: Arc::new(Interior::new(LocalClock::real(), None)) }
    }

    /// The account that is kept in a directory, which is made if it is not there.
    ///
    /// A call is answered once its effect is on disk, so a crash loses at most a call that was
    /// not answered. Life-cycle delays are a thousandth of AWS's.
    ///
    /// # Errors
    /// [`LocalError::Busy`] if another process has the directory open, [`LocalError::Damaged`] or
    /// [`LocalError::Newer`] if a file cannot be understood, [`LocalError::File`] for the rest.
    pub fn open(dir: &Path) -> Result<LocalCloud, LocalError> {
        let store = Store::open(dir)?;
        let clock = LocalClock::real().with_factor(LIVELY);
        let interior = Arc::new(Interior::new(clock, Some(store)));
        at_once(interior.restore())?;
        Ok(LocalCloud { interior })
    }

    /// Sets the clock that life cycles run on, for all handles.
    pub fn with_clock(self, clock: LocalClock) -> LocalCloud {
        self.interior.set_clock(clock);
        self
    }

    /// Lets the account see all zones of each region. Which ones an account sees of some regions AWS decides; without
    /// this it sees those that are usual.
    pub fn with_every_zone(self) -> LocalCloud {
        self.interior.world().freetier.every_zone = true;
        self
    }

    /// By how much the time at which the account was left is ahead of this machine's.
    pub fn ahead(&self) -> Duration {
        self.interior.ahead()
    }

    /// Sets AWS's own pace, for all handles: its durations, the time of an answer, changes that are seen late, and
    /// the rates above which it refuses.
    /// Which calls come to a server that is behind is drawn from `seed`.
    pub fn with_the_pace_of_aws(self, seed: u64) -> LocalCloud {
        self.interior.set_clock(LocalClock::real().with_factor(1.0));
        self.interior.set_pace(Pace::new(seed));
        self
    }

    /// The calls that came faster than AWS takes them, such as `wafv2 CreateIPSet`; at another pace there are none.
    pub fn throttled(&self) -> Vec<String> {
        self.interior.pace().map(|pace| pace.throttled()).unwrap_or_default()
    }

    /// The HTTP client to set on an SDK config. It must be used on a tokio runtime.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(LocalClient::new(Arc::clone(&self.interior)))
    }

    /// Credentials that mean nothing outside.
    pub fn credentials() -> Credentials {
        Credentials::new("AKIALOCALLOCALLOCAL0", "local-cloud-has-no-secrets", None, None, "finsight-local")
    }

    /// Puts this account on a loopback port, for any AWS client. Port 0 takes a free one.
    ///
    /// # Errors
    /// [`LocalError::NotLoopback`] and [`LocalError::Listen`].
    pub async fn serve(&self, addr: SocketAddr) -> Result<LocalServer, LocalError> {
        LocalServer::start(Arc::clone(&self.interior), addr).await
    }

    /// Empties the account, on disk too, and forgets the calls.
    ///
    /// # Errors
    /// [`LocalError::File`] if a file cannot be removed.
    pub async fn reset(&self) -> Result<(), LocalError> {
        self.interior.reset().await
    }

    /// Makes it an account of another kind. What stands in it stays, the roles that AWS has made too.
    ///
    /// # Errors
    /// [`LocalError::File`] if it cannot be written.
    pub async fn set_account(&self, account: Account) -> Result<(), LocalError> {
        self.interior.set_account(account).await
    }

    /// Counts what lives in the account, in all regions.
    pub async fn status(&self) -> Status {
        let now = self.interior.clock().now();
        self.interior.world().status(now)
    }

    /// All that the account's own services know, by service: the whole of it, as it would be written to disk. What
    /// reads answer is made of this, so what it keeps, every read shows as before.
    ///
    /// # Errors
    /// [`LocalError::Unwritable`] if a state cannot be written as JSON.
    pub fn snapshot(&self) -> Result<serde_json::Value, LocalError> {
        self.interior.snapshot()
    }

    /// The account as it stands, and the moment by its clock.
    pub(crate) fn copy(&self) -> (World, i64) {
        (self.interior.world().clone(), self.interior.clock().now())
    }

    /// Sets, or with `None` removes, what makes calls go wrong.
    pub fn set_faults(&self, faults: Option<Arc<dyn Faults>>) {
        self.interior.set_faults(faults);
    }

    /// Lets what is begun from now on end badly, where one of these fits; with none, all ends well again.
    pub fn set_outcomes(&self, outcomes: Vec<Outcome>) {
        self.interior.world().outcomes.0 = outcomes;
    }

    /// The number of calls since the start or the last reset.
    pub fn call_count(&self) -> u64 {
        self.interior.calls().len() as u64
    }

    /// The rights that the calls needed.
    pub fn rights(&self) -> BTreeSet<Right> {
        self.interior.rights().clone()
    }

    /// From now on rights are counted anew.
    pub fn forget_rights(&self) {
        self.interior.rights().clear();
    }

    /// Looks at a policy of an identity as IAM does before it takes one.
    ///
    /// # Errors
    /// What IAM says of it.
    pub fn check_policy(document: &str) -> Result<(), String> {
        crate::iam::is_policy(document)
    }

    /// From now on a caller may do what one of these identity policies allows and none denies; with `None`,
    /// everything.
    pub fn set_caller(&self, policies: Option<Vec<String>>) {
        self.interior.set_caller(policies);
    }

    /// Gives the account another quota than AWS's default, as AWS does when it is asked; `what` is what
    /// `resources/specs/data/quotas.txt` counts, such as `aws:ec2:Vpc`.
    pub fn set_quota(&self, what: &str, n: u64) {
        self.interior.set_quota(what, n);
    }

    /// How much there is of what a quota counts: the most within one region, VPC, group or whatever shares it.
    pub fn counted(&self, what: &str) -> u64 {
        self.interior.counted(what)
    }

    /// Status and code by which AWS refuses what goes beyond a quota.
    pub fn quota_refusal(&self, what: &str) -> Option<(u16, String)> {
        crate::quota::refusal(what)
    }

    /// What AWS's service models said of the calls since the start or the last reset.
    pub fn judged(&self) -> Judged {
        self.interior.judged().clone()
    }

    /// The calls since the start or the last reset.
    pub fn calls(&self) -> Vec<CallInfo> {
        self.interior.calls().clone()
    }
}

/// Runs a future that never waits: restoring only takes locks that nobody else holds yet.
fn at_once<T>(future: impl Future<Output = Result<T, LocalError>>) -> Result<T, LocalError> {
    let mut context = std::task::Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(LocalError::Unwritable {
            service: "local",
            reason: "restoring had to wait for a lock".to_owned(),
        }),
    }
}
