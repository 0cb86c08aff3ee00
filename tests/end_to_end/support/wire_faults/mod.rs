//! Faults on the wire: a proxy between the real binary and an AWS endpoint, that makes by a seed what the
//! networks and services of the world make.
//!
//! [`Wire::new`] puts a proxy before an endpoint; `Site::at(stack, &wire.url)` sends the binary through it.
//! [`Wire::set`] says what goes wrong from now on: a [`Storm`] of one [`Weather`] and a seed, or anything
//! else that implements [`Faults`]; [`Wire::calm`] ends it. The same seed gives the same faults: which call
//! is hit is a hash of the seed, the operation and how often it was called, so it does not depend on the order
//! in which parallel calls arrive.
//!
//! | [`Weather`] | what happens |
//! | --- | --- |
//! | `Throttled` | every fifth call is refused for the rate, with the code and body of its own protocol |
//! | `Cut` | one connection in twenty is cut: before the call went through, or after it |
//! | `Broken` | one call in ten is answered 500, before its effect or after it |
//! | `Unreadable` | one call in twenty has its effect, and its answer is 200 with an empty, cut off, HTML or garbage body |
//! | `Outage` | no connection is taken for a while, in the middle of a run |
//! | `Expired` | from some call on the credentials are expired, until others are used |
//! | `SkewAnswers` | one call in twenty is refused for the clock |
//! | `Clock` | from some call on AWS's clock is twenty minutes ahead; its `Date` headers say so |
//! | `LateParents` | the first calls of each operation upon something new do not find it |
//! | `Weights` | Lambda refuses provisioned concurrency while an alias moves |

pub mod answers;
mod call;
mod http;
mod proxy;
mod storm;

pub use call::Call;
pub use proxy::Wire;
pub use storm::{Storm, Weather};

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It goes through.
    Pass,
    /// It goes through this much later, or never if nobody waits any more.
    Late(std::time::Duration),
    /// It is refused, without effect.
    Refuse(Refusal),
    /// It has its effect, and is answered as if it was refused.
    RefuseAfter(Refusal),
    /// The connection is cut before it has an effect.
    CutBefore,
    /// It has its effect, and the connection is cut.
    CutAfter,
    /// It has its effect, and the answer has another body.
    Spoil(Spoiled),
    /// It has its effect, and a text of the answer is another one.
    Rewrite(&'static str, &'static str),
    /// From now on and for so long no connection is taken; those that stand are cut.
    Outage(std::time::Duration),
}

/// A refusal as AWS words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned() }
    }
}

/// What a proxy on the way, or a broken service, makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoiled {
    Empty,
    CutOff,
    Html,
    Garbage,
}

/// Decides what happens to each call.
pub trait Faults: Send + Sync {
    fn meet(&self, call: &Call) -> Act;

    /// Seconds by which AWS's clock is ahead of ours.
    fn ahead(&self) -> i64 {
        0
    }
}
