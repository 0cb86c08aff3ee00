//! Reading what is on record, many at once: the base of drift, preview and refresh.

mod drift;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::context::{Place, Rows};
use crate::contract::{
    Call, Failure, FailureClass, Live, OwnerId, Reading, Reply, Request, Standing, Target,
};
use crate::diff::taint_live;
use crate::exec::{Command, Event, Now, Outage, Pace, Settings, Ticket, Trouble, Verdict, cause_of};
use crate::expr::resolve;
use crate::graph::{Graph, Node};
use crate::parts::Own;
use crate::plan::{About, Observed, Question, Whose, whose};
use crate::program::Options;
use crate::redact::{redact_reading, secrets_of};
use crate::schema::{Identity, Registry};
use crate::state::{Row, State, Status};
use crate::urn::Urn;
use crate::value::{Map, Value};

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
    /// What an earlier run has begun to have rows stand on, by property: not what they stood on before.
    begun: BTreeMap<OwnerId, Vec<(String, Row)>>,
    /// What is ours of what hangs on others.
    own: Own,
}

struct Batch {
    type_name: String,
    region: String,
    rows: Vec<Row>,
    /// Instead of a reading: what stands under the identity of what is to be created.
    question: Option<Question>,
    /// Whether it is what an answer has shown to wait for its deletion.
    waiting: bool,
    failures: u32,
    /// For how long a first absence was doubted, in milliseconds.
    doubted: u64,
    /// Of whose name a read has shown somebody else's, and how long into the doubt that was: it is ours
    /// again after a whole lag without such a read.
    disputed: BTreeMap<OwnerId, u64>,
    done: bool,
}

/// How often a read is tried that AWS does not answer. A reading is many calls where a type has no
/// describe call of its own, and one that is throttled begins them all anew.
fn tries(failure: &Failure) -> u32 {
    if failure.class == FailureClass::Throttled { 40 } else { 8 }
}

/// For how long AWS may ask to wait before a read is tried again.
const LONGEST: u64 = 60_000;
/// At most this many resources are asked for in one request.
const BATCH: usize = 500;

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

    /// A machine that looks for what stands already where something is to be created. Where something of
    /// the type was deleted a moment ago, what it sees is believed only when it stays.
    #[must_use]
    pub fn asking(
        questions: Vec<Question>,
        state: &State,
        now: u64,
        registry: Arc<Registry>,
        pace: Pace,
    ) -> Self {
        let batches = questions
            .into_iter()
            .map(|question| {
                let type_name = question.urn.type_name().to_owned();
                let doubted = if state.was_deleted_lately(&type_name, now) { 0 } else { u64::MAX };
                Batch {
                    doubted,
                    question: Some(question.clone()),
                    ..batch(type_name, question.region, Vec::new())
                }
            })
            .collect();
        Self { batches, ..Self::idle(registry, pace) }
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
            begun: BTreeMap::new(),
            own: Own::default(),
        }
    }

    /// Also reads what the ids stand for that the program takes under management, for what of these URNs
    /// is not on record. With `again` also those that are spent: somebody names them now.
    #[must_use]
    pub fn importing(
        mut self,
        graph: &Graph,
        state: &State,
        selected: &BTreeSet<Urn>,
        place: &Place,
        again: bool,
    ) -> Self {
        let nodes = graph.nodes.values().filter(|node| {
            selected.contains(&node.urn)
                && !state.rows.contains_key(&node.urn)
                && !node.options.moved_from.iter().any(|from| state.rows.contains_key(from))
        });
        let targets: Vec<Row> = nodes
            .filter_map(|node| {
                let target = self.import_target(graph, state, node, place)?;
                let spent = state.spent.contains(&State::import_key(&target.urn, &target.region, &target.id));
                (again || !spent).then_some(target)
            })
            .collect();
        for target in &targets {
            self.own.add(target);
        }
        self.batches.extend(batches_of(targets));
        self
    }

    /// What is to be imported as a row without an incarnation; `None` where it cannot be read yet.
    fn import_target(&self, graph: &Graph, state: &State, node: &Node, place: &Place) -> Option<Row> {
        let id = node.options.import_id.clone()?;
        let spec = self.registry.get(node.urn.type_name())?;
        let lookup = Rows { state, place };
        let known = |(name, value): (&String, &Value)| {
            let value = resolve(value, &lookup).ok().filter(|value| !value.has_unknown())?;
            Some((name.clone(), value))
        };
        let mut inputs: Map = node.inputs.iter().filter_map(known).collect();
        let missing = node.inputs.keys().filter(|name| !inputs.contains_key(*name));
        // A child is read by its key: that of a parent which is not there yet cannot be known.
        if let Identity::Child { key } | Identity::Adopted { key } = spec.identity
            && missing.into_iter().any(|name| key.contains(&name.as_str()))
        {
            return None;
        }
        spec.fill_defaults(&mut inputs);
        let region = if spec.global { "us-east-1".to_owned() } else { graph.region_of(node) };
        Some(Row {
            account: place.account.clone().unwrap_or_default(),
            options: node.options.clone(),
            ..unrecorded(node.urn.clone(), id, region, inputs)
        })
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
        let batch = &self.batches[index];
        if let Some(question) = &batch.question {
            let request = Request {
                type_name: batch.type_name.clone(),
                region: batch.region.clone(),
                call: match &question.about {
                    About::Identity(inputs) => Call::Look { inputs: inputs.clone() },
                    About::Holders(_, target) => Call::Holders { target: (**target).clone() },
                    About::LetStand(_, target) => Call::Read { targets: vec![(**target).clone()] },
                },
            };
            let urn = question.urn.clone();
            return Command::Call { ticket: self.next, urn, request: Box::new(request) };
        }
        let targets: Vec<Target> = batch.rows.iter().map(Row::target).collect();
        let urn = batch.rows[0].urn.clone();
        let request = Request {
            type_name: batch.type_name.clone(),
            region: batch.region.clone(),
            call: Call::Read { targets },
        };
        Command::Call { ticket: self.next, urn, request: Box::new(request) }
    }

    /// What a look has found; where it cannot look, the create call says whether the name is free.
    fn looked(&mut self, index: usize, reply: Reply) -> Vec<Command> {
        let lag = self.lag_of(index);
        let batch = &mut self.batches[index];
        let failed = match &reply {
            Reply::Failed(failure) => Some(failure.clone()),
            Reply::Read(readings) => readings.iter().find_map(|reading| match reading {
                Reading::Unknown(failure) => Some(failure.clone()),
                _ => None,
            }),
            _ => None,
        };
        if let Some(failure) = failed.filter(|failure| passing(failure) && batch.failures < tries(failure)) {
            let millis = (250u64 << batch.failures.min(6)) * self.pace.poll_permille / 1000;
            batch.failures += 1;
            return self.wait(index, millis.max(failure.retry_after.unwrap_or(1).min(LONGEST)));
        }
        match reply {
            Reply::Standing(found) if !found.is_empty() => {
                // What was deleted a moment ago may still be seen.
                if batch.doubted <= lag {
                    let millis = (lag / 3).max(1);
                    batch.doubted += millis;
                    return self.wait(index, millis);
                }
                if let Some(question) = batch.question.clone() {
                    self.batches[index].done = true;
                    let calls = self.read_waiting(&question, &found);
                    self.observed.standing.insert(question.urn, found);
                    return calls;
                }
            }
            Reply::Read(mut readings) => {
                if let (Some(Question { about: About::LetStand(owner, _), .. }), Some(reading)) =
                    (&batch.question, readings.pop())
                {
                    self.observed.readings.insert(owner.clone(), reading);
                }
            }
            Reply::Held(names) => {
                if let Some(Question { about: About::Holders(owner, _), .. }) = &batch.question {
                    self.observed.holders.insert(owner.clone(), names);
                }
            }
            _ => {}
        }
        self.batches[index].done = true;
        Vec::new()
    }

    /// What waits for its deletion is restored where it can become what is wanted: a read tells.
    fn read_waiting(&mut self, question: &Question, found: &[Standing]) -> Vec<Command> {
        let About::Identity(inputs) = &question.about else { return Vec::new() };
        let type_name = question.urn.type_name();
        if !self.registry.get(type_name).is_some_and(|spec| spec.restorable) {
            return Vec::new();
        }
        let waits = found.iter().filter(|one| one.deleting);
        let (urn, region) = (&question.urn, &question.region);
        let rows: Vec<Row> = waits
            .map(|one| unrecorded(urn.clone(), one.id.clone(), region.clone(), inputs.clone()))
            .collect();
        let first = self.batches.len();
        self.batches.extend(
            rows.into_iter()
                .map(|row| Batch { waiting: true, ..batch(type_name.to_owned(), region.clone(), vec![row]) }),
        );
        (first..self.batches.len()).map(|index| self.call(index)).collect()
    }

    fn lag_of(&self, index: usize) -> u64 {
        let spec = self.registry.get(&self.batches[index].type_name);
        spec.map_or(30_000, |spec| spec.timing.lag) * self.pace.lag_permille / 1000
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
        if self.batches[index].question.is_some() {
            return self.looked(index, reply);
        }
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
            return self.wait(index, millis.max(failure.retry_after.unwrap_or(1).min(LONGEST)));
        }
        batch.failures = 0;
        let spec = self.registry.get(&batch.type_name);
        let lag = spec.map_or(30_000, |spec| spec.timing.lag) * self.pace.lag_permille / 1000;
        let batch = &mut self.batches[index];
        let mut unseen = Vec::new();
        for (row, mut reading) in batch.rows.iter().zip(readings) {
            if let (Reading::Found(live), Some(spec)) = (&mut reading, spec) {
                taint_live(spec, live, &row.inputs);
                self.own.take_out(spec, &row.region, live);
            }
            redact_reading(&mut reading, &secrets_of(&row.inputs));
            // A read that lags behind sees nothing yet, or what had the name before.
            let believed = match (&reading, spec) {
                (Reading::Absent, _) => batch.doubted > lag,
                (Reading::Found(live), Some(spec)) if whose(spec, row, live) != Whose::Ours => {
                    batch.disputed.insert(row.owner.clone(), batch.doubted);
                    batch.doubted > lag
                }
                _ => batch.disputed.get(&row.owner).is_none_or(|at| batch.doubted > at + lag),
            };
            // What an update has brought in which a run was killed may not be seen yet.
            let begun = self.begun.get(&row.owner).filter(|_| batch.doubted <= lag);
            let lacking = begun.is_some_and(|on| matches!(&reading, Reading::Found(live) if lacks(live, on)));
            // An interrupted refresh does not believe it either.
            let fresh = self.fresh.as_ref().is_none_or(|fresh| fresh.contains(&row.urn));
            if lacking || (!believed && fresh) {
                unseen.push(row.clone());
                continue;
            }
            if batch.waiting {
                if let Reading::Found(live) = reading {
                    self.observed.waiting.insert((row.urn.clone(), row.id.clone()), *live);
                }
            } else if row.owner.as_str().is_empty() {
                self.observed.imports.insert(row.urn.clone(), reading);
            } else {
                self.observed.readings.insert(row.owner.clone(), reading);
            }
        }
        // What was just created may not be visible yet: it is gone once it stays unseen for its lag.
        if unseen.is_empty() {
            batch.done = true;
            return Vec::new();
        }
        let millis = (lag / 5).max(1);
        batch.rows = unseen;
        batch.doubted += millis;
        self.wait(index, millis)
    }
}

/// What an update that was begun is to have a row stand on, and what is on record of it does not say.
fn begun_of(state: &State, row: &Row) -> Vec<(String, Row)> {
    let standing = row.standing();
    let said = |via: &str, on: &Row| standing.get(via).is_some_and(|value| on.may_be_in(value));
    let on = row.edges.iter().filter_map(|edge| Some((edge.via.clone(), state.row(&edge.owner)?.clone())));
    on.filter(|(via, on)| !said(via, on)).collect()
}

/// Whether a reading shows a property without what it is to stand on.
fn lacks(live: &Live, begun: &[(String, Row)]) -> bool {
    begun.iter().any(|(via, on)| live.properties.get(via).is_some_and(|value| !on.may_be_in(value)))
}

/// What is on no record, as a row without an incarnation.
fn unrecorded(urn: Urn, id: String, region: String, inputs: Map) -> Row {
    Row {
        urn,
        owner: OwnerId(String::new()),
        id,
        account: String::new(),
        region,
        inputs,
        outputs: Map::new(),
        edges: Vec::new(),
        status: Status::Ready,
        configured: true,
        options: Options::default(),
        locked: false,
        interim: None,
    }
}

/// The rows by type and region.
fn batches_of(rows: impl IntoIterator<Item = Row>) -> Vec<Batch> {
    let mut groups: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    for row in rows {
        let key = (row.urn.type_name().to_owned(), row.region.clone());
        groups.entry(key).or_default().push(row);
    }
    groups
        .into_iter()
        .flat_map(|((type_name, region), rows)| {
            rows.chunks(BATCH)
                .map(|rows| batch(type_name.clone(), region.clone(), rows.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn batch(type_name: String, region: String, rows: Vec<Row>) -> Batch {
    Batch {
        type_name,
        region,
        rows,
        question: None,
        waiting: false,
        failures: 0,
        doubted: 0,
        disputed: BTreeMap::new(),
        done: false,
    }
}

fn passing(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Throttled | FailureClass::Transient | FailureClass::Ambiguous | FailureClass::NotYet
    )
}
