//! What is on record: rows, intents and the entries that change them.
//!
//! [`State::apply`] is the one function that judges every transition, live
//! and when the log is replayed.

mod address;
mod apply;
mod format;
mod readings;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::{OwnerId, Target};
use crate::exec::millis_of;
use crate::program::Options;
use crate::urn::Urn;
use crate::value::{Map, Value};

pub use address::{Address, AddressError};
pub use format::STATE_VERSION;
pub use readings::{Found, Readings};
pub use rows::Rows;

/// A resource on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub urn: Urn,
    /// Which incarnation it is.
    pub owner: OwnerId,
    /// The physical id.
    pub id: String,
    /// The account that it stands in.
    pub account: String,
    /// The region that it stands in.
    pub region: String,
    /// The inputs last applied whole, secrets sealed: the base of the next diff.
    pub inputs: Map,
    /// The outputs last read.
    pub outputs: Map,
    /// What it depends on.
    pub edges: Vec<Edge>,
    /// Whether its last operation came to its end.
    pub status: Status,
    /// Whether it once stood as wanted. Until then nothing of it is ignored, whatever is begun with it meanwhile.
    #[serde(default = "configured")]
    pub configured: bool,
    /// Options that change state but not AWS.
    pub options: Options,
    /// Protected by hand (`state protect`), whatever the program says.
    #[serde(default)]
    pub locked: bool,
    /// What a letting has put in the place of some of its inputs, until its next step puts them back.
    #[serde(default)]
    pub interim: Option<Box<Interim>>,
}

/// What a resource does without for a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interim {
    /// The properties that let go, as they are meanwhile, secrets sealed.
    pub inputs: Map,
    /// What they let go of: these edges hold nothing, and stay when what they lead to is gone.
    pub edges: Vec<Edge>,
}

impl Interim {
    /// What of it concerns these properties.
    fn of(mut self: Box<Self>, properties: &BTreeSet<String>) -> Box<Self> {
        self.inputs.retain(|name, _| properties.contains(name));
        self.edges.retain(|edge| properties.contains(&edge.via));
        self
    }
}

/// What a version says of a row that did not know of this.
fn configured() -> bool {
    true
}

/// A dependency on record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// On which resource.
    pub urn: Urn,
    /// On which incarnation of it.
    pub owner: OwnerId,
    /// The property that refers to it, or `depends_on`.
    pub via: String,
}

/// Whether a row's last operation came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It stood as wanted.
    Ready,
    /// Created or being changed; to be configured on.
    Unfinished,
    /// Unfit: to be replaced.
    Tainted,
    /// Its delete was sent.
    Deleting,
}

/// What a mutating call is about to do, written before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The incarnation: an intent's name, as there is one at a time.
    pub owner: OwnerId,
    /// The resource.
    pub urn: Urn,
    /// What is about to be done.
    pub operation: Operation,
    /// The account it is done in.
    pub account: String,
    /// The region it is done in.
    pub region: String,
    /// For a create: all that finds the result again, and the row it becomes.
    pub inputs: Map,
    /// The edges of the row it becomes; those of an update are added to the row's at once.
    pub edges: Vec<Edge>,
    /// For a create: the options of the row it becomes.
    pub options: Options,
}

/// The kinds of mutating operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Makes a new resource.
    Create,
    /// Changes one in place.
    Update,
    /// Takes one away.
    Delete,
}

impl Operation {
    /// What the history calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Why a row went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The resource was deleted by us.
    Deleted,
    /// It was found gone.
    Absent,
    /// It stands, and is no longer ours (`retain_on_delete`, `state remove`).
    Forgotten,
}

/// One change of the state: what the operation log holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a record holds few, and the largest is the commonest")]
pub enum Entry {
    /// An update begins.
    UpdateStarted {
        /// `up`, `destroy`, `refresh`, `import` …
        command: String,
        /// Who: user and host.
        who: String,
        /// When: RFC 3339.
        at: String,
    },
    /// A mutating call is about to be sent.
    Intended {
        /// Which.
        intent: Intent,
    },
    /// A row is written, as a whole.
    RowPut {
        /// The row.
        row: Box<Row>,
    },
    /// A current row makes way for its replacement; it is still to be deleted, or forgotten.
    Deposed {
        /// The incarnation.
        owner: OwnerId,
        /// What the plan decided about it: whoever goes on does that. `None` in old records.
        #[serde(default)]
        options: Option<Box<Options>>,
    },
    /// A row goes.
    RowRemoved {
        /// The incarnation.
        owner: OwnerId,
        /// Why.
        why: Removal,
    },
    /// A row takes another name.
    Moved {
        /// The old name.
        from: Urn,
        /// The new name.
        to: Urn,
    },
    /// An intent has come to its end, whatever the end was.
    Settled {
        /// The incarnation.
        owner: OwnerId,
    },
    /// The stack's outputs.
    Outputs {
        /// All of them.
        outputs: Map,
    },
    /// An update ends.
    UpdateFinished {
        /// How.
        record: Finish,
    },
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
    /// How it ended; `None` where it was killed.
    pub finish: Option<Finish>,
}

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
    /// What was taken off the record and let stand, by incarnation: as long as anything is on record that it stood on,
    /// and may keep from being deleted.
    pub let_stand: BTreeMap<String, Row>,
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
    /// As [`State::outputs`].
    pub outputs: Map,
    /// As [`State::history`].
    pub history: Vec<Update>,
}

impl From<Parts> for State {
    fn from(parts: Parts) -> Self {
        let Parts { stack, serial, rows, deposed, intents, spent, let_stand, outputs, history } = parts;
        let (rows, deposed) = (rows.into_iter().collect(), deposed.into_iter().collect());
        let index = rows::Index::of(&rows, &deposed);
        Self { stack, serial, rows, deposed, intents, spent, let_stand, outputs, history, index }
    }
}

/// An entry that no rule allows: a defect of the engine, or a damaged log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state transition refused: {0}")]
pub struct Illegal(pub String);

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

    /// Whether a resource was created, moved or imported less than ten minutes ago, longer than any lag. `now`
    /// is in milliseconds since 1970.
    #[must_use]
    pub fn is_recent(&self, urn: &Urn, now: u64) -> bool {
        self.is_new(urn, now, 0, &["create", "move", "import"])
    }

    /// Whether a change of a resource was begun less than ten minutes ago, or by a run that was killed last.
    #[must_use]
    pub fn was_begun_lately(&self, urn: &Urn, now: u64) -> bool {
        self.is_new(urn, now, 0, &["update"])
    }

    /// Whether a read may not see a resource yet: it is recent, or came with one of the last two updates,
    /// whatever the clock says, which may have been set since.
    #[must_use]
    pub fn may_be_unseen(&self, urn: &Urn, now: u64) -> bool {
        self.is_new(urn, now, 2, &["create", "move", "import"])
    }

    fn is_new(&self, urn: &Urn, now: u64, updates: usize, kinds: &[&str]) -> bool {
        const LONG_AGO: u64 = 10 * 60_000;
        self.history.iter().enumerate().any(|(index, update)| {
            // A killed update was over when the next one began.
            let finish = update.finish.as_ref().map(|finish| finish.at.as_str());
            let end = finish.or(self.history.get(index + 1).map(|next| next.at.as_str())).and_then(millis_of);
            let last = index + updates >= self.history.len();
            (last || end.is_none_or(|end| end + LONG_AGO > now))
                && update
                    .changes
                    .iter()
                    .any(|(changed, what)| changed == urn && kinds.contains(&what.as_str()))
        })
    }

    /// Whether something of a type was deleted less than ten minutes ago: a list may still show it.
    #[must_use]
    pub fn was_deleted_lately(&self, type_name: &str, now: u64) -> bool {
        const LONG_AGO: u64 = 10 * 60_000;
        self.history.iter().enumerate().any(|(index, update)| {
            let finish = update.finish.as_ref().map(|finish| finish.at.as_str());
            let end = finish.or(self.history.get(index + 1).map(|next| next.at.as_str())).and_then(millis_of);
            end.is_none_or(|end| end + LONG_AGO > now)
                && update
                    .changes
                    .iter()
                    .any(|(changed, what)| changed.type_name() == type_name && what == "delete")
        })
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

impl Row {
    /// Where the row was imported by its id: how `State::spent` names that.
    #[must_use]
    pub fn spent_import(&self) -> Option<String> {
        let id = self.options.import_id.as_ref()?;
        Some(State::import_key(&self.urn, &self.region, id))
    }

    /// The inputs with what stands in the place of some while they let go.
    #[must_use]
    pub fn standing(&self) -> Cow<'_, Map> {
        match &self.interim {
            None => Cow::Borrowed(&self.inputs),
            Some(interim) => {
                let mut inputs = self.inputs.clone();
                inputs.extend(interim.inputs.clone());
                Cow::Owned(inputs)
            }
        }
    }

    /// Whether a value says its id or a text that is one of its outputs, or may say it.
    #[must_use]
    pub fn may_be_in(&self, value: &Value) -> bool {
        let words = self.words();
        let said = |text: &str| words.iter().any(|word| text.contains(word));
        value.has_unknown() || value.has_secret() || value.any(&|part| part.as_text().is_some_and(said))
    }

    /// Its id, and the texts among its outputs that stand nowhere else by chance.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let own = self.outputs.values().filter_map(Value::as_text).filter(|text| text.len() > 3);
        own.chain([self.id.as_str()]).collect()
    }

    /// What stays known of it once it is off the record and stands: no secrets.
    fn let_stand(&self) -> Self {
        let clear = |map: &Map| {
            let clear = map.iter().filter(|(_, value)| !value.has_secret());
            clear.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        Self { inputs: clear(&self.standing()), outputs: clear(&self.outputs), interim: None, ..self.clone() }
    }

    /// The row as the target of a request.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            urn: self.urn.clone(),
            id: self.id.clone(),
            inputs: self.inputs.clone(),
            outputs: self.outputs.clone(),
        }
    }

    /// The options that hold for it: of what was created and not configured to its end, nothing is ignored.
    #[must_use]
    pub fn effective(&self, options: &Options) -> Options {
        let mut options = options.clone();
        if !self.configured {
            options.ignore_changes.clear();
        }
        options
    }
}
