//! The store that the command and the driver share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use finsight_driver::store::Store;
use finsight_engine::state::{Entry, State};
use finsight_state::{KeySealer, LocalStore, Notice, StateError};

use crate::crash_point;
use crate::error::{CommandError, FAILED};
use crate::render;

/// A store that the command and the driver share.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Held>>);

/// The store, and what of it was said to the user.
struct Held {
    store: LocalStore,
    said: Vec<Notice>,
    /// Whether nothing was written since it was left as it should be.
    finished: bool,
}

impl Held {
    /// Leaves index and snapshot where they should be; gives what was not said yet.
    fn finish(&mut self) -> Vec<Notice> {
        if std::mem::replace(&mut self.finished, true) {
            return Vec::new();
        }
        let mut news: Vec<Notice> = Vec::new();
        for notice in self.store.finish() {
            if !self.said.contains(&notice) && !news.contains(&notice) {
                news.push(notice);
            }
        }
        self.said.extend(news.iter().cloned());
        news
    }
}

impl Drop for Held {
    /// However a command ends, what is wrong with its state is not kept from people.
    fn drop(&mut self) {
        render::notices(&self.finish());
    }
}

impl Shared {
    /// A store that was just opened; what was set right meanwhile is said.
    pub fn new(store: LocalStore) -> Self {
        render::notices(store.notices());
        let said = store.notices().to_vec();
        Self(Arc::new(Mutex::new(Held { store, said, finished: false })))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves index and snapshot where they should be; gives what the user should hear of it.
    pub fn finish(&self) -> Vec<Notice> {
        self.held().finish()
    }

    /// The end of a command that did what it should: says what is wrong with its state, and gives the exit code.
    pub fn end(&self) -> u8 {
        let notices = self.finish();
        render::notices(&notices);
        if is_lost(&notices) { FAILED } else { 0 }
    }

    /// The state as it is now.
    pub fn state(&self) -> State {
        self.held().store.state().clone()
    }

    /// What seals and opens secrets; made where there is none yet.
    pub fn sealer(&self) -> Result<Arc<KeySealer>, CommandError> {
        Ok(self.held().store.sealer()?)
    }

    /// Makes one record durable.
    pub fn append(&self, entries: Vec<Entry>) -> Result<(), CommandError> {
        self.write(vec![entries])?;
        Ok(())
    }

    /// Replaces the state by that of an exported document; gives the new serial.
    pub fn import(&self, text: &str, force: bool) -> Result<u64, CommandError> {
        let mut held = self.held();
        held.finished = false;
        Ok(held.store.import(text, force)?)
    }

    fn write(&self, records: Vec<Vec<Entry>>) -> Result<(), StateError> {
        let mut held = self.held();
        held.finished = false;
        crash_point::write(records, |records| held.store.append_group(records).map(|_| ()))
    }
}

/// Why a run could not go on that cannot write its state.
pub fn unwritten(why: &str) -> CommandError {
    CommandError::new(
        "EXEC-STORE",
        format!("the state could not be written: {why}"),
        "what was sent is on record as begun; make room, or set right what the message names, and run the command \
         again: it settles what is open first",
    )
}

/// Whether what was written is not where it was written to: the command did its work, and its record is not safe.
pub fn is_lost(notices: &[Notice]) -> bool {
    notices.iter().any(|notice| matches!(notice, Notice::Replaced { .. }))
}

impl Store for Shared {
    fn append(&mut self, records: Vec<Vec<Entry>>) -> Result<(), String> {
        self.write(records).map_err(|error| error.to_string())
    }
}
