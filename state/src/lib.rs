//! The store of a stack's state on the local disk.
//!
//! The **operation log is the truth**: segments of records, each with its
//! serial, a checksum, and the hash of the record before, forced to disk
//! before it is acknowledged. Snapshots keep replay short. The read index, in
//! sled, is a projection of the log with the serial that it stands at, and is
//! built again wherever it is not exactly what was left.
//!
//! What holds, whatever happens to the files:
//!
//! - a record that was acknowledged is there after any crash;
//! - damage is an error that says where, or a notice where the log made up
//!   for it; never a panic, and never another state without a word;
//! - reading takes no lock and writes nothing, and neither does opening an
//!   intact store for writing;
//! - no byte on disk shows a secret.
//!
//! The library prints nothing and reads no environment: the passphrase, the
//! holder of the lock and scratch directories come from the caller.

mod document;
mod error;
mod files;
mod frame;
mod head;
mod index;
mod key;
mod keyfile;
mod layout;
mod load;
mod lock;
mod log;
mod notice;
mod open;
mod repair;
mod salvage;
mod sealing;
mod snapshot;
mod store;
mod verify;
mod writer;

pub use document::{DOCUMENT_VERSION, export, parse_document};
pub use error::StateError;
pub use files::{Fault, Faults, FileOp};
pub use index::Index;
pub use key::{KeySealer, random_text};
pub use keyfile::KeyAbout;
pub use layout::Presence;
pub use lock::{Held, Holder};
pub use notice::Notice;
pub use repair::{RepairOptions, RepairReport, repair, repair_with};
pub use salvage::Loss;
pub use store::{Loaded, LocalStore, LockOptions};
pub use verify::{Finding, Report, Severity, verify};
