//! Opening a store: what readers and the writer have in common.

use std::path::Path;
use std::sync::Arc;

use finsight_engine::state::State;

use crate::error::StateError;
use crate::files::Files;
use crate::index::{self, Found};
use crate::key::KeySealer;
use crate::keyfile::KeyFile;
use crate::layout::{Layout, Presence, names};
use crate::load::{read_head, replay, replay_beside_writer};
use crate::lock;
use crate::log::walk;
use crate::notice::Notice;
use crate::sealing;
use crate::store::Loaded;
use crate::writer::Writer;

/// Reads without the lock; secrets stay sealed.
pub(crate) fn read_sealed(layout: &Layout) -> Result<Loaded, StateError> {
    let presence = layout.presence()?;
    let loaded = |state: State, presence: Presence, notices: Vec<Notice>| {
        let (serial, place) = (state.serial, layout.root.clone());
        Loaded { state, serial, presence, place, sealer: None, notices }
    };
    let Some(replayed) = replay_beside_writer(layout)? else {
        return Ok(loaded(State::empty(&layout.stack), presence, Vec::new()));
    };
    let mut notices = replayed.notices;
    if lock::is_held(layout) {
        // What a writer is about to finish is no news.
        notices.retain(|notice| !matches!(notice, Notice::HeadTorn));
    } else if let Some(torn) = replayed.torn {
        let (file, offset, bytes) = (layout.segment(torn.segment), torn.offset, torn.bytes);
        notices.push(Notice::TornTail { file, offset, bytes, dropped: false });
    }
    // A writer may have begun since it was looked.
    Ok(loaded(replayed.state, Presence::Records, notices))
}

/// Opens a state's secrets. A key that cannot be used is an error only where it is needed.
pub(crate) fn unlock_secrets(
    layout: &Layout,
    state: &mut State,
    passphrase: Option<&str>,
) -> Result<(Option<Arc<KeySealer>>, Option<Notice>), StateError> {
    let path = layout.key();
    let needed = sealing::count(state) > 0;
    let file = KeyFile::read(layout)?;
    let wrapped = matches!(file, KeyFile::Wrapped(_));
    let plain_despite = matches!(file, KeyFile::Plain(_)) && passphrase.is_some();
    // Without a passphrase a wrapped key stays shut until something is sealed.
    if wrapped && passphrase.is_none() && !needed {
        return Ok((None, None));
    }
    match file.open(&path, passphrase) {
        Ok(Some(sealer)) => {
            sealing::open_state(state, &sealer).map_err(|why| StateError::key(&path, why))?;
            Ok((Some(Arc::new(sealer)), plain_despite.then_some(Notice::KeyNotWrapped)))
        }
        Ok(None) if needed => {
            let why = "it is missing, and the state holds secrets; restore it from a backup, or run `finsight-deploy state repair --forget-secrets`";
            Err(StateError::key(&path, why))
        }
        Ok(None) => Ok((None, None)),
        Err(error) if needed || wrapped => Err(error),
        Err(error) => Ok((None, Some(Notice::Key { why: error.to_string() }))),
    }
}

/// A log opened for writing, its secrets sealed.
pub(crate) struct Opened {
    pub writer: Writer,
    pub state: State,
    pub notices: Vec<Notice>,
    pub since_snapshot: Since,
}

/// How far the log has gone on since the newest snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Since {
    pub records: u64,
    pub bytes: u64,
    /// The size of that snapshot.
    pub snapshot: u64,
}

impl Since {
    /// Whether a snapshot is due: it costs as much as there is on record, so it waits until the log has grown
    /// by as much. That way a record costs the same however much there is, and a replay stays short.
    pub fn is_due(&self, every: u64) -> bool {
        self.records >= every && self.bytes >= self.snapshot
    }
}

/// Opens the log under the lock, and sets right what a crash left.
pub(crate) fn open_log(layout: &Layout, files: &Files, segment_size: u64) -> Result<Opened, StateError> {
    let Some(replayed) = replay(layout)? else {
        let writer = Writer::fresh(layout, files, segment_size, None);
        let state = State::empty(&layout.stack);
        return Ok(Opened { writer, state, notices: Vec::new(), since_snapshot: Since::default() });
    };
    let (writer, settled) = Writer::settle(layout, files, segment_size, &replayed)?;
    let mut notices = replayed.notices;
    notices.extend(settled);
    remove_leftovers(layout, files, replayed.head.head.first)?;
    if let Some(head) = read_head(layout)?
        && let Err(error) = walk(layout, &head, None, &mut |_, _, _| Ok(()))
    {
        notices.push(Notice::OldDamage { why: error.to_string() });
    }
    notices.extend(check_index(layout, files, &replayed.state, &writer));
    let snapshot = layout.snapshot_serials()?.first().map_or(0, |serial| size(&layout.snapshot(*serial)));
    let since_snapshot = Since { records: replayed.replayed, bytes: replayed.bytes, snapshot };
    let state = replayed.state;
    Ok(Opened { writer, state, notices, since_snapshot })
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |meta| meta.len())
}

/// Brings the index to the state if it is not there. It follows from the log: whatever is wrong with it, a run goes on.
fn check_index(layout: &Layout, files: &Files, state: &State, writer: &Writer) -> Option<Notice> {
    let end = writer.end();
    let why = match index::find(layout) {
        Ok(Found::Missing) if state.serial == 0 => return None,
        Ok(Found::Missing) => "it was missing".to_owned(),
        Ok(Found::Flawed(why)) => why,
        Ok(Found::Whole(manifest)) => {
            let chain = blake3::Hash::from(end.chain).to_hex();
            if manifest.serial == end.serial && manifest.chain == chain.as_str() {
                return None;
            }
            format!("it stood at serial {}, the log at {}", manifest.serial, end.serial)
        }
        Err(error) => error.to_string(),
    };
    Some(match index::write(layout, files, state, &end.chain) {
        Ok(()) => Notice::IndexRebuilt { why },
        Err(why) => Notice::IndexFailed { why },
    })
}

/// Removes half-written files, and what a repair has already put aside.
fn remove_leftovers(layout: &Layout, files: &Files, first: u64) -> Result<(), StateError> {
    for (dir, needed) in [
        (layout.root.clone(), true),
        (layout.log(), true),
        (layout.snapshots(), true),
        (layout.index(), false),
    ] {
        let found = match names(&dir) {
            Err(_) if !needed => continue,
            found => found?,
        };
        for name in found.iter().filter(|name| name.ends_with(".tmp")) {
            files.remove(&dir.join(name))?;
        }
    }
    for id in layout.segment_ids()?.into_iter().filter(|id| *id < first) {
        files.remove(&layout.segment(id))?;
    }
    Ok(())
}
