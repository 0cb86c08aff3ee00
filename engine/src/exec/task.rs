//! One unit of work on its way: what it waits for, and what comes next.

use std::collections::BTreeSet;

use super::{Settings, Trouble};
use crate::context::Place;
use crate::contract::{Call, Failure, FailureClass, Live, OwnerId, Reading, Reply};
use crate::plan::{Letting, Op, Step};
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
    /// Send the create call.
    Create,
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
}

/// What a task sees of the machine.
pub(super) struct Cx<'a> {
    pub state: &'a State,
    pub registry: &'a Registry,
    pub place: &'a Place,
    pub settings: &'a Settings,
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
    /// What comes after the append or wait in flight.
    pub then: Then,
    /// Failures in a row.
    pub failures: u32,
    /// Looking for what a create call made: since when, how often in vain, and whether AWS said that it exists.
    pub finding: Option<Finding>,
    /// Resolved inputs.
    pub desired: Map,
    /// Edges of the row to be.
    pub edges: Vec<Edge>,
    /// Properties that are sent whatever a read says: it may lag, or not give them back.
    pub unsent: BTreeSet<String>,
    /// The live resource as last read.
    pub live: Option<Live>,
    /// What differed at the last read.
    pub differing: Vec<String>,
    /// Reads in a row with the same differences.
    pub stalls: u32,
    /// Whether this task has created the resource.
    pub created: bool,
    /// Polls so far: they get slower.
    pub polls: u32,
    /// Reads in vain since when.
    pub unseen_since: Option<u64>,
    /// Until then a read that sees it standing is not believed.
    pub doubted_until: u64,
    /// Whether the delete call was taken.
    pub deleting: bool,
    /// Whether a create call of this incarnation may have had its effect unseen.
    pub ambiguous: bool,
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
            then: Then::Read,
            failures: 0,
            finding: None,
            desired: Map::new(),
            edges: Vec::new(),
            unsent: BTreeSet::new(),
            live: None,
            differing: Vec::new(),
            stalls: 0,
            created: false,
            polls: 0,
            unseen_since: None,
            doubted_until: 0,
            deleting: false,
            ambiguous: false,
        }
    }

    /// One turn: something came back, something is to be done next.
    pub fn turn(&mut self, cx: &Cx<'_>, input: Input) -> Do {
        match input {
            Input::Start => match self.work.clone() {
                Work::Apply(step) => self.start_apply(cx, &step),
                Work::Remove { forget, .. } => self.start_remove(cx, forget),
                Work::LetGo(letting) => self.start_letting(cx, &letting),
                Work::Settle(intent) => self.start_settle(cx, &intent),
            },
            Input::Go => match self.then.clone() {
                Then::Create => self.call_create(cx),
                Then::Find => self.call_find(),
                Then::Read => self.call_read(cx),
                Then::Delete => self.call_delete(cx),
                Then::End(ending) => Do::End(ending),
            },
            Input::Reply(reply) => self.reply(cx, reply),
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
            Reply::Read(mut readings) => match (readings.pop(), removing) {
                (Some(reading), true) => self.read_while_removing(cx, reading),
                (Some(reading), false) => self.read_while_applying(cx, reading),
                (None, _) => self.fail(
                    "EXEC-DEFECT",
                    "a read answered without a reading".to_owned(),
                    "report this as a defect",
                    None,
                    cx,
                ),
            },
            Reply::Converged { applied } => {
                for name in &applied {
                    self.unsent.remove(name);
                }
                // What a read gives back is judged by reads from now on.
                if let Some(spec) = self.spec(cx) {
                    self.unsent
                        .retain(|name| spec.property(name).is_some_and(|property| property.write_only));
                }
                self.failures = 0;
                self.call_read(cx)
            }
            Reply::Restored => self.call_read(cx),
            Reply::Standing(_) | Reply::Held(_) => self.fail(
                "EXEC-DEFECT",
                "an answer came to a question that a run does not ask".to_owned(),
                "report this as a defect",
                None,
                cx,
            ),
            Reply::Gone => self.gone(),
            Reply::Deleting => {
                self.deleting = true;
                self.poll(cx, Then::Read, "it is being deleted")
            }
            Reply::Failed(failure) => {
                if removing {
                    self.failed_removing(cx, failure)
                } else if self.op == Op::Import {
                    self.read_while_applying(cx, Reading::Unknown(failure))
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

    /// The type's lag at this run's pace, in milliseconds.
    pub fn lag(&self, cx: &Cx<'_>) -> u64 {
        let lag = self.spec(cx).map_or(30_000, |spec| spec.timing.lag);
        (lag * cx.settings.pace.lag_permille / 1000).max(1)
    }

    /// Waits a poll's time, growing from the type's own to ten times that.
    pub fn poll(&mut self, cx: &Cx<'_>, then: Then, why: &str) -> Do {
        if cx.now > self.deadline {
            return self.late(cx, why);
        }
        let first = self.spec(cx).map_or(2_000, |spec| spec.timing.poll);
        let factor = u64::from(self.polls.min(18)) + 2;
        self.polls += 1;
        let millis = first * factor / 2 * cx.settings.pace.poll_permille / 1000;
        Do::Wait(millis.max(1), then, why.to_owned())
    }

    /// Waits before a retry: from a quarter second doubling to twenty seconds,
    /// or as long as AWS asked. `None` where it has tried enough.
    pub fn back_off(&mut self, cx: &Cx<'_>, failure: &Failure, then: Then) -> Option<Do> {
        const TRIES: u32 = 10;
        let patient = matches!(
            failure.class,
            FailureClass::Throttled | FailureClass::NotYet | FailureClass::Blocked | FailureClass::Ambiguous
        );
        if cx.now > self.deadline || (!patient && self.failures >= TRIES) {
            return None;
        }
        let millis = (250u64 << self.failures.min(7)).min(20_000) * cx.settings.pace.poll_permille / 1000;
        self.failures += 1;
        let why = format!("{}: {}", failure.code, failure.message);
        Some(Do::Wait(millis.max(failure.retry_after.unwrap_or(0)).max(1), then, why))
    }

    /// It took longer than its ceiling.
    pub fn late(&mut self, cx: &Cx<'_>, waiting_for: &str) -> Do {
        let minutes = self.deadline.saturating_sub(self.started) / 60_000;
        self.fail(
            "EXEC-TIMEOUT",
            format!("{} was not done after {minutes} minutes: {waiting_for}", self.urn),
            "run `up` again to go on from where it stands, or set a longer timeout",
            None,
            cx,
        )
    }

    /// Ends in failure; an intent whose outcome is known is settled.
    pub fn fail(
        &mut self,
        code: &'static str,
        message: String,
        hint: &str,
        failure: Option<Failure>,
        cx: &Cx<'_>,
    ) -> Do {
        let trouble = Trouble { code, message, hint: hint.to_owned(), failure };
        let ending = Ending::Failed(Box::new(trouble));
        let open = cx.state.intents.contains_key(self.owner.as_str());
        // What a create call did is not known before it was found or surely not found.
        let doubtful = self.finding.is_some() && self.row(cx).is_none();
        if !open || doubtful || matches!(self.work, Work::Settle(_)) {
            return Do::End(ending);
        }
        let mut entries = Vec::new();
        if let (Some(row), Some(live)) = (self.row(cx), &self.live)
            && row.outputs != live.outputs
        {
            // The old inputs stay the base of the next diff, with the outputs now known.
            entries
                .push(Entry::RowPut { row: Box::new(Row { outputs: live.outputs.clone(), ..row.clone() }) });
        }
        entries.push(Entry::Settled { owner: self.owner.clone() });
        Do::Append(entries, Then::End(ending))
    }

    /// Ends in failure because of what AWS answered.
    pub fn refused(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        let (code, hint) = match failure.class {
            FailureClass::Denied | FailureClass::Expired => {
                ("EXEC-DENIED", "give the credentials the permission that AWS names, and run `up` again")
            }
            FailureClass::Quota => {
                ("EXEC-QUOTA", "have the quota raised or free some of it, and run `up` again")
            }
            FailureClass::Blocked => (
                "EXEC-BLOCKED",
                "something else still uses it; see what AWS names, and run the command again",
            ),
            FailureClass::Throttled
            | FailureClass::Transient
            | FailureClass::NotYet
            | FailureClass::Unreachable => {
                ("EXEC-UNAVAILABLE", "AWS did not take the call for a long time; run the command again later")
            }
            FailureClass::Ambiguous => {
                ("EXEC-AMBIGUOUS", "whether it had its effect is on record as open; the next run finds out")
            }
            FailureClass::Exists => {
                ("EXEC-CONFLICT", "another resource holds this identity; import it, or choose another name")
            }
            FailureClass::Absent => ("EXEC-VANISHED", "it is gone from AWS; run `up` again to make it anew"),
            FailureClass::Invalid => {
                ("EXEC-INVALID", "correct the program or its config, and run `up` again")
            }
        };
        self.fail(code, failure.to_string(), hint, Some(failure), cx)
    }
}
