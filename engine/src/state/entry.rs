//! What the operation log holds: the changes of a state.

use serde::{Deserialize, Serialize};

use super::{Edge, Finish, Remnant, Row};
use crate::contract::OwnerId;
use crate::program::Options;
use crate::urn::Urn;
use crate::value::Map;

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
    /// What goes leaves something at AWS: in the record of the row's removal.
    Left {
        /// What.
        remnant: Box<Remnant>,
    },
    /// What was left is gone, or nobody's to look after any more.
    LetGo {
        /// Which: [`Remnant::key`].
        key: String,
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

/// An entry that no rule allows: a defect of the engine, or a damaged log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state transition refused: {0}")]
pub struct Illegal(pub String);
