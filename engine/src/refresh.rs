//! Reading what is on record, many at once: the base of drift, preview and refresh.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::contract::{Call, Failure, FailureClass, OwnerId, Reading, Reply, Request, Target};
use crate::diff::{Change, Effect, drift_of, taint_live};
use crate::exec::{Command, Event, Now, Outage, Pace, Settings, Ticket, Trouble, Verdict, cause_of};
use crate::plan::Observed;
use crate::redact::{redact_reading, secrets_of};
use crate::schema::Registry;
use crate::state::{Row, State, Status};
use crate::urn::Urn;

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
}

struct Batch {
    type_name: String,
    region: String,
    rows: Vec<Row>,
    failures: u32,
    /// For how long a first absence was doubted, in milliseconds.
    doubted: u64,
    done: bool,
}

/// How often a read is tried that AWS does not answer. A reading is many calls where a type has no
/// describe call of its own, and one that is throttled begins them all anew.
fn tries(failure: &Failure) -> u32 {
    if failure.class == FailureClass::Throttled { 40 } else { 8 }
}

/// At most this many resources are asked for in one request.
const BATCH: usize = 500;

impl Refresh {
    /// A refresh of the rows of these URNs.
    #[must_use]
    pub fn new(state: &State, selected: &BTreeSet<Urn>, registry: Arc<Registry>, pace: Pace) -> Self {
        let mut groups: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
        for row in state.all_rows().filter(|row| selected.contains(&row.urn)) {
            let key = (row.urn.type_name().to_owned(), row.region.clone());
            groups.entry(key).or_default().push(row.clone());
        }
        let batches = groups
            .into_iter()
            .flat_map(|((type_name, region), rows)| {
                rows.chunks(BATCH)
                    .map(|rows| Batch {
                        type_name: type_name.clone(),
                        region: region.clone(),
                        rows: rows.to_vec(),
                        failures: 0,
                        doubted: 0,
                        done: false,
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        Self {
            registry,
            pace,
            batches,
            pending: BTreeMap::new(),
            next: 0,
            observed: Observed::default(),
            outage: Outage::new(Settings::NETWORK_PATIENCE),
            trouble: None,
            fresh: None,
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
        self.fresh = Some(urns.filter(|urn| state.is_recent(urn, now)).cloned().collect());
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
        let batch = &self.batches[index];
        let targets: Vec<Target> = batch.rows.iter().map(Row::target).collect();
        let urn = batch.rows[0].urn.clone();
        let request = Request {
            type_name: batch.type_name.clone(),
            region: batch.region.clone(),
            call: Call::Read { targets },
        };
        Command::Call { ticket: self.next, urn, request: Box::new(request) }
    }

    /// A call that did not get through is sent again, until the network or the credentials are back.
    fn replied(&mut self, now: u64, index: usize, reply: Reply) -> Vec<Command> {
        let mut out = Vec::new();
        let verdict = cause_of(&reply).map(|met| self.outage.met(now, met, self.pace, &mut out));
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
                self.outage.over(now, &mut out);
                out.extend(self.took(index, reply));
            }
        }
        out
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

    fn took(&mut self, index: usize, reply: Reply) -> Vec<Command> {
        let readings = match reply {
            Reply::Read(readings) => readings,
            Reply::Failed(failure) => {
                self.batches[index].rows.iter().map(|_| Reading::Unknown(failure.clone())).collect()
            }
            _ => Vec::new(),
        };
        let again = readings.iter().find_map(|reading| match reading {
            Reading::Unknown(failure) if passing(failure) => Some(failure.clone()),
            _ => None,
        });
        let batch = &mut self.batches[index];
        if let Some(failure) = again
            && batch.failures < tries(&failure)
        {
            let millis = (250u64 << batch.failures.min(6)) * self.pace.poll_permille / 1000;
            batch.failures += 1;
            self.next += 1;
            self.pending.insert(self.next, index);
            return vec![Command::Wait {
                ticket: self.next,
                millis: millis.max(failure.retry_after.unwrap_or(1)),
            }];
        }
        batch.failures = 0;
        let spec = self.registry.get(&batch.type_name);
        let lag = spec.map_or(30_000, |spec| spec.timing.lag) * self.pace.lag_permille / 1000;
        let mut unseen = Vec::new();
        for (row, mut reading) in batch.rows.iter().zip(readings) {
            if let (Reading::Found(live), Some(spec)) = (&mut reading, spec) {
                taint_live(spec, live, &row.inputs);
            }
            redact_reading(&mut reading, &secrets_of(&row.inputs));
            if reading == Reading::Absent && self.fresh.as_ref().is_none_or(|fresh| fresh.contains(&row.urn))
            {
                unseen.push(row.clone());
                // An interrupted refresh does not believe it either.
                if batch.doubted <= lag {
                    continue;
                }
            }
            self.observed.readings.insert(row.owner.clone(), reading);
        }
        // What was just created may not be visible yet: it is gone once it stays unseen for its lag.
        if unseen.is_empty() || batch.doubted > lag {
            batch.done = true;
            return Vec::new();
        }
        let millis = (lag / 5).max(1);
        batch.rows = unseen;
        batch.doubted += millis;
        self.next += 1;
        self.pending.insert(self.next, index);
        vec![Command::Wait { ticket: self.next, millis }]
    }
}

fn passing(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Throttled | FailureClass::Transient | FailureClass::Ambiguous | FailureClass::NotYet
    )
}

/// What was found different from the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The resource.
    pub urn: Urn,
    /// Its incarnation.
    pub owner: OwnerId,
    /// How.
    pub kind: DriftKind,
}

/// How a resource differs from the record.
#[derive(Debug, Clone, PartialEq)]
pub enum DriftKind {
    /// Properties differ: `before` is the record, `after` what stands.
    Changed(Vec<Change>),
    /// It is gone.
    Deleted,
    /// It could not be read.
    Unreadable(Failure),
}

/// What differs between the record and what was read.
#[must_use]
pub fn drift(registry: &Registry, state: &State, observed: &Observed) -> Vec<Drift> {
    state
        .rows
        .values()
        .filter_map(|row| {
            let kind = match observed.readings.get(&row.owner)? {
                Reading::Absent => DriftKind::Deleted,
                Reading::Unknown(failure) => DriftKind::Unreadable(failure.clone()),
                Reading::Found(live) => {
                    // What an earlier run did not finish is no drift.
                    if row.status != Status::Ready {
                        return None;
                    }
                    let spec = registry.get(row.urn.type_name())?;
                    let mut changes = drift_of(spec, &row.inputs, live, &row.options);
                    changes.retain(|change| change.before != change.after);
                    for change in &mut changes {
                        change.effect = change.effect.max(Effect::Update);
                    }
                    if changes.is_empty() {
                        return None;
                    }
                    DriftKind::Changed(changes)
                }
            };
            Some(Drift { urn: row.urn.clone(), owner: row.owner.clone(), kind })
        })
        .collect()
}
