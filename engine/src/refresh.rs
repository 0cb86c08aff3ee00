//! Reading what is on record, many at once: the base of drift, preview and refresh.

mod batch;
mod drift;
mod reading;
mod standing;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::contract::{Failure, FailureClass, OwnerId, Reading, Reply};
use crate::exec::{Command, Event, Now, Outage, Pace, Settings, Ticket, Trouble, Verdict, cause_of};
use crate::parts::{Own, parts_of};
use crate::plan::Observed;
use crate::schema::Registry;
use crate::state::{Row, State, Status};
use crate::urn::Urn;

use batch::{Batch, batches_of};
use reading::begun_of;

pub use drift::{Drift, DriftKind, drift};

/// A machine that reads the rows of a state, without changing anything.
pub struct Refresh {
    registry: Arc<Registry>,
    pace: Pace,
    batches: Vec<Batch>,
    pending: BTreeMap<Ticket, usize>,
    next: Ticket,
    observed: Observed,
    outage: Outage,
    trouble: Option<Trouble>,
    /// The resources that may have been created less than a lag ago; `None` where that is not known.
    fresh: Option<BTreeSet<Urn>>,
    /// What was made or changed a moment ago, or has lost what hung on it: a read may show it as it was before.
    changed: BTreeSet<Urn>,
    /// What an earlier run has begun to have rows stand on, by property: not what they stood on before.
    begun: BTreeMap<OwnerId, Vec<(String, Row)>>,
    /// What is ours of what hangs on others.
    own: Own,
}

/// How often a read is tried that AWS does not answer. A reading is many calls where a type has no
/// describe call of its own, and one that is throttled begins them all anew.
fn tries(failure: &Failure) -> u32 {
    if failure.class == FailureClass::Throttled { 40 } else { 8 }
}

/// For how long AWS may ask to wait before a read is tried again.
const LONGEST: u64 = 60_000;

impl Refresh {
    /// A refresh of the rows of these URNs.
    #[must_use]
    pub fn new(state: &State, selected: &BTreeSet<Urn>, registry: Arc<Registry>, pace: Pace) -> Self {
        let rows = state.all_rows().filter(|row| selected.contains(&row.urn)).cloned();
        let begun = state.all_rows().filter(|row| row.status == Status::Unfinished);
        let begun = begun.map(|row| (row.owner.clone(), begun_of(state, row))).collect();
        let own = Own::of(state, &registry);
        Self { batches: batches_of(rows), begun, own, ..Self::idle(registry, pace) }
    }

    fn idle(registry: Arc<Registry>, pace: Pace) -> Self {
        Self {
            registry,
            pace,
            batches: Vec::new(),
            pending: BTreeMap::new(),
            next: 0,
            observed: Observed::default(),
            outage: Outage::new(Settings::NETWORK_PATIENCE),
            trouble: None,
            fresh: None,
            changed: BTreeSet::new(),
            begun: BTreeMap::new(),
            own: Own::default(),
        }
    }

    /// With this patience for lost network and expired credentials, in milliseconds.
    #[must_use]
    pub fn patience(mut self, millis: u64) -> Self {
        self.outage = Outage::new(millis);
        self
    }

    /// With the time of the refresh, in milliseconds since 1970: the absence of what was
    /// certainly created long ago is then believed at once.
    #[must_use]
    pub fn at(mut self, now: u64, state: &State) -> Self {
        let urns = state.all_rows().map(|row| &row.urn);
        self.fresh = Some(urns.filter(|urn| state.may_be_unseen(urn, now)).cloned().collect());
        let left = |part: &&str| state.was_deleted_lately(part, now);
        let lists = |row: &Row| {
            self.registry.get(row.urn.type_name()).is_some_and(|spec| parts_of(spec).any(|part| left(&part)))
        };
        let ready = state.all_rows().filter(|row| row.status == Status::Ready);
        let changed = ready.filter(|row| state.was_changed_lately(&row.urn, now) || lists(row));
        self.changed = changed.map(|row| row.urn.clone()).collect();
        let lately =
            |owner: &OwnerId| state.row(owner).is_some_and(|row| state.was_begun_lately(&row.urn, now));
        self.begun.retain(|owner, _| lately(owner));
        self
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.batches.iter().all(|batch| batch.done)
    }

    /// What was read.
    #[must_use]
    pub fn into_observed(self) -> Observed {
        self.observed
    }

    /// Takes an event and gives commands.
    pub fn step(&mut self, now: impl Into<Now>, event: Event) -> Vec<Command> {
        let now = now.into().run;
        match event {
            Event::Begin => (0..self.batches.len()).map(|index| self.call(index)).collect(),
            Event::Elapsed { ticket } => {
                self.pending.remove(&ticket).map(|index| self.call(index)).into_iter().collect()
            }
            Event::Replied { ticket, reply } => match self.pending.remove(&ticket) {
                Some(index) => self.replied(now, index, reply),
                None => Vec::new(),
            },
            Event::Interrupt | Event::Leave => {
                for batch in &mut self.batches {
                    batch.done = true;
                }
                Vec::new()
            }
            Event::Appended { .. } | Event::AppendFailed { .. } => Vec::new(),
        }
    }

    fn call(&mut self, index: usize) -> Command {
        self.next += 1;
        self.pending.insert(self.next, index);
        let (urn, request) = self.batches[index].request();
        Command::Call { ticket: self.next, urn, request: Box::new(request) }
    }

    /// For how long a read of a batch may lag behind, in milliseconds.
    fn lag_of(&self, index: usize) -> u64 {
        let spec = self.registry.get(&self.batches[index].type_name);
        let parts = spec.into_iter().flat_map(parts_of).filter_map(|part| self.registry.get(part));
        let lag = spec.into_iter().chain(parts).map(|spec| spec.timing.lag).max().unwrap_or(30_000);
        lag * self.pace.lag_permille / 1000
    }

    fn wait(&mut self, index: usize, millis: u64) -> Vec<Command> {
        self.next += 1;
        self.pending.insert(self.next, index);
        vec![Command::Wait { ticket: self.next, millis }]
    }

    /// A call that did not get through is sent again, until the network or the credentials are back.
    fn replied(&mut self, now: u64, index: usize, reply: Reply) -> Vec<Command> {
        let mut out = Vec::new();
        let verdict = cause_of(&reply).map(|met| self.outage.met(now, index, met, self.pace, &mut out));
        match verdict {
            Some(Verdict::Wait(millis)) if self.trouble.is_none() => {
                self.next += 1;
                self.pending.insert(self.next, index);
                out.push(Command::Wait { ticket: self.next, millis });
                return out;
            }
            Some(Verdict::GiveUp(trouble)) => self.give_up(*trouble),
            Some(Verdict::Wait(_)) => {}
            None => {
                self.outage.over(now, index, &mut out);
                out.extend(self.took(index, reply));
            }
        }
        out
    }

    fn took(&mut self, index: usize, reply: Reply) -> Vec<Command> {
        if let Some(again) = passing(&reply).and_then(|failure| self.again(index, failure)) {
            return again;
        }
        match self.batches[index].question.clone() {
            Some(question) => self.looked(index, question, reply),
            None => self.read(index, reply),
        }
    }

    /// Has a read sent again that AWS did not answer, unless it was tried often enough.
    fn again(&mut self, index: usize, failure: &Failure) -> Option<Vec<Command>> {
        let batch = &mut self.batches[index];
        if batch.failures >= tries(failure) {
            return None;
        }
        let millis = (250u64 << batch.failures.min(6)) * self.pace.poll_permille / 1000;
        batch.failures += 1;
        Some(self.wait(index, millis.max(failure.retry_after.unwrap_or(1).min(LONGEST))))
    }

    /// Nothing gets through: what was not read stays unread.
    fn give_up(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
        for batch in &mut self.batches {
            batch.done = true;
        }
    }

    /// Why not everything was read, where nothing got through: one error for all.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }
}

/// Why a read did not come to its end, where the next one may.
fn passing(reply: &Reply) -> Option<&Failure> {
    let passes = |failure: &&Failure| {
        matches!(
            failure.class,
            FailureClass::Throttled
                | FailureClass::Transient
                | FailureClass::Ambiguous
                | FailureClass::NotYet
        )
    };
    match reply {
        Reply::Failed(failure) => Some(failure).filter(passes),
        Reply::Read(readings) => readings.iter().find_map(|reading| match reading {
            Reading::Unknown(failure) => Some(failure).filter(passes),
            _ => None,
        }),
        _ => None,
    }
}
