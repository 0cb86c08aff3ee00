//! What a user should hear although nothing failed.

use std::fmt;
use std::path::PathBuf;

/// Something that was found, and set right or worked around, while a store was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A record at the very end was cut off by a crash. It was never acknowledged.
    TornTail {
        /// The segment.
        file: PathBuf,
        /// Where it began.
        offset: u64,
        /// How many bytes of it there were.
        bytes: u64,
        /// Whether they were removed: only a writer does that.
        dropped: bool,
    },
    /// One copy of the commit marker was torn by a crash or is damaged; the other one stands.
    HeadTorn,
    /// A snapshot cannot be used; the log gave the same state.
    Snapshot {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The read index was damaged, missing or behind, and was built again from the log.
    IndexRebuilt {
        /// What was wrong with it.
        why: String,
    },
    /// The read index could not be written; the log holds everything.
    IndexFailed {
        /// Why not.
        why: String,
    },
    /// A snapshot could not be written; the log holds everything.
    SnapshotFailed {
        /// Why not.
        why: String,
    },
    /// What this run wrote was removed or replaced behind it.
    Replaced {
        /// Which file.
        why: String,
    },
    /// An older part of the log is damaged. A snapshot stands in for it, so the state is whole.
    OldDamage {
        /// What is damaged.
        why: String,
    },
    /// The key file is damaged or cannot be opened; no secret on record needs it.
    Key {
        /// What is wrong with it.
        why: String,
    },
    /// A passphrase was given, but the key file is not protected by one.
    KeyNotWrapped,
}

const LATER: &str = "the log holds everything, and the next run that writes makes it anew: make room, then look with `finsight-deploy state verify`";

impl Notice {
    /// The stable code of what a user should see to: the name of its page in the book.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::IndexFailed { .. } | Self::SnapshotFailed { .. } => Some("STATE-UNWRITTEN"),
            Self::Replaced { .. } => Some("STATE-REPLACED"),
            Self::OldDamage { .. } => Some("STATE-DAMAGED"),
            Self::Key { .. } => Some("STATE-KEY"),
            Self::TornTail { .. }
            | Self::HeadTorn
            | Self::Snapshot { .. }
            | Self::IndexRebuilt { .. }
            | Self::KeyNotWrapped => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornTail { file, offset, bytes, dropped } => {
                let then = if *dropped { "was removed" } else { "is ignored" };
                write!(
                    f,
                    "a record at the end of {} (byte {offset}, {bytes} bytes) was cut off by a crash; it was never acknowledged and {then}",
                    file.display()
                )
            }
            Self::HeadTorn => {
                f.write_str("one copy of the log's commit marker was not whole; the other one stands")
            }
            Self::Snapshot { file, why } => {
                write!(
                    f,
                    "the snapshot {} cannot be used ({why}); the log was replayed instead",
                    file.display()
                )
            }
            Self::IndexRebuilt { why } => write!(f, "the read index was built again from the log: {why}"),
            Self::IndexFailed { why } => {
                write!(f, "the read index could not be written ({why}); {LATER}")
            }
            Self::SnapshotFailed { why } => {
                write!(f, "a snapshot could not be written ({why}); {LATER}")
            }
            Self::Replaced { why } => {
                write!(f, "{why}; `finsight-deploy state verify` shows what is left")
            }
            Self::OldDamage { why } => write!(
                f,
                "an older part of the log is damaged; the state is whole by its snapshot, but run `finsight-deploy state repair`: {why}"
            ),
            Self::Key { why } => {
                write!(f, "the key file cannot be used, though no secret needs it now: {why}")
            }
            Self::KeyNotWrapped => f.write_str(
                "secrets.key is not protected by the passphrase; `finsight-deploy secret rotate-key` does it",
            ),
        }
    }
}
