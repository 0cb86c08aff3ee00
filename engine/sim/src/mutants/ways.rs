//! The ways to break an engine, and what catches them.

use crate::hardship::Hardship;

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
    /// What hangs on a resource is taken off whosever it is.
    TakesAllOff,
    /// A create call takes no place of another one.
    NeverSwaps,
    /// Tags of other hands are taken off.
    TakesTagsOff,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 57] = [
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
        Self::TakesAllOff,
        Self::NeverSwaps,
        Self::TakesTagsOff,
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
            Self::TakesTagsOff => Some(Hardship::Auditors),
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
}
