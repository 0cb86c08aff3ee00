//! The seam to a store.

use finsight_engine::state::Entry;

/// A store that makes log records durable.
pub trait Store: Send {
    /// Makes the records durable, in order, all before it returns.
    ///
    /// # Errors
    /// A sentence that says why not; none of the records counts then.
    fn append(&mut self, records: Vec<Vec<Entry>>) -> Result<(), String>;
}

/// A store that forgets: for a preview, which must not write.
pub struct Nowhere;

impl Store for Nowhere {
    fn append(&mut self, _records: Vec<Vec<Entry>>) -> Result<(), String> {
        Ok(())
    }
}

/// What is left of a store whose write panicked: it takes nothing more.
pub(crate) struct Broken;

impl Store for Broken {
    fn append(&mut self, _records: Vec<Vec<Entry>>) -> Result<(), String> {
        Err("the store failed before".to_owned())
    }
}
