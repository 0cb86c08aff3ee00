//! The store that the command and the driver share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use finsight_driver::store::Store;
use finsight_engine::state::{Entry, State};
use finsight_state::{KeySealer, LocalStore, StateError};

use crate::crash_point;
use crate::error::CommandError;

/// A store that the command and the driver share.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<LocalStore>>);

impl Shared {
    pub fn new(store: LocalStore) -> Self {
        Self(Arc::new(Mutex::new(store)))
    }

    /// The store itself.
    pub fn held(&self) -> MutexGuard<'_, LocalStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as it is now.
    pub fn state(&self) -> State {
        self.held().state().clone()
    }

    /// What seals and opens secrets; made where there is none yet.
    pub fn sealer(&self) -> Result<Arc<KeySealer>, CommandError> {
        Ok(self.held().sealer()?)
    }

    /// Makes one record durable.
    pub fn append(&self, entries: Vec<Entry>) -> Result<(), CommandError> {
        self.write(vec![entries])?;
        Ok(())
    }

    fn write(&self, records: Vec<Vec<Entry>>) -> Result<(), StateError> {
        let mut store = self.held();
        crash_point::write(records, |records| store.append_group(records).map(|_| ()))
    }
}

impl Store for Shared {
    fn append(&mut self, records: Vec<Vec<Entry>>) -> Result<(), String> {
        self.write(records).map_err(|error| error.to_string())
    }
}
