//! One writer at a time.
//!
//! The lock is the operating system's, on an open file: it goes with the
//! process, so what a dead one wrote into the file is no obstacle.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::StateError;
use crate::files::same_file;
use crate::layout::Layout;

/// Who holds a lock: what another run is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// User and host, such as `ana@build-3`.
    pub who: String,
    /// The process.
    pub pid: u32,
    /// What it runs.
    pub command: String,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Holder {
    /// This process, from now on.
    #[must_use]
    pub fn now(who: &str, command: &str) -> Self {
        Self::at(who, command, jiff::Timestamp::now())
    }

    /// This process, from a given time on.
    #[must_use]
    pub fn at(who: &str, command: &str, since: jiff::Timestamp) -> Self {
        Self {
            who: who.to_owned(),
            pid: std::process::id(),
            command: command.to_owned(),
            since: since.to_string(),
        }
    }
}

/// A lock that somebody holds, and what its file says of who that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(pub Option<Holder>);

/// A held lock; released when dropped.
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

/// A reader that looks whether a writer is there holds the file for microseconds.
const TRIES: u32 = 5;

impl Lock {
    pub fn take(layout: &Layout, holder: &Holder) -> Result<Self, StateError> {
        let path = layout.lock();
        for attempt in 1.. {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(StateError::io("open", &path))?;
            match file.try_lock() {
                // Removed by force between opening and locking: the name is another file now.
                Ok(()) if !same_file(&file, &path) => {}
                Ok(()) => {
                    let mut lock = Self { file, path };
                    lock.note(holder)?;
                    return Ok(lock);
                }
                Err(TryLockError::WouldBlock) if attempt >= TRIES => return Err(locked(&path)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) => return Err(StateError::io("lock", &path)(error)),
            }
        }
        Err(locked(&path))
    }

    fn note(&mut self, holder: &Holder) -> Result<(), StateError> {
        let text = serde_json::to_vec(holder).unwrap_or_default();
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .and_then(|_| self.file.write_all(&text))
            .map_err(StateError::io("write", &self.path))
    }

    /// # Errors
    /// [`StateError::LockLost`] when the file was removed by force.
    pub fn check(&self) -> Result<(), StateError> {
        if same_file(&self.file, &self.path) {
            Ok(())
        } else {
            Err(StateError::LockLost { path: self.path.clone() })
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty lock file is what a finished run leaves, so that a run that changes nothing
        // leaves the same bytes. A failure is harmless: the lock goes with the file.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn locked(path: &Path) -> StateError {
    let holder = holder(path);
    let (who, command, since) = match holder {
        Some(holder) => (format!("{} (process {})", holder.who, holder.pid), holder.command, holder.since),
        None => ("another run".to_owned(), "unknown".to_owned(), "an unknown time".to_owned()),
    };
    StateError::Locked { who, command, since, path: path.to_owned() }
}

pub(crate) fn holder(path: &Path) -> Option<Holder> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Whether a writer holds the lock now.
pub(crate) fn is_held(layout: &Layout) -> bool {
    let Ok(file) = File::open(layout.lock()) else { return false };
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = file.unlock();
            false
        }
        Err(_) => true,
    }
}

/// Removes the lock file, whoever holds it; gives what it said.
pub(crate) fn remove(layout: &Layout) -> Result<Option<Holder>, StateError> {
    let path = layout.lock();
    let was = holder(&path);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StateError::io("remove", &path)(error))
        }
        _ => Ok(was),
    }
}
