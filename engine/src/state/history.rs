//! The updates of a stack, and what was changed lately.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use crate::exec::millis_of;
use crate::urn::Urn;

/// How a resource comes to its name.
const COMES: [&str; 3] = ["create", "move", "import"];
/// How it leaves the record.
const GOES: [&str; 2] = ["delete", "forget"];

/// An update on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Its number, from 1.
    pub number: u64,
    /// The command.
    pub command: String,
    /// Who ran it.
    pub who: String,
    /// When it began.
    pub at: String,
    /// The URNs that it changed, with what was done, in order.
    pub changes: Vec<(Urn, String)>,
    /// The ids of what it took off the record; version 5 had none.
    #[serde(default)]
    pub gone: Vec<String>,
    /// How it ended; `None` where it was killed.
    pub finish: Option<Finish>,
}

impl Update {
    /// Whether it came to a good end.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.finish.as_ref().is_some_and(|finish| finish.result == "succeeded")
    }
}

/// How an update ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// `succeeded`, `failed` or `interrupted`.
    pub result: String,
    /// When: RFC 3339.
    pub at: String,
    /// Seconds it took.
    pub seconds: f64,
    /// Operations done, by their name.
    pub summary: BTreeMap<String, u64>,
    /// The first errors.
    pub errors: Vec<String>,
}

impl State {
    /// Whether a resource was created, moved or imported less than ten minutes ago, longer than any lag. `now`
    /// is in milliseconds since 1970.
    #[must_use]
    pub fn is_recent(&self, urn: &Urn, now: u64) -> bool {
        self.was_changed(now, 0, |changed, what| changed == urn && COMES.contains(&what))
    }

    /// Whether something was done with a resource less than ten minutes ago, or by a run that was killed last.
    #[must_use]
    pub fn was_changed_lately(&self, urn: &Urn, now: u64) -> bool {
        self.was_changed(now, 0, |changed, _| changed == urn)
    }

    /// Whether a change of a resource was begun less than ten minutes ago, or by a run that was killed last.
    #[must_use]
    pub fn was_begun_lately(&self, urn: &Urn, now: u64) -> bool {
        self.was_changed(now, 0, |changed, what| changed == urn && what == "update")
    }

    /// Whether a read may not see a resource yet: it is recent, or came with one of the last two updates,
    /// whatever the clock says, which may have been set since.
    #[must_use]
    pub fn may_be_unseen(&self, urn: &Urn, now: u64) -> bool {
        self.was_changed(now, 2, |changed, what| changed == urn && COMES.contains(&what))
    }

    /// Whether something of a type was deleted less than ten minutes ago: a list may still show it.
    #[must_use]
    pub fn was_deleted_lately(&self, type_name: &str, now: u64) -> bool {
        self.was_changed(now, 0, |changed, what| changed.type_name() == type_name && what == "delete")
    }

    /// Whether the last update has taken what is called so off the record, or one before it that did not succeed: a
    /// command that is given again finds that done.
    #[must_use]
    pub fn has_just_let_go(&self, name: &str) -> bool {
        let gone = |(urn, what): &(Urn, String)| urn.as_str() == name && GOES.contains(&what.as_str());
        self.last_updates()
            .any(|update| update.changes.iter().any(gone) || update.gone.iter().any(|id| id == name))
    }

    /// Whether the last update has changed a resource, or one before it that did not succeed.
    #[must_use]
    pub fn has_just_changed(&self, urn: &Urn) -> bool {
        self.last_updates().any(|update| update.changes.iter().any(|(changed, _)| changed == urn))
    }

    /// The last update, and those before it that did not succeed.
    fn last_updates(&self) -> impl Iterator<Item = &Update> {
        let failed =
            |update: &Update| update.finish.as_ref().is_none_or(|finish| finish.result != "succeeded");
        let mut updates = self.history.iter().rev();
        updates.next().into_iter().chain(updates.take_while(move |update| failed(update)))
    }

    /// Whether something was changed so in one of this many last updates, or in one that was not over ten minutes ago.
    fn was_changed(&self, now: u64, updates: usize, so: impl Fn(&Urn, &str) -> bool) -> bool {
        const LONG_AGO: u64 = 10 * 60_000;
        self.history.iter().enumerate().any(|(index, update)| {
            // A killed update was over when the next one began.
            let finish = update.finish.as_ref().map(|finish| finish.at.as_str());
            let end = finish.or(self.history.get(index + 1).map(|next| next.at.as_str())).and_then(millis_of);
            let last = index + updates >= self.history.len();
            (last || end.is_none_or(|end| end + LONG_AGO > now))
                && update.changes.iter().any(|(changed, what)| so(changed, what))
        })
    }
}
