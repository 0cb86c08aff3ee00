//! The contract between the engine and a cloud: requests and replies.
//!
//! A handler is data ([`crate::schema::TypeSpec`]) and five small functions:
//! `read`, `find`, `create`, `converge`, `delete`. Everything else (retry,
//! waiting, intents, owner tags, drift, recovery) is written once, here in
//! the engine.

use serde::{Deserialize, Serialize};

use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// The tag that names the stack which owns a resource.
pub const STACK_TAG: &str = "finsight:stack";
/// The tag that names the incarnation: one create call, planned once.
pub const OWNER_TAG: &str = "finsight:id";
/// The tag by which an operation that is under way is told at AWS, whatever becomes of the state: it is no difference.
pub const OPERATION_TAG: &str = "finsight:operation";

/// An input that no program sets: the delete of what makes way for its successor gets it, where the type has
/// [`crate::schema::TypeSpec::lingers`].
pub const MAKES_WAY: &str = "finsight:makes-way";

/// An input that no program sets: the create of what takes the place of another one in the same call gets the other's
/// physical id, where the type has [`crate::schema::TypeSpec::swaps`].
pub const INSTEAD_OF: &str = "finsight:instead-of";

/// Names one incarnation of a resource: chosen by the plan, sent with the
/// create call as tag and client token, never reused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OwnerId(pub String);

impl OwnerId {
    /// The text, at most 26 characters of `[a-z0-9]`: fit for every client token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A live resource that a request is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Whose it is, for messages.
    pub urn: Urn,
    /// The physical id.
    pub id: String,
    /// The inputs on record, or those that are wanted while a step applies them: a child's key is among them.
    pub inputs: Map,
    /// The outputs on record.
    pub outputs: Map,
    /// Whether it is waited for: what keeps a value from being read is then the answer, not a gap in it.
    #[serde(default)]
    pub awaited: bool,
}

impl Target {
    /// A value that this read cannot tell, and why.
    ///
    /// # Errors
    /// The failure, where the value is waited for.
    pub fn unread(&self, failure: Failure) -> Result<Value, Failure> {
        if self.awaited { Err(failure) } else { Ok(Value::Unknown) }
    }
}

/// A question to the cloud, or an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The resource type.
    pub type_name: String,
    /// The region; for global types the one that their API answers in.
    pub region: String,
    /// What is asked.
    pub call: Call,
}

/// What is asked of a handler.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// Reads many at once: one answer a target, in their order.
    Read {
        /// What to read.
        targets: Vec<Target>,
    },
    /// Looks for what a create call made whose answer is lost.
    Find {
        /// The incarnation that is looked for.
        owner: OwnerId,
        /// The inputs of the create call: name or child's key are among them.
        inputs: Map,
    },
    /// Makes the resource, owner tags (or token, or name) in the same call.
    Create {
        /// The incarnation: also the client token.
        owner: OwnerId,
        /// All wanted properties, resolved; `tags` hold the owner tags.
        inputs: Map,
    },
    /// Makes one idempotent configuration call (or a few) towards what is wanted.
    Converge {
        /// The resource.
        target: Target,
        /// How it stands.
        live: Box<Live>,
        /// All wanted properties, resolved.
        desired: Map,
        /// The names of the properties that differ, write-only ones included.
        differing: Vec<String>,
    },
    /// Takes the resource away, or a step towards it; idempotent.
    Delete {
        /// The resource.
        target: Target,
    },
    /// Takes back a deletion that waits ([`crate::schema::TypeSpec::restorable`]); idempotent.
    Restore {
        /// The resource.
        target: Target,
    },
    /// Looks for what stands under the identity of these inputs, whoever made it.
    Look {
        /// The resolved inputs: name or child's key are among them.
        inputs: Map,
    },
    /// Looks for what of other hands keeps AWS from deleting the resource
    /// ([`crate::schema::TypeSpec::held`]).
    Holders {
        /// The resource.
        target: Target,
    },
}

impl Call {
    /// Whether the call changes something in AWS.
    #[must_use]
    pub fn mutates(&self) -> bool {
        matches!(
            self,
            Self::Create { .. } | Self::Converge { .. } | Self::Delete { .. } | Self::Restore { .. }
        )
    }

    /// The contract's name for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Find { .. } => "find",
            Self::Create { .. } => "create",
            Self::Converge { .. } => "converge",
            Self::Delete { .. } => "delete",
            Self::Restore { .. } => "restore",
            Self::Look { .. } => "look",
            Self::Holders { .. } => "holders",
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To `Read`: one a target, in their order.
    Read(Vec<Reading>),
    /// To `Find`: what was found.
    Found(Vec<Candidate>),
    /// To `Create`: the physical id; empty where AWS answered without one.
    Created {
        /// The physical id.
        id: String,
    },
    /// To `Converge`: calls were made; `applied` names the write-only properties they carried.
    Converged {
        /// Write-only properties that were sent.
        applied: Vec<String>,
    },
    /// To `Delete`: it is gone.
    Gone,
    /// To `Delete`: under way; ask again.
    Deleting,
    /// To `Delete`: a part of what is in it is gone, and the next can go at once.
    Emptying {
        /// How far it is, for whoever waits.
        so_far: String,
    },
    /// To `Restore`: its deletion was taken back.
    Restored,
    /// To `Look`: what stands there.
    Standing(Vec<Standing>),
    /// To `Holders`: the names of what holds it, as AWS names them.
    Held(Vec<String>),
    /// To any: it did not work.
    Failed(Failure),
}

/// What a read says of one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// It stands.
    Found(Box<Live>),
    /// It surely does not exist.
    Absent,
    /// Not known: the call failed.
    Unknown(Failure),
}

/// A resource as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// The physical id.
    pub id: String,
    /// Its properties in the shape of its spec; what AWS does not give back is not there. What could not be
    /// read this time is [`crate::value::Value::Unknown`]: unread is not absent.
    pub properties: Map,
    /// Its outputs; likewise.
    pub outputs: Map,
    /// Where it is in its life-cycle.
    pub health: Health,
}

impl Live {
    /// The names of properties and outputs that this read could not tell.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let both = self.properties.iter().chain(&self.outputs);
        both.filter(|(_, value)| value.has_unknown()).map(|(name, _)| name.as_str())
    }

    /// The same with what could not be read this time as it is on record: unread is not absent. What is on
    /// no record either is left out.
    #[must_use]
    pub fn over(&self, row: &Row) -> Self {
        Self {
            properties: read_over(&self.properties, &row.standing()),
            outputs: read_over(&self.outputs, &row.outputs),
            ..self.clone()
        }
    }
}

/// What was read, and what could not be read as it was before.
#[must_use]
pub fn read_over(read: &Map, before: &Map) -> Map {
    let known = |(name, value): (&String, &Value)| {
        let value = if value.has_unknown() { before.get(name)? } else { value };
        Some((name.clone(), value.clone()))
    };
    read.iter().filter_map(known).collect()
}

/// Where a resource is in its life-cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Fit for use and for changes.
    Ready,
    /// On its way: AWS's word for the state.
    Pending(String),
    /// Will never be fit: AWS's word and reason.
    Failed(String),
    /// On its way out: AWS's word.
    Deleting(String),
}

/// A resource that may be what a lost create call made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The physical id.
    pub id: String,
    /// Whether owner tag, token or parent prove it ours.
    pub ours: bool,
}

/// What stands under an identity that is to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The physical id.
    pub id: String,
    /// The stack that its tag names, if it carries one.
    pub stack: Option<String>,
    /// Whether it waits for its deletion.
    pub deleting: bool,
}

/// What a failed call means for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Refused for speed; surely without effect. Try again.
    Throttled,
    /// Surely without effect; try again.
    Transient,
    /// Something it needs is not visible yet (propagation); surely without effect. Try again.
    NotYet,
    /// No connection came about; surely without effect. Wait for the network.
    Unreachable,
    /// The credentials have expired; surely without effect. Ask for new ones.
    Expired,
    /// It may have had its effect or not: observe, then decide.
    Ambiguous,
    /// One with this identity stands already.
    Exists,
    /// It does not exist.
    Absent,
    /// Others still hang on it. Try again for a while.
    Blocked,
    /// Not permitted.
    Denied,
    /// A quota is used up.
    Quota,
    /// AWS takes it only after hours; surely without effect. Left to a later run.
    Later,
    /// AWS will never take this input.
    Invalid,
}

impl FailureClass {
    /// Whether trying again within a step is of no use.
    #[must_use]
    pub fn lasts(self) -> bool {
        matches!(self, Self::Denied | Self::Quota | Self::Later | Self::Invalid)
    }
}

/// A call that did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means.
    pub class: FailureClass,
    /// AWS's own error code, or ours where no answer came.
    pub code: String,
    /// AWS's message, without secrets.
    pub message: String,
    /// The API operation, such as `ec2:CreateVpc`.
    pub operation: String,
    /// AWS's request id, for support.
    pub request_id: Option<String>,
    /// How long AWS asks to wait, in milliseconds.
    pub retry_after: Option<u64>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {}: {}", self.operation, self.code, self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}
