//! The way of a call: faults before, effect, durability, faults after, answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use winterbaume_core::MockResponse;

use crate::access::{self, Right};
use crate::account::{Account, Facts};
use crate::answer::{self, Outcome, Refusal};
use crate::beneath::Beneath;
use crate::call::{Call, Incoming, Service, Unknown};
use crate::clock::LocalClock;
use crate::error::LocalError;
use crate::fault::{CallInfo, Fault, Faults};
use crate::model::{self, Judged, Verdict};
use crate::pace::{self, Pace};
use crate::quota;
use crate::region;
use crate::services::services;
use crate::store::{self, Kept, Store};
use crate::world::{Context, World};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The connection was cut.
    Reset,
    /// There was none: nothing has the name that was asked for.
    NoSuchHost,
}

/// The local cloud behind its handles.
pub(crate) struct Interior {
    world: Mutex<World>,
    beneath: RwLock<Arc<Beneath>>,
    clock: RwLock<LocalClock>,
    /// When the account was left, in milliseconds since 1970; 0 if nobody knows.
    left: AtomicI64,
    /// What takes time in AWS, where that is wanted.
    pace: RwLock<Option<Arc<Pace>>>,
    faults: RwLock<Option<Arc<dyn Faults>>>,
    calls: Mutex<Vec<CallInfo>>,
    judged: Mutex<Judged>,
    rights: Mutex<BTreeSet<Right>>,
    /// The policies of the caller; with none, everything is allowed.
    caller: RwLock<Option<Arc<[String]>>>,
    /// Quotas of this account that are not AWS's defaults.
    quotas: RwLock<quota::Own>,
    disk: Option<Disk>,
}

/// The store, and how far each service is written.
struct Disk {
    store: Arc<Store>,
    services: BTreeMap<Service, Writes>,
}

/// Changes made and changes written of one service. Whoever comes to write covers all changes
/// made until then, so that many calls share one write.
#[derive(Default)]
struct Writes {
    made: AtomicU64,
    written: tokio::sync::Mutex<u64>,
}

impl Interior {
    pub(crate) fn new(clock: LocalClock, store: Option<Store>) -> Interior {
        let disk = store.map(|store| Disk {
            store: Arc::new(store),
            services: Service::ALL.iter().copied().map(|s| (s, Writes::default())).collect(),
        });
        Interior {
            world: Mutex::new(World::default()),
            beneath: RwLock::new(Arc::new(Beneath::new())),
            clock: RwLock::new(clock),
            left: AtomicI64::default(),
            pace: RwLock::default(),
            faults: RwLock::new(None),
            calls: Mutex::new(Vec::new()),
            judged: Mutex::new(Judged::default()),
            rights: Mutex::new(BTreeSet::new()),
            caller: RwLock::new(None),
            quotas: RwLock::default(),
            disk,
        }
    }

    /// Takes back what is on disk.
    pub(crate) async fn restore(&self) -> Result<(), LocalError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        self.left.store(disk.store.read_time()?, Ordering::SeqCst);
        self.set_clock(self.clock());
        let beneath = self.beneath();
        for &service in Service::ALL {
            let Some(kept) = disk.store.read(service)? else { continue };
            self.world().restore(service, kept.own).map_err(|e| store::misfit(&disk.store, service, &e))?;
            let restored = beneath.restore(service, kept.beneath).await;
            restored.map_err(|e| store::misfit(&disk.store, service, &e))?;
        }
        Ok(())
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beneath(&self) -> Arc<Beneath> {
        self.beneath.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clock(&self) -> LocalClock {
        self.clock.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the clock; it does not go back behind the moment at which the account was left.
    pub(crate) fn set_clock(&self, clock: LocalClock) {
        let clock = clock.not_before(self.left.load(Ordering::SeqCst));
        *self.clock.write().unwrap_or_else(PoisonError::into_inner) = clock;
    }

    /// By how much the moment at which the account was left is ahead of this machine.
    pub(crate) fn ahead(&self) -> Duration {
        let ahead = self.left.load(Ordering::SeqCst) - LocalClock::real().now();
        Duration::from_millis(u64::try_from(ahead).unwrap_or_default())
    }

    pub(crate) fn set_pace(&self, pace: Pace) {
        *self.pace.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(pace));
    }

    pub(crate) fn pace(&self) -> Option<Arc<Pace>> {
        self.pace.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_faults(&self, faults: Option<Arc<dyn Faults>>) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn faults(&self) -> Option<Arc<dyn Faults>> {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Vec<CallInfo>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn judged(&self) -> MutexGuard<'_, Judged> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a call against AWS's model of it.
    fn judge(&self, call: &Call) -> Option<Refusal> {
        let verdict = model::judge(call);
        let mut judged = self.judged();
        match verdict {
            Verdict::Fits(input) => {
                judged.fit += 1;
                return self.authorize(call, &input);
            }
            Verdict::Unknown => {
                judged.unknown.insert(format!("{} {}", call.service.name(), call.operation));
            }
            Verdict::Broken(refusal) => {
                tracing::warn!(service = call.service.name(), operation = %call.operation, message = %refusal.message, "refused by AWS's model");
                judged.refused.push(format!(
                    "{} {}: {}",
                    call.service.name(),
                    call.operation,
                    refusal.message
                ));
                return Some(refusal);
            }
        }
        None
    }

    /// Whether the caller may do what it asks for.
    fn authorize(&self, call: &Call, input: &serde_json::Value) -> Option<Refusal> {
        let rights = access::rights(call, input);
        let policies = self.caller();
        let refused = policies.and_then(|policies| access::refusal(call, &rights, &policies));
        self.rights().extend(rights);
        refused
    }

    /// The rights that the calls needed.
    pub(crate) fn rights(&self) -> MutexGuard<'_, BTreeSet<Right>> {
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policies that callers are held to.
    fn caller(&self) -> Option<Arc<[String]>> {
        self.caller.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_caller(&self, policies: Option<Vec<String>>) {
        *self.caller.write().unwrap_or_else(PoisonError::into_inner) = policies.map(Into::into);
    }

    /// What our own operations know, by service.
    pub(crate) fn snapshot(&self) -> Result<serde_json::Value, LocalError> {
        let world = self.world();
        let kept = Service::ALL.iter().map(|&service| {
            let state = world.kept(service).map_err(|e| store::unwritable(service, &e))?;
            Ok((service.name().to_owned(), state))
        });
        kept.collect::<Result<serde_json::Map<_, _>, _>>().map(serde_json::Value::Object)
    }

    pub(crate) fn set_quota(&self, what: &str, n: u64) {
        self.quotas.write().unwrap_or_else(PoisonError::into_inner).set(what, n);
    }

    /// How much there is of what a quota counts: the most within one thing.
    pub(crate) fn counted(&self, what: &str) -> u64 {
        let (now, world) = (self.clock().now(), self.world());
        let places =
            Service::ALL.iter().flat_map(|service| region::all().map(move |region| (*service, region)));
        places.map(|(service, region)| world.tally(service, region, now).most(what)).max().unwrap_or_default()
    }

    /// Forgets everything, on disk too.
    pub(crate) async fn reset(&self) -> Result<(), LocalError> {
        let mut guards = Vec::new();
        if let Some(disk) = &self.disk {
            for writes in disk.services.values() {
                guards.push(writes.written.lock().await);
            }
            disk.store.clear()?;
        }
        *self.world() = World::default();
        *self.beneath.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Beneath::new());
        self.calls().clear();
        *self.judged() = Judged::default();
        self.rights().clear();
        Ok(())
    }

    /// Makes it an account of another kind.
    pub(crate) async fn set_account(&self, account: Account) -> Result<(), LocalError> {
        self.world().freetier = Facts::of(account);
        self.settle(Service::FreeTier, true).await
    }

    /// Answers a request, or cuts it off.
    pub(crate) async fn answer(&self, incoming: Incoming) -> Result<MockResponse, Cut> {
        let call = match Call::identify(incoming) {
            Ok(call) => call,
            Err(unknown) => return Ok(unanswered(&unknown)),
        };
        if !region::has_endpoint(&call) {
            return Err(Cut::NoSuchHost);
        }
        let info = self.record(&call);
        let faults = self.faults();
        match faults.as_ref().and_then(|f| f.before(&info)) {
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(fault) => return end(&call, fault),
            None => {}
        }
        let service = call.service;
        let pace = self.pace();
        if pace.is_some() {
            tokio::time::sleep(pace::ANSWER).await;
        }
        let too_soon = pace.as_ref().and_then(|pace| pace.throttle(&call, self.clock().now()));
        let mut answer = match too_soon.or_else(|| self.judge(&call)) {
            Some(refusal) => answer::refuse(&call, &refusal),
            None => self.perform(call.clone(), pace.as_deref()).await,
        };
        if call.method == "HEAD" {
            answer.body = bytes::Bytes::new();
        }
        let mut settled = self.settle(service, info.mutating).await;
        let clock = self.clock();
        let counts = pace.is_some() || clock.is_ahead();
        if let (Some(disk), true, true) = (&self.disk, counts, settled.is_ok()) {
            settled = disk.store.write_time(clock.now());
        }
        for also in touched_by(service, &info.operation) {
            if settled.is_ok() {
                settled = self.settle(*also, info.mutating).await;
            }
        }
        let answer = match settled {
            Ok(()) => answer,
            Err(e) => {
                tracing::error!(error = %e, "a change could not be made durable");
                answer::refuse(&call, &Refusal::new(500, "InternalFailure", e.to_string()))
            }
        };
        match faults.as_ref().and_then(|f| f.after(&info)) {
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(fault) => return end(&call, fault),
            None => {}
        }
        tracing::debug!(service = service.name(), operation = %info.operation, status = answer.status, "local call");
        Ok(answer)
    }

    fn record(&self, call: &Call) -> CallInfo {
        let mut calls = self.calls();
        let info = CallInfo {
            service: call.service.name().to_owned(),
            operation: call.operation.clone(),
            index: calls.len() as u64,
            mutating: call.mutating(),
        };
        calls.push(info.clone());
        info
    }

    /// Has the effect of a call and gives its answer.
    async fn perform(&self, mut call: Call, pace: Option<&Pace>) -> MockResponse {
        let beneath = self.beneath();
        if let Some(late) = pace.and_then(|pace| self.perform_late(&call, pace)) {
            return late;
        }
        if let Some(pointer) = minted_beneath(&call) {
            let made = beneath.handle(&call).await;
            let body: serde_json::Value = serde_json::from_slice(&made.body).unwrap_or_default();
            if body.pointer(pointer).is_none() {
                return made;
            }
            call.minted = Some(body);
        }
        let outcome = {
            let (clock, caller) = (self.clock(), self.caller());
            let mut world = self.world();
            if call.mutating() {
                self.within_quotas(&mut world, &call, &clock)
            } else {
                let outcome = own(&mut Context {
                    world: &mut world,
                    call: &call,
                    clock: &clock,
                    caller: caller.as_deref(),
                });
                outcome.and_then(|outcome| self.whole(&call, outcome))
            }
        };
        match outcome {
            Ok(Outcome::Done(answer)) => answer,
            Ok(Outcome::Mirrored(answer)) => {
                // Its opinion does not count: it only has to know the same names.
                let _ = beneath.handle(&call).await;
                answer
            }
            Ok(Outcome::Beneath) => beneath.handle(&call).await,
            Err(refusal) => answer::refuse(&call, &refusal),
        }
    }

    /// Refuses an outcome that does not regard all of the call.
    fn whole(&self, call: &Call, outcome: Outcome) -> Result<Outcome, Refusal> {
        if matches!(outcome, Outcome::Beneath) {
            return Ok(outcome);
        }
        let Some(refusal) = model::unread(call) else { return Ok(outcome) };
        self.judged().refused.push(format!("{} {}", call.service.name(), refusal.message));
        Err(refusal)
    }

    /// Has the effect of a call that leaves no more than the account may have.
    fn within_quotas(&self, world: &mut World, call: &Call, clock: &LocalClock) -> Result<Outcome, Refusal> {
        let tally = |world: &World| world.tally(call.service, &call.region, clock.now());
        let services = || touched_by(call.service, &call.operation).iter().copied().chain([call.service]);
        let before = tally(world);
        let mut stood = World::default();
        services().for_each(|service| stood.see(service, world));
        let outcome = own(&mut Context { world: &mut *world, call, clock, caller: None })?;
        let quotas = self.quotas.read().unwrap_or_else(PoisonError::into_inner);
        let within = match quotas.refusal(&call.region, &before, &tally(world)) {
            Some(refusal) => Err(refusal),
            None => self.whole(call, outcome),
        };
        if within.is_err() {
            services().for_each(|service| world.see(service, &stood));
        }
        within
    }

    /// The answer of a server at which the last changes have not arrived: to whoever asks, what it sees; to whoever
    /// wants a change, the refusal that follows from what it sees. Nothing where all servers would do the same.
    fn perform_late(&self, call: &Call, pace: &Pace) -> Option<MockResponse> {
        let (clock, caller) = (self.clock(), self.caller());
        let (now, world) = (clock.now(), self.world());
        // What the service beneath gives a new id needs no other.
        let late = if minted_beneath(call).is_some() { None } else { pace.late(call, &world, now) };
        if call.mutating() {
            pace.keep(&world, now);
        }
        drop(world);
        let outcome = own(&mut Context { world: &mut late?, call, clock: &clock, caller: caller.as_deref() });
        match outcome {
            Ok(Outcome::Done(answer)) if !call.mutating() => Some(answer),
            Err(refusal) => Some(answer::refuse(call, &refusal)),
            _ => None,
        }
    }

    /// Makes what a call changed durable.
    async fn settle(&self, service: Service, mutating: bool) -> Result<(), LocalError> {
        let Some(disk) = self.disk.as_ref().filter(|_| mutating) else { return Ok(()) };
        let Some(writes) = disk.services.get(&service) else { return Ok(()) };
        let mine = writes.made.fetch_add(1, Ordering::SeqCst) + 1;
        let mut written = writes.written.lock().await;
        if *written >= mine {
            return Ok(());
        }
        let covered = writes.made.load(Ordering::SeqCst);
        let own = self.world().kept(service).map_err(|e| store::unwritable(service, &e))?;
        let beneath = self.beneath().kept(service).await.map_err(|e| store::unwritable(service, &e))?;
        let store = Arc::clone(&disk.store);
        let done = tokio::task::spawn_blocking(move || store.write(service, &Kept { own, beneath })).await;
        match done {
            Ok(result) => result?,
            Err(e) => return Err(LocalError::Unwritable { service: service.name(), reason: e.to_string() }),
        }
        *written = covered;
        Ok(())
    }
}

macro_rules! own {
    ($($module:ident: $service:ident, $signing:literal, $host:literal, $scope:ident, $protocol:ident, $state:ty, $beneath:ty;)*) => {
        /// Our own operations.
        fn own(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
            match cx.call.service {
                $(Service::$service => crate::$module::answer(cx),)*
            }
        }
    };
}
services!(own);

/// The services in whose state another one writes too.
fn touched_by(service: Service, operation: &str) -> &'static [Service] {
    match (service, operation) {
        // Records of domains; who may write the access log.
        (Service::Amplify, _) => &[Service::Route53],
        (Service::CloudFront, _) => &[Service::S3],
        // Who may write to the log group.
        (Service::Waf, "PutLoggingConfiguration") => &[Service::Logs],
        // The roles that AWS makes for services.
        (Service::ApiGateway, "CreateDomainName")
        | (Service::ApplicationAutoScaling, "RegisterScalableTarget")
        | (
            Service::Rds,
            "CreateDBInstance"
            | "CreateDBSubnetGroup"
            | "RestoreDBInstanceFromDBSnapshot"
            | "RestoreDBInstanceToPointInTime",
        )
        | (Service::Ses, "CreateConfigurationSet" | "CreateEmailIdentity") => &[Service::Iam],
        _ => &[],
    }
}

/// Creations whose id the service beneath gives, so that both know the resource by one id, and
/// where in its answer the id stands.
fn minted_beneath(call: &Call) -> Option<&'static str> {
    match (call.service, call.operation.as_str()) {
        (Service::Kms, "CreateKey") => Some("/KeyMetadata/KeyId"),
        (Service::ApiGateway, "CreateRestApi" | "ImportRestApi") => Some("/id"),
        _ => None,
    }
}

fn end(call: &Call, fault: Fault) -> Result<MockResponse, Cut> {
    match fault {
        Fault::Respond { status, code, message } => {
            Ok(answer::refuse(call, &Refusal { status, code, message }))
        }
        Fault::DropConnection | Fault::Delay(_) => Err(Cut::Reset),
    }
}

/// In the protocol that the caller speaks: another one it would not understand.
fn unanswered(Unknown { service, protocol }: &Unknown) -> MockResponse {
    let message = format!("the local cloud has no service {service}");
    answer::refuse_in(*protocol, &Refusal::new(501, "NotImplemented", message))
}
