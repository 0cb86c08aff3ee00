//! What a random life can hold beyond faults and kills: each is a word of the vocabulary, a trait of the
//! cloud or a rule of the judge, and can be left out.

use std::collections::BTreeSet;

/// One hardship of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hardship {
    /// What a plan decided about what it replaces holds, whatever the record of the row says.
    Decisions,
    /// What is ignored was set once, when the resource came to its end.
    Ignored,
    /// A resource that goes first because a value is not known yet goes only if the value differs.
    Needless,
    /// A delete comes after all that its successor needs.
    Successors,
    /// Settings that undo each other, and replicas that answer in turn: calls of a step are bounded.
    Undoing,
    /// Answers that ask to wait for a day.
    Hours,
    /// Retained resources that stand on others and hold names.
    Retained,
    /// Two declared resources with one identity.
    Twins,
    /// Programs that keep `import_id` after the first run.
    Imports,
    /// `--exclude`, `--component`, and selections by old and new names.
    Selections,
    /// Rows that are tainted by hand.
    Taint,
    /// Maps of policies: what is given anew is asked for.
    Policies,
    /// Claims that are taken and given up by changes in place, entry by entry.
    Claims,
    /// Users that must let go before what they use can be deleted.
    Users,
    /// Strangers' things under our names.
    Strangers,
    /// Owner tags that someone edits.
    Retags,
    /// Tags of other hands that the program says to leave alone.
    Auditors,
    /// Things of other hands that keep ours from being deleted.
    Holders,
    /// What waits for its deletion, name and all, and can be restored.
    Waiting,
    /// Parents that are not visible yet.
    Unseen,
    /// Answers that cannot be understood.
    Unreadable,
    /// Reads that fail for some of their targets.
    Cut,
    /// Properties and outputs that a read cannot tell.
    Unread,
    /// A network that goes, and credentials that expire.
    Outages,
    /// Clocks that jump by an hour.
    Clocks,
    /// A second process on the same store.
    Rivals,
    /// Someone who changes a resource while the run is under way.
    Responders,
}

impl Hardship {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::Decisions,
        Self::Ignored,
        Self::Needless,
        Self::Successors,
        Self::Undoing,
        Self::Hours,
        Self::Retained,
        Self::Twins,
        Self::Imports,
        Self::Selections,
        Self::Taint,
        Self::Policies,
        Self::Claims,
        Self::Users,
        Self::Strangers,
        Self::Retags,
        Self::Auditors,
        Self::Holders,
        Self::Waiting,
        Self::Unseen,
        Self::Unreadable,
        Self::Cut,
        Self::Unread,
        Self::Outages,
        Self::Clocks,
        Self::Rivals,
        Self::Responders,
    ];

    /// Those that the engine does not stand up to:
    ///
    /// - [`Self::Unread`]: a read that cannot tell a property which a call has just changed, or was to change,
    ///   shows no difference, and ends the step: an output that changed with the call stays on record as it was
    ///   until the next run reads it.
    /// - [`Self::Responders`]: where a read that lags behind hides what someone has changed until the first call
    ///   was sent, the read after that call shows it, and it is put back as if the call had caused it.
    /// - [`Self::Clocks`]: how long ago an earlier run made something is known by the wall clock alone. Where that
    ///   jumps by an hour between two runs, what was made a moment ago counts as old, and a read that does not
    ///   show it yet is believed.
    pub const NOT_STOOD: [Self; 3] = [Self::Unread, Self::Responders, Self::Clocks];

    /// The hardships with this name; `all` for all.
    #[must_use]
    pub fn named(name: &str) -> Vec<Self> {
        let fits = |one: &Self| name == "all" || format!("{one:?}").eq_ignore_ascii_case(name);
        Self::ALL.into_iter().filter(fits).collect()
    }

    /// Those that the engine stands up to: the ones of every random life.
    #[must_use]
    pub fn stood() -> BTreeSet<Self> {
        Self::ALL.into_iter().filter(|one| !Self::NOT_STOOD.contains(one)).collect()
    }
}
