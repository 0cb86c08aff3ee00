//! The local store: reading it, and writing to it under its lock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use finsight_engine::state::{Entry, State};
use finsight_engine::undo::Undo;
use zeroize::Zeroizing;

use crate::document::{judge, parse_document};
use crate::error::StateError;
use crate::files::{Faults, Files};
use crate::frame::{Kind, MAX_PAYLOAD};
use crate::index::{self, Index};
use crate::key::KeySealer;
use crate::keyfile::{self, KeyAbout, KeyFile};
use crate::layout::{Layout, Presence};
use crate::load::read_head;
use crate::lock::{self, Held, Holder, Lock};
use crate::notice::Notice;
use crate::open::{self, Since};
use crate::sealing;
use crate::snapshot::Snapshot;
use crate::writer::{Record, SEGMENT, Writer};

/// A run that ends without finishing an update leaves a snapshot all the same from so many records on.
const SNAPSHOT_AFTER: u64 = 64;
/// A long update leaves one on its way, so that replay stays short wherever it is killed.
const SNAPSHOT_EVERY: u64 = 256;

/// What a reader gets.
pub struct Loaded {
    /// The state; empty where there is no store.
    pub state: State,
    /// The serial of exactly this state: a plan that is made from it is tied to this number.
    pub serial: u64,
    /// What was there.
    pub presence: Presence,
    /// Where it was looked for.
    pub place: PathBuf,
    /// The stack's sealer, where a key exists and was asked for.
    pub sealer: Option<Arc<KeySealer>>,
    /// What the user should hear.
    pub notices: Vec<Notice>,
}

/// How a store is opened for writing, where the defaults do not fit.
#[derive(Clone)]
pub struct LockOptions {
    /// Makes file operations fail, in tests.
    pub faults: Option<Arc<dyn Faults>>,
    /// The size in bytes from which on a segment of the log gets a successor.
    pub segment_size: u64,
}

impl Default for LockOptions {
    fn default() -> Self {
        Self { faults: None, segment_size: SEGMENT }
    }
}

/// The store of one stack on the local disk, held by its lock.
///
/// The files are under `<base>/<stack>/`: `log/` is the truth, `head` says up
/// to where it was acknowledged, `snapshots/` and `index/` follow from it,
/// `secrets.key` opens its secrets, `lock` is held by the one writer.
pub struct LocalStore {
    lock: Lock,
    layout: Layout,
    files: Files,
    writer: Writer,
    state: State,
    sealer: Option<Arc<KeySealer>>,
    passphrase: Option<Zeroizing<String>>,
    notices: Vec<Notice>,
    since_snapshot: Since,
    /// Records were appended that the index does not show yet.
    index_behind: bool,
}

impl LocalStore {
    /// Reads the state with its secrets opened. It takes no lock and writes nothing.
    ///
    /// # Errors
    /// Damage, a newer version, another stack's files, and a key that is needed and cannot be used.
    pub fn read(base: &Path, stack: &str, passphrase: Option<&str>) -> Result<Loaded, StateError> {
        let layout = Layout::new(base, stack)?;
        let mut loaded = open::read_sealed(&layout)?;
        let (sealer, notice) = open::unlock_secrets(&layout, &mut loaded.state, passphrase)?;
        loaded.sealer = sealer;
        loaded.notices.extend(notice);
        Ok(loaded)
    }

    /// Reads the state with its secrets sealed, which needs no key: for lists, history and export.
    ///
    /// # Errors
    /// Damage, a newer version, another stack's files.
    pub fn read_sealed(base: &Path, stack: &str) -> Result<Loaded, StateError> {
        open::read_sealed(&Layout::new(base, stack)?)
    }

    /// Opens the read index from a copy in `scratch`, an empty directory of the caller's.
    ///
    /// `None` where there is none, or where it is not at the log's serial: then
    /// [`read_sealed`](Self::read_sealed) has the answer.
    ///
    /// # Errors
    /// When files cannot be read or copied, and as [`read`](Self::read).
    pub fn index(base: &Path, stack: &str, scratch: &Path) -> Result<Option<Index>, StateError> {
        let layout = Layout::new(base, stack)?;
        layout.presence()?;
        let Some(head) = read_head(&layout)? else { return Ok(None) };
        let index = Index::open(&layout, scratch)?;
        let chain = blake3::Hash::from(head.head.chain).to_hex();
        Ok(index.filter(|index| index.serial() == head.head.serial && index.chain() == chain.as_str()))
    }

    /// Takes the lock and opens the store for writing. An intact store's files stay as they are.
    ///
    /// # Errors
    /// [`StateError::Locked`], and as [`read`](Self::read).
    pub fn lock(
        base: &Path,
        stack: &str,
        holder: &Holder,
        passphrase: Option<&str>,
    ) -> Result<Self, StateError> {
        Self::lock_with(base, stack, holder, passphrase, LockOptions::default())
    }

    /// [`lock`](Self::lock) with other than the default options.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    pub fn lock_with(
        base: &Path,
        stack: &str,
        holder: &Holder,
        passphrase: Option<&str>,
        options: LockOptions,
    ) -> Result<Self, StateError> {
        let layout = Layout::new(base, stack)?;
        layout.presence()?;
        let files = Files::with(options.faults);
        files.create_dirs(&layout.root)?;
        let lock = Lock::take(&layout, holder)?;
        let mut opened = open::open_log(&layout, &files, options.segment_size)?;
        let (sealer, notice) = open::unlock_secrets(&layout, &mut opened.state, passphrase)?;
        opened.notices.extend(notice);
        let passphrase = passphrase.map(|text| Zeroizing::new(text.to_owned()));
        Ok(Self {
            lock,
            layout,
            files,
            writer: opened.writer,
            state: opened.state,
            sealer,
            passphrase,
            notices: opened.notices,
            since_snapshot: opened.since_snapshot,
            index_behind: false,
        })
    }

    /// The state as it stands, its secrets opened.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What the user should hear, in the order in which it was found.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Appends one record; it is on disk when this returns, with the new serial.
    ///
    /// # Errors
    /// As [`append_group`](Self::append_group).
    pub fn append(&mut self, entries: Vec<Entry>) -> Result<u64, StateError> {
        self.append_group(vec![entries])
    }

    /// Appends several records with one wait for the disk; gives the serial of the last.
    ///
    /// Records without entries are left out. All secrets are sealed before anything is written.
    ///
    /// # Errors
    /// A record that [`State::apply`] refuses (nothing is written then), a lost lock, a key that
    /// cannot be made, a disk that refuses: the state then is as it was.
    pub fn append_group(&mut self, records: Vec<Vec<Entry>>) -> Result<u64, StateError> {
        // The state is changed in place: a copy would cost as much as there is on record.
        let mut undo = Vec::new();
        let finished = match self.write(records, &mut undo) {
            Ok(finished) => finished,
            Err(error) => {
                undo.into_iter().rev().for_each(|undo| undo.restore(&mut self.state));
                return Err(error);
            }
        };
        if finished {
            self.leave_snapshot();
            self.leave_index();
        } else if self.since_snapshot.is_due(SNAPSHOT_EVERY) {
            self.leave_snapshot();
        }
        Ok(self.state.serial)
    }

    /// Judges, seals and writes records; gives whether an update ended with them.
    fn write(&mut self, records: Vec<Vec<Entry>>, undo: &mut Vec<Undo>) -> Result<bool, StateError> {
        let mut prepared = Vec::new();
        let mut finished = false;
        for mut entries in records.into_iter().filter(|entries| !entries.is_empty()) {
            let serial = self.state.serial + 1;
            let refused = |why: String| StateError::Transition { serial, why };
            if sealing::entries_have_secrets(&mut entries) {
                sealing::seal_entries(&mut entries, &*self.sealer()?).map_err(refused)?;
            }
            let payload = serde_json::to_vec(&entries).map_err(|error| refused(error.to_string()))?;
            // What cannot be read back as it was is not written: a number that JSON does not know
            // would make the log unreadable for ever.
            let same = serde_json::from_slice::<Vec<Entry>>(&payload).is_ok_and(|back| back == entries);
            if !same || payload.len() > MAX_PAYLOAD {
                return Err(refused("it cannot be stored as it is".to_owned()));
            }
            undo.push(self.state.apply_reversibly(&entries).map_err(|illegal| refused(illegal.to_string()))?);
            finished |= entries.iter().any(|entry| matches!(entry, Entry::UpdateFinished { .. }));
            prepared.push(Record { kind: Kind::Entries, serial, payload });
        }
        if !prepared.is_empty() {
            self.commit(&prepared)?;
        }
        Ok(finished)
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StateError> {
        self.lock.check()?;
        self.writer.append(records)?;
        self.since_snapshot.records += records.len() as u64;
        self.since_snapshot.bytes += records.iter().map(|record| record.payload.len() as u64).sum::<u64>();
        self.index_behind = true;
        Ok(())
    }

    /// Makes `state` the whole content, as one record.
    fn commit_base(&mut self, state: State) -> Result<u64, StateError> {
        let serial = state.serial;
        let refused = |why: String| StateError::Transition { serial, why };
        judge(&state).map_err(|(_, why)| refused(why))?;
        let payload = serde_json::to_vec(&state).map_err(|error| refused(error.to_string()))?;
        let same = serde_json::from_slice::<State>(&payload).is_ok_and(|back| back == state);
        if !same || payload.len() > MAX_PAYLOAD {
            return Err(refused("it cannot be stored as it is".to_owned()));
        }
        self.commit(&[Record { kind: Kind::Base, serial, payload }])?;
        self.state = state;
        self.leave_snapshot();
        self.leave_index();
        Ok(serial)
    }

    /// The sealer of this stack; its key is made at the first call that finds none.
    ///
    /// # Errors
    /// When the key file cannot be written, or is there and could not be opened.
    pub fn sealer(&mut self) -> Result<Arc<KeySealer>, StateError> {
        if let Some(sealer) = &self.sealer {
            return Ok(Arc::clone(sealer));
        }
        self.lock.check()?;
        let passphrase = self.passphrase.as_ref().map(|text| text.as_str());
        let found = KeyFile::read(&self.layout)?.open(&self.layout.key(), passphrase)?;
        let sealer = match found {
            Some(sealer) => sealer,
            None => {
                let sealer = KeySealer::generate();
                keyfile::write(&self.layout, &self.files, &sealer, passphrase)?;
                sealer
            }
        };
        let sealer = Arc::new(sealer);
        self.sealer = Some(Arc::clone(&sealer));
        Ok(sealer)
    }

    /// Makes a new data key, protected by `passphrase` where one is given, and seals every secret
    /// of the state with it. Older keys stay in the file, for the log's older records.
    ///
    /// # Errors
    /// As [`append`](Self::append). After a failure every secret still opens.
    pub fn rotate_key(&mut self, passphrase: Option<&str>) -> Result<u64, StateError> {
        let new = Arc::new(self.sealer()?.rotated());
        keyfile::write(&self.layout, &self.files, &new, passphrase)?;
        self.passphrase = passphrase.map(|text| Zeroizing::new(text.to_owned()));
        self.sealer = Some(Arc::clone(&new));
        if sealing::count(&self.state) == 0 {
            return Ok(self.state.serial);
        }
        let mut state = self.state.clone();
        sealing::reseal_state(&mut state, &new);
        state.serial += 1;
        self.commit_base(state)
    }

    /// Replaces the state by that of an exported document; gives the new serial.
    ///
    /// A document equal to what stands changes nothing. The new serial is the document's, or the
    /// next one where the store is as far already, so that no older plan fits.
    ///
    /// # Errors
    /// A document that is refused ([`parse_document`]), a lower serial without `force`, secrets
    /// that this stack's key does not open, and as [`append`](Self::append).
    pub fn import(&mut self, text: &str, force: bool) -> Result<u64, StateError> {
        let mut state = parse_document(text, &self.layout.stack)?;
        if sealing::count(&state) > 0 {
            let path = self.layout.key();
            let Some(sealer) = &self.sealer else {
                let why = "the document holds secrets, and there is no key to open them with; copy secrets.key from where it was exported";
                return Err(StateError::key(&path, why));
            };
            sealing::open_state(&mut state, sealer).map_err(|why| StateError::key(&path, why))?;
        }
        if state == self.state {
            return Ok(self.state.serial);
        }
        if state.serial < self.state.serial && !force {
            return Err(StateError::Serial { found: state.serial, current: self.state.serial });
        }
        state.serial = state.serial.max(self.state.serial + 1);
        self.commit_base(state)
    }

    /// A snapshot and the index follow from the log: when one cannot be written, nothing is lost.
    fn leave_snapshot(&mut self) {
        match Snapshot::write(&self.layout, &self.files, &self.state, self.writer.end()) {
            Ok(snapshot) => self.since_snapshot = Since { snapshot, ..Since::default() },
            Err(error) => self.notices.push(Notice::SnapshotFailed { why: error.to_string() }),
        }
    }

    fn leave_index(&mut self) {
        match index::write(&self.layout, &self.files, &self.state, &self.writer.end().chain) {
            Ok(()) => self.index_behind = false,
            Err(why) => self.notices.push(Notice::IndexFailed { why }),
        }
    }

    /// Leaves index and snapshot where they should be and releases the lock; gives what the user
    /// should hear of this run. Dropping the store instead loses nothing, as the log has it all.
    #[must_use]
    pub fn close(mut self) -> Vec<Notice> {
        self.finish()
    }

    /// [`close`](Self::close) for a store that others hold too: the lock goes with the last of them.
    #[must_use]
    pub fn finish(&mut self) -> Vec<Notice> {
        match self.lock.check().and_then(|()| self.writer.check()) {
            Ok(()) if self.index_behind => {
                if self.since_snapshot.records >= SNAPSHOT_AFTER {
                    self.leave_snapshot();
                }
                self.leave_index();
            }
            // Whoever forced the lock knows it, and a refused record has said it.
            Ok(()) | Err(StateError::LockLost { .. }) => {}
            Err(error) => self.notices.push(Notice::Replaced { why: error.to_string() }),
        }
        std::mem::take(&mut self.notices)
    }

    /// Who holds the lock now, without waiting for it; the file of one that is held may not say.
    ///
    /// # Errors
    /// When the name is none of a stack.
    pub fn held_by(base: &Path, stack: &str) -> Result<Option<Held>, StateError> {
        let layout = Layout::new(base, stack)?;
        Ok(lock::is_held(&layout).then(|| Held(lock::holder(&layout.lock()))))
    }

    /// What can be told of the file of the secrets' key without a passphrase; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn key(base: &Path, stack: &str) -> Result<Option<KeyAbout>, StateError> {
        keyfile::about(&Layout::new(base, stack)?)
    }

    /// Removes the lock, whoever holds it; gives what it said.
    ///
    /// A dead process's lock is released by the system, so this is for network file systems that
    /// do not. A holder that still lives notices it at its next record and writes no more.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn force_unlock(base: &Path, stack: &str) -> Result<Option<Holder>, StateError> {
        lock::remove(&Layout::new(base, stack)?)
    }
}
