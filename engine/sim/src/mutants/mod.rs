//! Engines that are broken on purpose: each must be caught by the random lives.

mod hard;

use std::collections::BTreeMap;

use finsight_engine::contract::{Call, FailureClass, OwnerId, Reply, Request};
use finsight_engine::plan::{ActionKind, Op, Plan};
use finsight_engine::state::{Entry, Operation, Removal, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use crate::hardship::Hardship;
use crate::world::{Ask, Bend, Keep, Phase};
use hard::Seen;

/// A way to break an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// Intents are acknowledged and not stored.
    NoIntent,
    /// Only the intents of deletes are not stored.
    NoDeleteIntent,
    /// Whatever a lost create call has made is not looked for.
    NoLook,
    /// Recovery believes the first list that shows nothing.
    HastyRecovery,
    /// A run believes the first list that shows nothing.
    HastySearch,
    /// A refresh believes the first read that shows nothing.
    HastyRefresh,
    /// Every attempt of a create has its own token.
    FreshToken,
    /// What is replaced is deleted without waiting for the new one.
    DeleteBeforeCreate,
    /// What is no longer declared is deleted while others are still applied.
    DeletesNotLast,
    /// Deletes follow no edges.
    DeletesInAnyOrder,
    /// Creates follow no dependencies.
    AppliesInAnyOrder,
    /// Rows lose their edges.
    LostEdges,
    /// A result is durable only after what depends on it has started.
    LateResult,
    /// A lost answer counts as a call without effect.
    AmbiguousIsAbsent,
    /// A lost answer counts as a failure.
    AmbiguousIsFailure,
    /// Whoever holds the name is taken for ours.
    AdoptsAnybody,
    /// An accepted delete counts as an absence.
    DeletingIsGone,
    /// A refused delete counts as an absence.
    BlockedIsGone,
    /// A recovered create is settled without a row.
    SettledWithoutRow,
    /// A replaced incarnation is forgotten.
    DroppedDeposed,
    /// A plan is taken on any serial.
    StalePlan,
    /// What came to a failed state counts as ready.
    TaintIgnored,
    /// What is not finished counts as ready.
    UnfinishedIsReady,
    /// Secrets are stored in clear.
    ClearSecrets,
    /// Protection is forgotten.
    NoProtection,
    /// Ctrl-C goes unheard.
    Deaf,
    /// A create that answers without an id counts as done.
    GuessedId,
    /// Retention is forgotten.
    NoRetention,
    /// What a plan decided about what it replaces is not on record.
    UndecidedDeposed,
    /// What is ignored counts as set before it was.
    IgnoredFromTheStart,
    /// What goes first for a value that is not known goes, whatever the value is.
    NeedlessReplace,
    /// What goes first goes before what its successor needs.
    DeletesTooEarly,
    /// Nothing is ever waited for.
    Breathless,
    /// Waits are as long as anybody asks for.
    Sleeper,
    /// What is retained stands on nothing.
    RetainedHoldNothing,
    /// What is retained holds no names.
    RetainedClaimNothing,
    /// What exists once goes on record twice.
    TwoOfOne,
    /// What was imported once is imported again.
    ImportsAgain,
    /// Exclusions go unheard.
    DeafToExclude,
    /// Paths below a map of policies do not count.
    SilentPolicies,
    /// Claims order nothing.
    ClaimsInAnyOrder,
    /// Who lets go keeps what it has.
    NeverLetsGo,
    /// Whatever stands under a name on record is ours.
    BelievesNames,
    /// What carries another stack's tag, or none, is gone.
    BelievesTags,
    /// Nobody looks for things of other hands.
    LooksAway,
    /// What waits for its deletion is not seen.
    NeverRestores,
    /// What is not visible yet will never be.
    UnseenIsInvalid,
    /// A delete whose answer cannot be understood counts as done.
    AmbiguousIsGone,
    /// A read that is cut is not tried again.
    CutIsDenied,
    /// What could not be read is not there.
    UnreadIsAbsent,
    /// A network that is gone stays gone.
    OutageIsDenied,
    /// Durations are measured by the clock on the wall.
    OnTheWall,
    /// The store takes the records of a writer that another has replaced.
    Fenceless,
    /// An update changes more than the plan showed.
    BeyondThePlan,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 54] = [
        Self::NoIntent,
        Self::NoDeleteIntent,
        Self::NoLook,
        Self::HastyRecovery,
        Self::HastySearch,
        Self::HastyRefresh,
        Self::FreshToken,
        Self::DeleteBeforeCreate,
        Self::DeletesNotLast,
        Self::DeletesInAnyOrder,
        Self::AppliesInAnyOrder,
        Self::LostEdges,
        Self::LateResult,
        Self::AmbiguousIsAbsent,
        Self::AmbiguousIsFailure,
        Self::AdoptsAnybody,
        Self::DeletingIsGone,
        Self::BlockedIsGone,
        Self::SettledWithoutRow,
        Self::DroppedDeposed,
        Self::StalePlan,
        Self::TaintIgnored,
        Self::UnfinishedIsReady,
        Self::ClearSecrets,
        Self::NoProtection,
        Self::Deaf,
        Self::GuessedId,
        Self::NoRetention,
        Self::UndecidedDeposed,
        Self::IgnoredFromTheStart,
        Self::NeedlessReplace,
        Self::DeletesTooEarly,
        Self::Breathless,
        Self::Sleeper,
        Self::RetainedHoldNothing,
        Self::RetainedClaimNothing,
        Self::TwoOfOne,
        Self::ImportsAgain,
        Self::DeafToExclude,
        Self::SilentPolicies,
        Self::ClaimsInAnyOrder,
        Self::NeverLetsGo,
        Self::BelievesNames,
        Self::BelievesTags,
        Self::LooksAway,
        Self::NeverRestores,
        Self::UnseenIsInvalid,
        Self::AmbiguousIsGone,
        Self::CutIsDenied,
        Self::UnreadIsAbsent,
        Self::OutageIsDenied,
        Self::OnTheWall,
        Self::Fenceless,
        Self::BeyondThePlan,
    ];

    /// The hardship whose rule or trait catches it; `None` for what every life catches.
    #[must_use]
    pub fn caught_by(self) -> Option<Hardship> {
        match self {
            Self::UndecidedDeposed => Some(Hardship::Decisions),
            Self::IgnoredFromTheStart => Some(Hardship::Ignored),
            Self::NeedlessReplace => Some(Hardship::Needless),
            Self::DeletesTooEarly => Some(Hardship::Successors),
            Self::Breathless => Some(Hardship::Undoing),
            Self::Sleeper => Some(Hardship::Hours),
            Self::RetainedHoldNothing | Self::RetainedClaimNothing => Some(Hardship::Retained),
            Self::TwoOfOne => Some(Hardship::Twins),
            Self::ImportsAgain => Some(Hardship::Imports),
            Self::DeafToExclude => Some(Hardship::Selections),
            Self::SilentPolicies => Some(Hardship::Policies),
            Self::ClaimsInAnyOrder => Some(Hardship::Claims),
            Self::NeverLetsGo => Some(Hardship::Users),
            Self::BelievesNames => Some(Hardship::Strangers),
            Self::BelievesTags => Some(Hardship::Retags),
            Self::LooksAway => Some(Hardship::Holders),
            Self::NeverRestores => Some(Hardship::Waiting),
            Self::UnseenIsInvalid => Some(Hardship::Unseen),
            Self::AmbiguousIsGone => Some(Hardship::Unreadable),
            Self::CutIsDenied => Some(Hardship::Cut),
            Self::UnreadIsAbsent => Some(Hardship::Unread),
            Self::OutageIsDenied => Some(Hardship::Outages),
            Self::OnTheWall => Some(Hardship::Clocks),
            Self::Fenceless => Some(Hardship::Rivals),
            Self::BeyondThePlan => Some(Hardship::Responders),
            _ => None,
        }
    }

    /// The broken engine, to be put into a world.
    #[must_use]
    pub fn bend(self) -> Box<dyn Bend> {
        Box::new(Broken { mutant: self, attempts: BTreeMap::new(), seen: Seen::default() })
    }
}

struct Broken {
    mutant: Mutant,
    attempts: BTreeMap<OwnerId, u32>,
    seen: Seen,
}

impl Bend for Broken {
    fn record(&mut self, entries: &mut Vec<Entry>) -> Keep {
        let settles = entries.iter().any(|entry| matches!(entry, Entry::Settled { .. }));
        match self.mutant {
            Mutant::NoIntent if intends(entries, None) => return Keep::Drop,
            Mutant::NoDeleteIntent if intends(entries, Some(Operation::Delete)) => return Keep::Drop,
            Mutant::LateResult if settles => return Keep::Later,
            Mutant::SettledWithoutRow if settles => entries.retain(|entry| {
                !matches!(entry, Entry::RowPut { row } if is_unfinished(row.status))
                    && !matches!(entry, Entry::Deposed { .. })
            }),
            Mutant::DroppedDeposed => {
                for entry in entries.iter_mut() {
                    if let Entry::Deposed { owner, .. } = entry {
                        *entry = Entry::RowRemoved { owner: owner.clone(), why: Removal::Forgotten };
                    }
                }
            }
            Mutant::UndecidedDeposed => {
                for entry in entries.iter_mut() {
                    if let Entry::Deposed { options, .. } = entry {
                        *options = None;
                    }
                }
            }
            Mutant::TwoOfOne => twice(entries),
            Mutant::LostEdges => rows(entries, |row| row.edges.clear()),
            Mutant::TaintIgnored => rows(entries, |row| {
                if row.status == Status::Tainted {
                    row.status = Status::Ready;
                }
            }),
            Mutant::UnfinishedIsReady => rows(entries, |row| {
                if is_unfinished(row.status) {
                    row.status = Status::Ready;
                }
            }),
            Mutant::ClearSecrets => rows(entries, |row| {
                for value in row.inputs.values_mut() {
                    if let Some(text) = value.as_text() {
                        *value = Value::text(text);
                    }
                }
            }),
            _ => {}
        }
        Keep::Store
    }

    fn request(&mut self, request: &mut Request) {
        self.bend_request(request);
        if let (Mutant::FreshToken, Call::Create { owner, .. }) = (self.mutant, &mut request.call) {
            let attempt = self.attempts.entry(owner.clone()).or_default();
            *attempt += 1;
            if *attempt > 1 {
                owner.0 = format!("{}{attempt}", &owner.0[..24]);
            }
        }
    }

    fn reply(&mut self, request: &Request, reply: &mut Reply) {
        self.bend_reply(request, reply);
        let ambiguous = matches!(reply, Reply::Failed(failure) if failure.class == FailureClass::Ambiguous);
        let creates = matches!(request.call, Call::Create { .. });
        match (self.mutant, &mut *reply) {
            (Mutant::NoLook, Reply::Found(candidates)) => candidates.clear(),
            (Mutant::AmbiguousIsAbsent, Reply::Failed(failure)) if ambiguous && creates => {
                failure.class = FailureClass::Transient;
            }
            (Mutant::AmbiguousIsFailure, Reply::Failed(failure)) if ambiguous && creates => {
                failure.class = FailureClass::Invalid;
            }
            (Mutant::AdoptsAnybody, Reply::Found(candidates)) => {
                candidates.iter_mut().for_each(|candidate| candidate.ours = true);
            }
            (Mutant::DeletingIsGone, Reply::Deleting) => *reply = Reply::Gone,
            (Mutant::BlockedIsGone, Reply::Failed(failure)) if failure.class == FailureClass::Blocked => {
                *reply = Reply::Gone;
            }
            (Mutant::GuessedId, Reply::Created { id }) if id.is_empty() => "guessed".clone_into(id),
            _ => {}
        }
    }

    fn plan(&mut self, plan: &mut Plan, state: &State) {
        self.bend_plan(plan, state);
        let replaced: Vec<OwnerId> = plan
            .steps
            .iter()
            .filter(|step| step.op == Op::Replace)
            .filter_map(|step| step.old_owner.clone())
            .collect();
        if self.mutant == Mutant::StalePlan {
            plan.serial = state.serial;
        }
        for action in &mut plan.actions {
            let removes = match &action.kind {
                ActionKind::Remove { owner } => Some(replaced.contains(owner)),
                ActionKind::Apply | ActionKind::LetGo { .. } => None,
            };
            match (self.mutant, removes) {
                (Mutant::DeleteBeforeCreate, Some(true)) | (Mutant::DeletesNotLast, Some(false)) => {
                    action.late = false
                }
                (Mutant::DeletesInAnyOrder, Some(_)) | (Mutant::AppliesInAnyOrder, None) => {
                    action.after.clear()
                }
                _ => {}
            }
        }
        if self.mutant == Mutant::DeleteBeforeCreate {
            for step in plan.steps.iter_mut().filter(|step| step.op == Op::Replace) {
                step.delete_first.get_or_insert_with(String::new);
            }
        }
    }

    fn state(&mut self, state: &mut State) {
        self.bend_state(state);
        if self.mutant == Mutant::NoRetention {
            for row in state.rows.values_mut().chain(state.deposed.values_mut()) {
                row.options.retain_on_delete = false;
            }
        }
        if self.mutant == Mutant::NoProtection {
            for row in state.rows.values_mut() {
                row.options.protect = false;
            }
        }
    }

    fn lag_permille(&self, phase: Phase) -> u64 {
        match (self.mutant, phase) {
            (Mutant::HastyRecovery | Mutant::NoLook, Phase::Recovery)
            | (Mutant::HastySearch | Mutant::NoLook, Phase::Execution)
            | (Mutant::HastyRefresh, Phase::Refresh) => 0,
            _ => 1000,
        }
    }

    fn poll_permille(&self) -> u64 {
        if self.mutant == Mutant::Breathless { 0 } else { 1000 }
    }

    fn wait(&mut self, millis: u64) -> u64 {
        match self.mutant {
            Mutant::Sleeper if millis > 1_000 => 24 * 60 * 60_000,
            _ => millis,
        }
    }

    fn is_on_the_wall(&self) -> bool {
        self.mutant == Mutant::OnTheWall
    }

    fn is_fenceless(&self) -> bool {
        self.mutant == Mutant::Fenceless
    }

    fn ask(&mut self, ask: &mut Ask) {
        if self.mutant == Mutant::DeafToExclude {
            ask.selection.exclude.clear();
        }
    }

    fn is_deaf(&self) -> bool {
        self.mutant == Mutant::Deaf
    }
}

fn is_unfinished(status: Status) -> bool {
    status == Status::Unfinished
}

fn intends(entries: &[Entry], operation: Option<Operation>) -> bool {
    entries.iter().any(|entry| {
        matches!(entry, Entry::Intended { intent } if operation.is_none_or(|wanted| wanted == intent.operation))
    })
}

fn rows(entries: &mut [Entry], mut change: impl FnMut(&mut finsight_engine::state::Row)) {
    for entry in entries {
        if let Entry::RowPut { row } = entry {
            change(row);
        }
    }
}

/// Of what exists once, each row comes twice.
fn twice(entries: &mut Vec<Entry>) {
    let copy = entries.iter().find_map(|entry| match entry {
        Entry::RowPut { row } if row.status == Status::Ready && row.urn.type_name() == "sim:net:Default" => {
            let name = format!("{}-twin", row.urn.name());
            let urn = Urn::new(row.urn.stack(), row.urn.component(), row.urn.type_name(), &name).ok()?;
            let owner = OwnerId(format!("twin{}", &row.owner.as_str()[4..]));
            Some(Entry::RowPut { row: Box::new(Row { urn, owner, ..(**row).clone() }) })
        }
        _ => None,
    });
    entries.extend(copy);
}
