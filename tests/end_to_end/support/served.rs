//! The embedded AWS behind a port of this process.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use finsight_local::walk::Walk;
use finsight_local::{
    Account, CallInfo, Faults, Judged, LocalClock, LocalCloud, LocalServer, Outcome, Right, Status,
};
use tokio::runtime::Runtime;

use super::eyes::Eyes;

/// An empty account on a port, seen by clients of this process without the port.
pub struct Served {
    runtime: Runtime,
    cloud: LocalCloud,
    _server: LocalServer,
    pub url: String,
    pub eyes: Eyes,
}

impl Served {
    pub fn new() -> Self {
        Self::of(LocalCloud::in_memory())
    }

    /// An empty account that lives by a clock.
    pub fn at(clock: LocalClock) -> Self {
        Self::of(LocalCloud::in_memory().with_clock(clock))
    }

    /// The account that is kept in a directory.
    pub fn open(dir: &Path) -> Self {
        // As quick as one in memory.
        Self::of(LocalCloud::open(dir).expect("a cloud").with_clock(LocalClock::real()))
    }

    /// The same with some hundredths of AWS's delays: what runs can be met.
    pub fn open_slow(dir: &Path) -> Self {
        Self::open_at(dir, 0.03)
    }

    /// The same with this part of AWS's delays.
    pub fn open_at(dir: &Path, factor: f64) -> Self {
        let clock = LocalClock::real().with_factor(factor);
        Self::of(LocalCloud::open(dir).expect("a cloud").with_clock(clock))
    }

    fn of(cloud: LocalCloud) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            // A blocked answer blocks a thread: others must go on.
            .worker_threads(4)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime.block_on(cloud.serve(SocketAddr::from(([127, 0, 0, 1], 0)))).expect("a port");
        let url = format!("http://{}", server.addr());
        let eyes = runtime.block_on(Eyes::open("http://local.invalid", cloud.http_client()));
        Self { runtime, cloud, _server: server, url, eyes }
    }

    /// What SDK clients of a region are made of.
    pub fn sdk(&self, region: &str) -> aws_config::SdkConfig {
        self.block(super::eyes::sdk("http://local.invalid", self.cloud.http_client(), region))
    }

    /// A walk through the account as it stands now.
    pub fn walk(&self) -> Walk {
        Walk::new(&self.cloud, Box::new(|_| None))
    }

    pub fn block<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Makes it an account of another kind.
    pub fn account(&self, account: Account) {
        self.block(self.cloud.set_account(account)).expect("it is written");
    }

    /// Sets what makes calls go wrong.
    pub fn faults(&self, faults: Arc<dyn Faults>) {
        self.cloud.set_faults(Some(faults));
    }

    pub fn no_faults(&self) {
        self.cloud.set_faults(None);
    }

    /// Sets what ends badly.
    pub fn outcomes(&self, outcomes: Vec<Outcome>) {
        self.cloud.set_outcomes(outcomes);
    }

    /// The calls that came since call `from`.
    pub fn calls(&self, from: u64) -> Vec<CallInfo> {
        self.cloud.calls().into_iter().filter(|call| call.index >= from).collect()
    }

    /// What lives in the account, by the cloud's own count.
    pub fn status(&self) -> Status {
        self.runtime.block_on(self.cloud.status())
    }

    /// From now on callers may do what these policies allow.
    pub fn caller(&self, policies: &[String]) {
        self.cloud.set_caller(Some(policies.to_vec()));
    }

    /// From now on callers may do everything.
    pub fn any_caller(&self) {
        self.cloud.set_caller(None);
    }

    /// The rights that the calls needed.
    pub fn rights(&self) -> BTreeSet<Right> {
        self.cloud.rights()
    }

    /// From now on rights are counted anew.
    pub fn forget_rights(&self) {
        self.cloud.forget_rights();
    }

    /// What AWS's models said of the calls.
    pub fn judged(&self) -> Judged {
        self.cloud.judged()
    }

    pub fn call_count(&self) -> u64 {
        self.cloud.call_count()
    }
}
