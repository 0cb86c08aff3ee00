//! One simulated life of a stack.

mod answers;
mod bend;
mod between;
mod decisions;
mod drive;
mod goal;
mod rules;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use finsight_engine::context::Place;
use finsight_engine::contract::{OwnerId, Reply, Request};
use finsight_engine::exec::{Report, Ticket};
use finsight_engine::plan::{Confirmed, Plan};
use finsight_engine::schema::Registry;
use finsight_engine::state::{Entry, Row};
use finsight_engine::urn::Urn;

pub use bend::{Bend, Keep, Phase};
pub use run::{Ask, End, Run};

use crate::cloud::{ACCOUNT, REGION, SimCloud};
use crate::hardship::Hardship;
use crate::rng::Rng;
use crate::store::SimStore;
use decisions::Bounds;

/// What goes wrong with one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// The process dies before the command has any effect.
    CrashBefore,
    /// The process dies after the effect and before the answer.
    CrashAfter,
    /// The process dies, and the request takes effect later.
    CrashInFlight,
    /// The effect takes place, but the answer says that nobody knows (a call) or that it failed (a record).
    AnswerLost,
    /// There is no effect, and the answer says that nobody knows or that it failed.
    LostBefore,
    /// The user presses Ctrl-C.
    Interrupt,
}

/// How often commands go wrong, in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chaos {
    /// The process dies: before, after, or with the request still in flight.
    pub crash: u32,
    /// The store fails, before or after the record is durable.
    pub store: u32,
    /// Ctrl-C.
    pub interrupt: u32,
}

/// What comes between two commands of a run.
#[derive(Debug, Clone)]
pub enum Between {
    /// Another process takes over the store, and runs this to its end.
    Rival(Box<Ask>),
    /// Someone changes an object, counting its properties from here.
    Changes(u64, usize),
    /// The wall clock jumps by so many milliseconds.
    Jump(i64),
}

/// Something that will happen.
enum Due {
    Write { ticket: Ticket, entries: Vec<Entry> },
    Arrive { ticket: Ticket, urn: Urn, request: Box<Request> },
    Reply { ticket: Ticket, reply: Reply },
    Elapsed { ticket: Ticket },
}

/// A request on its way whose sender is dead or has given up.
#[derive(Clone)]
struct Late {
    urn: Urn,
    request: Box<Request>,
    lag: u64,
}

/// The calls of one run that change one resource.
#[derive(Default)]
struct Calls {
    /// How many.
    all: u32,
    /// The fewest properties that any of them was to put right.
    fewest: Option<usize>,
    /// When those came that were to put right no fewer.
    fruitless: Vec<u64>,
}

/// What is known of the machine that runs now.
#[derive(Default)]
struct Watch {
    plan: Option<Plan>,
    applied: BTreeSet<Urn>,
    failed: bool,
    interrupted: bool,
    preview: bool,
    /// What was on record when the plan was made.
    before: BTreeMap<OwnerId, Row>,
    /// How often each was changed.
    calls: BTreeMap<Urn, Calls>,
    /// What the user told it to touch.
    bounds: Bounds,
    /// When it began.
    began: u64,
    /// Whether the resources were read before the plan.
    read: bool,
    /// Whether someone changed something in the midst of it.
    faulty: bool,
    /// Whether another process has taken over the store.
    fenced: bool,
    /// Whether it was told so.
    told: bool,
    /// By how much the wall clock was ahead when it began.
    ahead: i64,
}

/// One simulated life of a stack: cloud, store, clock and process.
pub struct World {
    /// The cloud.
    pub cloud: SimCloud,
    /// The store.
    pub store: SimStore,
    /// Milliseconds since 1970.
    pub now: u64,
    /// What the wall clock shows at a time: somebody may set it.
    pub wall: fn(u64) -> u64,
    /// The types that the engine knows.
    pub registry: Arc<Registry>,
    /// Account and region.
    pub place: Place,
    /// The stack.
    pub stack: String,
    /// Whose data may be lost with a replacement, by name: the user says so in every `up`.
    pub confirmed: Confirmed,
    /// Random mishaps.
    pub chaos: Chaos,
    /// Rules that were broken.
    pub violations: Vec<String>,
    /// Everything that happened in words, while [`World::tell`] is set.
    pub story: Vec<String>,
    /// Whether the story is kept.
    pub tell: bool,
    /// Commands (records and calls) carried out so far.
    pub commands: u64,
    /// A hash over all events: equal for equal seeds.
    pub fingerprint: u64,
    /// Incarnations that were let go on purpose.
    pub forgotten: BTreeSet<OwnerId>,
    /// Objects that someone else made and that a program takes under management, by id.
    pub imported: BTreeSet<String>,
    /// Calls that go on while a mutant is bent into the engine's seams.
    pub bend: Option<Box<dyn Bend>>,
    /// What lives hold beyond faults and kills: which rules are judged.
    pub hardships: BTreeSet<Hardship>,
    /// By how much the wall clock is ahead of the time that has passed, in milliseconds.
    pub ahead: i64,
    /// Ids that were imported once, and so came on record.
    pub taken_in: BTreeSet<String>,
    /// Whether what a plan decided about a replaced incarnation is that it stays.
    decided: BTreeMap<OwnerId, bool>,
    /// Incarnations that were on record as ready once.
    ready: BTreeSet<OwnerId>,
    /// What comes between the commands of a run, at which command.
    between: BTreeMap<u64, Between>,
    /// Which of the commands so far were records.
    pub records: Vec<u64>,
    script: BTreeMap<u64, Mishap>,
    rng: Rng,
    queue: BTreeMap<(u64, u64), Due>,
    late: BTreeMap<(u64, u64), Late>,
    sequence: u64,
    runs: u64,
    watch: Watch,
    reports: Vec<Report>,
    held_back: Vec<Vec<Entry>>,
}

impl World {
    /// An empty account and an empty state of the stack `dev`.
    #[must_use]
    pub fn new(registry: Arc<Registry>, seed: u64) -> Self {
        Self {
            cloud: SimCloud::new(Arc::clone(&registry), seed),
            store: SimStore::new("dev"),
            now: 1_700_000_000_000,
            wall: |now| now,
            registry,
            place: Place {
                account: Some(ACCOUNT.to_owned()),
                partition: Some("aws".to_owned()),
                region: REGION.to_owned(),
            },
            stack: "dev".to_owned(),
            confirmed: Confirmed::default(),
            chaos: Chaos::default(),
            violations: Vec::new(),
            story: Vec::new(),
            tell: false,
            commands: 0,
            fingerprint: seed,
            forgotten: BTreeSet::new(),
            imported: BTreeSet::new(),
            bend: None,
            hardships: Hardship::stood(),
            ahead: 0,
            taken_in: BTreeSet::new(),
            decided: BTreeMap::new(),
            ready: BTreeSet::new(),
            between: BTreeMap::new(),
            records: Vec::new(),
            script: BTreeMap::new(),
            rng: Rng::new(seed),
            queue: BTreeMap::new(),
            late: BTreeMap::new(),
            sequence: 0,
            runs: 0,
            watch: Watch::default(),
            reports: Vec::new(),
            held_back: Vec::new(),
        }
    }

    /// Takes another name for the stack; before its first run.
    pub fn rename(&mut self, stack: &str) {
        stack.clone_into(&mut self.stack);
        self.store = SimStore::new(stack);
    }

    /// The same life from here on, lived apart.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            cloud: self.cloud.clone(),
            store: self.store.clone(),
            now: self.now,
            wall: self.wall,
            registry: Arc::clone(&self.registry),
            place: self.place.clone(),
            stack: self.stack.clone(),
            confirmed: self.confirmed.clone(),
            chaos: self.chaos.clone(),
            violations: self.violations.clone(),
            story: self.story.clone(),
            tell: self.tell,
            commands: self.commands,
            fingerprint: self.fingerprint,
            forgotten: self.forgotten.clone(),
            imported: self.imported.clone(),
            bend: None,
            hardships: self.hardships.clone(),
            ahead: self.ahead,
            taken_in: self.taken_in.clone(),
            decided: self.decided.clone(),
            ready: self.ready.clone(),
            between: self.between.clone(),
            records: Vec::new(),
            script: self.script.clone(),
            rng: self.rng.clone(),
            queue: BTreeMap::new(),
            late: self.late.clone(),
            sequence: self.sequence,
            runs: self.runs,
            watch: Watch::default(),
            reports: Vec::new(),
            held_back: Vec::new(),
        }
    }

    /// Lets the `nth` command from now on (1 is the next) go wrong.
    pub fn mishap_in(&mut self, nth: u64, mishap: Mishap) {
        self.script.insert(self.commands + nth, mishap);
    }

    /// Whether lives hold this.
    #[must_use]
    pub fn holds(&self, hardship: Hardship) -> bool {
        self.hardships.contains(&hardship)
    }

    /// Lets something come before the `nth` command from now on.
    pub fn between_in(&mut self, nth: u64, what: Between) {
        self.between.insert(self.commands + nth, what);
    }

    /// What the clock on the wall says.
    #[must_use]
    pub fn wall(&self) -> u64 {
        self.now.saturating_add_signed(self.ahead)
    }

    /// Takes back what has not come between two commands.
    pub fn no_more_between(&mut self) {
        self.between.clear();
    }

    /// Takes back all mishaps that have not happened.
    pub fn no_more_mishaps(&mut self) {
        self.script.clear();
        self.between.clear();
        self.chaos = Chaos::default();
    }

    /// Lets time pass: what is in flight arrives, what lags becomes visible.
    pub fn advance(&mut self, millis: u64) {
        self.now += millis;
        self.arrivals();
    }

    /// The longest lag of all types, in milliseconds: after it every read sees the present.
    #[must_use]
    pub fn longest_lag(&self) -> u64 {
        self.cloud.registry.iter().map(|spec| spec.timing.lag).max().unwrap_or(0) + 1
    }

    /// Notes that a rule was broken.
    pub fn violation(&mut self, what: String) {
        if self.violations.len() < 20 && !self.violations.contains(&what) {
            self.violations.push(what);
        }
    }

    fn say(&mut self, what: impl FnOnce() -> String) {
        if self.tell {
            let line = format!("{:>9} {}", self.now % 1_000_000_000, what());
            self.story.push(line);
        }
    }

    fn mark(&mut self, what: &str) {
        self.fingerprint = (self.fingerprint ^ crate::rng::trait_of(what) ^ self.now)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(17);
    }
}
