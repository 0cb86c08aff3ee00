//! What is on record: rows, intents and the entries that change them.
//!
//! [`State::apply`] is the one function that judges every transition, live
//! and when the log is replayed.

mod address;
mod apply;
mod entry;
mod format;
mod history;
mod readings;
mod remnant;
mod row;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::OwnerId;
use crate::urn::Urn;
use crate::value::Map;

pub use address::{Address, AddressError};
pub use entry::{Entry, Illegal, Intent, Operation, Removal};
pub use format::STATE_VERSION;
pub use history::{Finish, Update};
pub use readings::{Found, Readings};
pub use remnant::Remnant;
pub use row::{Edge, Interim, Row, Status};
pub use rows::Rows;

/// All that is on record of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Parts")]
pub struct State {
    /// The stack's name.
    pub stack: String,
    /// The number of log records that made it: what a plan is tied to.
    pub serial: u64,
    /// Current rows by URN.
    pub rows: Rows<Urn>,
    /// Rows replaced by a new incarnation and not deleted yet.
    pub deposed: Rows<String>,
    /// Intents that have not come to their end.
    pub intents: BTreeMap<String, Intent>,
    /// Imports that are spent, as `type region id`: what was imported once and is gone is not imported again.
    pub spent: BTreeSet<String>,
    /// What was taken off the record and let stand, by incarnation, until it is under management again: it may keep what
    /// it stands on from being deleted, and is nobody else's.
    pub let_stand: BTreeMap<String, Row>,
    /// What resources left at AWS when they left the record, by [`Remnant::key`], until it is known to be gone or is
    /// under management again.
    pub remnants: BTreeMap<String, Remnant>,
    /// The stack's outputs.
    pub outputs: Map,
    /// Updates, oldest first.
    pub history: Vec<Update>,
    /// It follows from the rows.
    #[serde(skip)]
    index: rows::Index,
}

/// All that is on record, as it is stored: what finds the rows follows from them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// As [`State::stack`].
    pub stack: String,
    /// As [`State::serial`].
    pub serial: u64,
    /// As [`State::rows`].
    pub rows: BTreeMap<Urn, Row>,
    /// As [`State::deposed`].
    pub deposed: BTreeMap<String, Row>,
    /// As [`State::intents`].
    pub intents: BTreeMap<String, Intent>,
    /// As [`State::spent`]; version 1 had none.
    #[serde(default)]
    pub spent: BTreeSet<String>,
    /// As [`State::let_stand`]; version 2 had none.
    #[serde(default)]
    pub let_stand: BTreeMap<String, Row>,
    /// As [`State::remnants`]; version 5 had none.
    #[serde(default)]
    pub remnants: BTreeMap<String, Remnant>,
    /// As [`State::outputs`].
    pub outputs: Map,
    /// As [`State::history`].
    pub history: Vec<Update>,
}

impl From<Parts> for State {
    fn from(parts: Parts) -> Self {
        let Parts { stack, serial, rows, deposed, intents, spent, let_stand, remnants, outputs, history } =
            parts;
        let (rows, deposed) = (rows.into_iter().collect(), deposed.into_iter().collect());
        let index = rows::Index::of(&rows, &deposed);
        Self { stack, serial, rows, deposed, intents, spent, let_stand, remnants, outputs, history, index }
    }
}

impl State {
    /// The state of a stack that was never deployed.
    #[must_use]
    pub fn empty(stack: &str) -> Self {
        Self::from(Parts {
            stack: stack.to_owned(),
            serial: 0,
            rows: BTreeMap::new(),
            deposed: BTreeMap::new(),
            intents: BTreeMap::new(),
            spent: BTreeSet::new(),
            let_stand: BTreeMap::new(),
            remnants: BTreeMap::new(),
            outputs: Map::new(),
            history: Vec::new(),
        })
    }

    /// How an import is remembered as spent: `type region id`.
    #[must_use]
    pub fn import_key(urn: &Urn, region: &str, id: &str) -> String {
        format!("{} {region} {id}", urn.type_name())
    }

    /// The row of an incarnation, current or deposed.
    #[must_use]
    pub fn row(&self, owner: &OwnerId) -> Option<&Row> {
        self.deposed.get(owner.as_str()).or_else(|| self.rows.get(self.current(owner)?))
    }

    /// All rows, current ones first.
    pub fn all_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().chain(self.deposed.values())
    }

    /// The accounts that rows and intents name.
    #[must_use]
    pub fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self
            .all_rows()
            .map(|row| row.account.as_str())
            .chain(self.intents.values().map(|intent| intent.account.as_str()))
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}
