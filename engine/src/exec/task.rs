//! One unit of work on its way: what it waits for, and what comes next.

use std::collections::BTreeSet;

use super::unit::Unit;
use super::{Settings, Trouble};
use crate::context::Place;
use crate::contract::{Call, Failure, Live, OwnerId, Reading, Reply};
use crate::plan::{Letting, Op, Plan, Step};
use crate::redact::{redact_reply, secrets_of};
use crate::schema::{Registry, TypeSpec};
use crate::state::{Edge, Entry, Intent, Row, State};
use crate::urn::Urn;
use crate::value::Map;

/// What a task is about.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// Create, update or import by a step.
    Apply(Box<Step>),
    /// Delete or forget an incarnation.
    Remove {
        /// Which.
        owner: OwnerId,
        /// Whether it is forgotten and not deleted.
        forget: bool,
        /// Whether another one takes its place.
        replaced: bool,
        /// The step of a replacement that may turn out not to be needed.
        doubted: Option<Box<Step>>,
    },
    /// Change a resource that stays to the interim inputs of a letting.
    LetGo(Box<Letting>),
    /// Find out what became of an open intent.
    Settle(Box<Intent>),
}

/// What a task wants done next.
pub(super) enum Do {
    /// Make entries durable, then go on.
    Append(Vec<Entry>, Then),
    /// Send a call; the reply comes back to the task.
    Call(Call),
    /// Wait, then go on.
    Wait(u64, Then, String),
    /// It is over.
    End(Ending),
}

/// Where a task goes on after an append or a wait.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// See whether something stands already where one is to be created.
    Look,
    /// Send the create call.
    Create,
    /// Put on record what stands already and is restored instead of created.
    Adopt(String),
    /// Take back its deletion.
    Restore,
    /// Send the next configuration call.
    Converge,
    /// Look for what a create call made.
    Find,
    /// Read the resource.
    Read,
    /// Send the delete call.
    Delete,
    /// Nothing more.
    End(Ending),
}

/// How a task ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// Done; the word says what.
    Succeeded(Op),
    /// Failed.
    Failed(Box<Trouble>),
    /// A settled intent, with what was found.
    Settled(String),
    /// Broken off: the next run goes on with it.
    Interrupted,
}

/// What a task sees of the machine.
pub(super) struct Cx<'a> {
    pub state: &'a State,
    pub registry: &'a Registry,
    pub place: &'a Place,
    pub settings: &'a Settings,
    pub plan: Option<&'a Plan>,
    /// Incarnations that were not ready on record when the run began: what this run itself lets go of was.
    pub unfinished: &'a BTreeSet<OwnerId>,
    /// All units; the task's own counts as waiting while it has its turn.
    pub units: &'a [Unit],
    /// Which of the units the task is.
    pub index: usize,
    /// Whether nothing new is begun any more.
    pub stopped: bool,
    /// The run's own clock.
    pub now: u64,
}

/// A unit of work on its way.
pub(super) struct Task {
    pub urn: Urn,
    pub work: Work,
    /// The incarnation that it works on.
    pub owner: OwnerId,
    pub region: String,
    pub op: Op,
    pub started: u64,
    /// After this it has failed.
    pub deadline: u64,
    /// After this what is in it must be gone, once some of it is.
    pub empty_until: Option<u64>,
    /// What comes after the append or wait in flight.
    pub then: Then,
    /// Failures in a row.
    pub failures: u32,
    /// Reads that failed in a row.
    pub unread: u32,
    /// Looking for what a create call made: since when, how often in vain, and whether AWS said that it exists.
    pub finding: Option<Finding>,
    /// Whether a create call of this incarnation may have had its effect unseen.
    pub ambiguous: bool,
    /// Since when it has looked for what stands where one is to be created.
    pub looking: Option<u64>,
    /// Whether what is to be deleted was seen to be ours.
    pub seen_mark: bool,
    /// Since when reads show somebody else's under its name.
    pub strange_since: Option<u64>,
    /// When the last read showed that.
    pub strange_at: Option<u64>,
    /// Resolved inputs.
    pub desired: Map,
    /// The same with what is ignored as it stands.
    pub wanted: Map,
    /// Edges of the row to be.
    pub edges: Vec<Edge>,
    /// Properties that are sent whatever a read says: it may lag, or not give them back.
    pub unsent: BTreeSet<String>,
    /// Whether an output that a read did not tell is waited for.
    pub awaited: bool,
    /// Ignored properties that could not be read and were sent once all the same.
    pub assured: BTreeSet<String>,
    /// The live resource as last read.
    pub live: Option<Live>,
    /// What differed at the last read.
    pub differing: Vec<String>,
    /// What else differed where something only lets go.
    pub beside: Vec<String>,
    /// Reads in a row with the same differences.
    pub stalls: u32,
    /// The fewest differences so far.
    pub fewest: usize,
    /// Configuration calls since there were as few.
    pub fruitless: u32,
    /// The next configuration call is not sent before.
    pub rests_until: u64,
    /// Whether this task has created the resource.
    pub created: bool,
    /// Whether a call has changed it.
    pub touched: bool,
    /// Whether it stood as on record when the plan was made: what the plan has not shown is then not set.
    pub stood_ready: bool,
    /// Since when more differs than the plan has shown.
    pub beyond_since: Option<u64>,
    /// For how long it has waited from poll to poll, in milliseconds.
    pub polled: u64,
    /// Reads in vain since when.
    pub unseen_since: Option<u64>,
    /// Since when calls do not find what they need.
    pub missing_since: Option<u64>,
    /// Until then a read is not believed that sees it standing, or as wanted: what it is to let go may be held, what an
    /// earlier run has begun may have come to its end, and what was sent may be nothing that a read shows.
    pub doubted_until: u64,
    /// The outputs before a change that no read shows: a read that tells others is not older than it.
    pub told_before: Option<Map>,
    /// Whether the delete call was taken.
    pub deleting: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub since: u64,
    pub misses: u32,
    pub exists: Option<Failure>,
}

/// What comes back to a task.
pub(super) enum Input {
    /// It begins.
    Start,
    /// Its append is durable, or its wait over.
    Go,
    /// Its call was answered.
    Reply(Reply),
}

impl Task {
    pub fn new(urn: Urn, work: Work, op: Op, cx: &Cx<'_>) -> Self {
        let (owner, region) = match &work {
            Work::Apply(step) => (step.owner.clone(), step.region.clone()),
            Work::Remove { owner, .. } => {
                (owner.clone(), cx.state.row(owner).map(|row| row.region.clone()).unwrap_or_default())
            }
            Work::LetGo(letting) => (
                letting.owner.clone(),
                cx.state.row(&letting.owner).map(|row| row.region.clone()).unwrap_or_default(),
            ),
            Work::Settle(intent) => (intent.owner.clone(), intent.region.clone()),
        };
        Self {
            urn,
            work,
            owner,
            region,
            op,
            started: cx.now,
            deadline: u64::MAX,
            empty_until: None,
            then: Then::Read,
            failures: 0,
            unread: 0,
            finding: None,
            ambiguous: false,
            looking: None,
            seen_mark: false,
            strange_since: None,
            strange_at: None,
            desired: Map::new(),
            wanted: Map::new(),
            edges: Vec::new(),
            unsent: BTreeSet::new(),
            awaited: false,
            assured: BTreeSet::new(),
            live: None,
            differing: Vec::new(),
            beside: Vec::new(),
            stalls: 0,
            fewest: usize::MAX,
            fruitless: 0,
            rests_until: 0,
            created: false,
            touched: false,
            stood_ready: false,
            beyond_since: None,
            polled: 0,
            unseen_since: None,
            missing_since: None,
            doubted_until: 0,
            told_before: None,
            deleting: false,
        }
    }

    /// One turn: something came back, something is to be done next.
    pub fn turn(&mut self, cx: &Cx<'_>, input: Input) -> Do {
        match input {
            Input::Start => match self.work.clone() {
                Work::Apply(step) => self.start_apply(cx, &step),
                Work::Remove { forget, doubted, .. } => self.start_remove(cx, forget, doubted.as_deref()),
                Work::LetGo(letting) => self.start_letting(cx, &letting),
                Work::Settle(intent) => self.start_settle(cx, &intent),
            },
            Input::Go => match self.then.clone() {
                Then::Look => self.call_look(),
                Then::Create => self.call_create(cx),
                Then::Adopt(id) => self.adopt(cx, &id),
                Then::Restore => self.call_restore(cx),
                Then::Converge => self.call_converge(cx),
                Then::Find => self.call_find(),
                Then::Read => self.call_read(cx),
                Then::Delete => self.call_delete(cx),
                Then::End(ending) => Do::End(ending),
            },
            Input::Reply(reply) => self.reply(cx, reply),
        }
    }

    fn count(&mut self, reading: &Reading) {
        if !matches!(reading, Reading::Unknown(_)) {
            self.unread = 0;
        }
    }

    fn reply(&mut self, cx: &Cx<'_>, mut reply: Reply) -> Do {
        let mut secrets = secrets_of(&self.desired);
        secrets.extend(self.row(cx).map(|row| secrets_of(&row.inputs)).unwrap_or_default());
        redact_reply(&mut reply, &secrets);
        let removing = matches!(self.work, Work::Remove { .. });
        match reply {
            Reply::Created { id } => self.created(cx, &id),
            Reply::Found(candidates) => self.found(cx, &candidates),
            Reply::Read(mut readings) => {
                match (readings.pop().inspect(|reading| self.count(reading)), removing) {
                    (Some(reading), true) => self.read_while_removing(cx, reading),
                    (Some(reading), false) => self.read_while_applying(cx, reading),
                    (None, _) => self.fail(
                        "EXEC-DEFECT",
                        "a read answered without a reading".to_owned(),
                        "report this as a defect",
                        None,
                        cx,
                    ),
                }
            }
            Reply::Converged { applied } => self.converged(cx, &applied),
            Reply::Restored => {
                self.failures = 0;
                self.call_read(cx)
            }
            Reply::Standing(standing) if self.looking.is_some() => self.looked(cx, &standing),
            Reply::Standing(_) | Reply::Held(_) => self.fail(
                "EXEC-DEFECT",
                "an answer came to a question that a run does not ask".to_owned(),
                "report this as a defect",
                None,
                cx,
            ),
            Reply::Gone => self.gone(cx),
            Reply::Deleting => {
                self.deleting = true;
                self.poll(cx, Then::Read, "it is being deleted")
            }
            Reply::Emptying { so_far } => self.emptied(cx, &so_far),
            Reply::Failed(failure) => {
                if removing {
                    self.failed_removing(cx, failure)
                } else if self.op == Op::Import {
                    self.read_while_applying(cx, Reading::Unknown(failure))
                } else if self.looking.is_some() {
                    self.failed_looking(cx, &failure)
                } else if self.finding.is_some() {
                    self.failed_finding(cx, failure)
                } else if self.row(cx).is_none() {
                    self.failed_creating(cx, failure)
                } else {
                    self.failed_converging(cx, failure)
                }
            }
        }
    }

    pub fn spec<'a>(&self, cx: &Cx<'a>) -> Option<&'a TypeSpec> {
        cx.registry.get(self.urn.type_name())
    }

    pub fn row<'a>(&self, cx: &Cx<'a>) -> Option<&'a Row> {
        cx.state.row(&self.owner)
    }

    /// Whether its intent is on record.
    pub fn is_open(&self, cx: &Cx<'_>) -> bool {
        cx.state.intents.contains_key(self.owner.as_str())
    }
}
