//! The one way of all commands that change something, by type: each station takes what the one before
//! gives, so that none can be left out.
//!
//! ```text
//! Desk ─▶ Loaded ─▶ Settled ─▶ Read ─▶ Planned ─▶ Judged ─▶ Approved ─▶ its end
//!                                  └─▶ Found ─▶ Taking ─▶ the record
//! ```
//!
//! - `Desk`: options, stack, config, and what was asked of the command from outside.
//! - `Loaded`: the state, read once, under the lock (`Holding`) or without it (`Looking`).
//! - `Settled`: what an earlier run left open is settled; on record with a lock, in thought without one.
//! - `Read`: what is selected was read, or is trusted.
//! - `Planned`: the plan, and what it was made from; `examined` tells all that is in its way, for who only looks.
//! - `Judged`: policy and preflight were asked of this very plan.
//! - `Approved`: the only thing that can be carried out.
//! - `Taking`: live values that are taken into the state, with the same questions asked.

mod ahead;
mod approved;
mod ask;
mod desk;
mod examined;
mod judged;
mod loaded;
mod packages;
mod planned;
mod program;
mod read;
mod record;
mod remnants;
mod saved;
mod settled;
mod store;
mod taking;

use finsight_driver::clock::now;

pub use ahead::{Ahead, Coming};
pub use ask::{ask, ask_or_stop};
pub use desk::{Desk, kept};
pub use loaded::{Access, Holding};
pub use planned::{Aim, Planned, Wish};
pub use program::Program;
pub use read::Read;
pub use saved::Saved;
pub use settled::Settled;
pub use store::Shared;

/// Milliseconds since 1970, as RFC 3339.
pub fn timestamp() -> String {
    finsight_engine::exec::rfc3339(now())
}
