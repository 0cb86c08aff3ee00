//! What can go wrong with a store, each with a stable code.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not do what was asked.
///
/// Every variant has a [`code`](StateError::code), which is the name of its
/// page in the book.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another run holds the lock.
    #[error("the state in {} is locked by {who} since {since}, running `{command}`; wait until it ends", path.display())]
    Locked {
        /// User, host and process.
        who: String,
        /// What it runs.
        command: String,
        /// Since when, RFC 3339.
        since: String,
        /// The lock file.
        path: PathBuf,
    },
    /// The lock was taken away by a forced unlock while this process held it.
    #[error("the lock {} no longer belongs to this run: it was removed by force; nothing more is written", path.display())]
    LockLost {
        /// The lock file.
        path: PathBuf,
    },
    /// Bytes on disk are not those that were written.
    #[error("{} is damaged at byte {offset}: {what}; {way_out}", file.display())]
    Damaged {
        /// The damaged file.
        file: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        what: String,
        /// The commands that help.
        way_out: &'static str,
    },
    /// A newer version of the tool wrote it.
    #[error("this state was written by a newer version of finsight-deploy, use it: {} is in format {found}, this one reads up to {known}; upgrade finsight-deploy", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format version.
        found: u32,
        /// The newest that is understood.
        known: u32,
    },
    /// What is whole cannot be read all the same: another build of the tool wrote it.
    #[error("this state was written by a newer version of finsight-deploy, use it: {what} in {} is whole, and this one cannot read it ({why}); upgrade finsight-deploy", file.display())]
    NewerContent {
        /// The file.
        file: PathBuf,
        /// Which record, or the whole state.
        what: String,
        /// What cannot be read.
        why: String,
    },
    /// What this run wrote to was removed, replaced or written to by another hand.
    #[error("{} is not what this run left: {why}; nothing more is written", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
        /// What became of it.
        why: &'static str,
    },
    /// A file stands where the directory should be.
    #[error("{} is not a directory, so no state can be in it", path.display())]
    NoDirectory {
        /// What stands there.
        path: PathBuf,
    },
    /// The files belong to another stack.
    #[error("{} belongs to stack `{found}`, not to `{wanted}`; put it back under its own name, or use -s {found}", file.display())]
    OtherStack {
        /// The file.
        file: PathBuf,
        /// The stack that it names.
        found: String,
        /// The stack that was asked for.
        wanted: String,
    },
    /// A text that cannot name a stack.
    #[error("`{name}` cannot name a stack: use 1 to 64 letters, digits, `-`, `_` or `.`")]
    Name {
        /// The text.
        name: String,
    },
    /// The data key is missing, damaged, or not the right one.
    #[error("the key of this stack's secrets, {}, cannot be used: {why}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong, and what helps.
        why: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A record that no rule allows, or that cannot be stored as it is.
    #[error("record {serial} is refused: {why}")]
    Transition {
        /// The serial that it has or would have had.
        serial: u64,
        /// The rule.
        why: String,
    },
    /// An earlier write failed in a way that leaves the file in doubt.
    #[error("the store {} takes no more records in this run: {why}; what was acknowledged before is safe, run the command again", path.display())]
    Poisoned {
        /// The store's directory.
        path: PathBuf,
        /// The failure that came first.
        why: String,
    },
    /// A document to import is not one.
    #[error("the document is refused at line {line}, column {column}: {why}")]
    Document {
        /// From 1; 0 where the whole is meant.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// A document to import is older than what stands.
    #[error(
        "the document stands at serial {found}, the state at {current}; importing it would go back in time (--force does it)"
    )]
    Serial {
        /// The document's.
        found: u64,
        /// The store's.
        current: u64,
    },
}

pub(crate) const WAY_OUT: &str = "`finsight-deploy state verify` shows the extent, `finsight-deploy state repair` rebuilds what can be rebuilt and says what is gone";

impl StateError {
    /// The stable code: the name of the error's page in the book.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "STATE-LOCKED",
            Self::LockLost { .. } => "STATE-LOCK-LOST",
            Self::Damaged { .. } => "STATE-DAMAGED",
            Self::Newer { .. } | Self::NewerContent { .. } => "STATE-NEWER",
            Self::Replaced { .. } => "STATE-REPLACED",
            Self::NoDirectory { .. } => "STATE-NO-DIRECTORY",
            Self::OtherStack { .. } => "STATE-OTHER-STACK",
            Self::Name { .. } => "STATE-NAME",
            Self::Key { .. } => "STATE-KEY",
            Self::Io { .. } => "STATE-IO",
            Self::Transition { .. } => "STATE-TRANSITION",
            Self::Poisoned { .. } => "STATE-POISONED",
            Self::Document { .. } => "STATE-DOCUMENT",
            Self::Serial { .. } => "STATE-SERIAL",
        }
    }

    /// Code, message and what helps in one line, for where an error is told among others.
    #[must_use]
    pub fn in_a_line(&self) -> String {
        let code = self.code();
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                format!("{code}: {self}; make room and run the command again: it settles what is open first")
            }
            _ => format!("{code}: {self}"),
        }
    }

    pub(crate) fn damaged(file: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), offset, what: what.into(), way_out: WAY_OUT }
    }

    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    pub(crate) fn key(path: &Path, why: impl Into<String>) -> Self {
        Self::Key { path: path.to_owned(), why: why.into() }
    }
}
