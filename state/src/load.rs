//! Reading a store: the newest snapshot, and the log from there.

use std::path::Path;
use std::time::Duration;

use finsight_engine::state::{Entry, State};

use crate::error::StateError;
use crate::frame::{Frame, Kind};
use crate::head::{Head, HeadRead};
use crate::layout::{Layout, read};
use crate::lock;
use crate::log::{Position, Torn, Walked, walk};
use crate::notice::Notice;
use crate::snapshot::{Snapshot, SnapshotRead};

/// What stands on disk. Its secrets are sealed.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub state: State,
    pub head: HeadRead,
    pub end: Position,
    pub torn: Option<Torn>,
    /// Records since the snapshot that it began with.
    pub replayed: u64,
    /// Their bytes.
    pub bytes: u64,
    pub notices: Vec<Notice>,
}

/// What a record holds.
#[derive(Debug)]
pub(crate) enum Content {
    Base(Box<State>),
    Entries(Vec<Entry>),
}

/// Reads a whole record. Its checksum holds, so what cannot be read is no damage: a newer version wrote it.
pub(crate) fn content(kind: Kind, serial: u64, payload: &[u8], path: &Path) -> Result<Content, StateError> {
    let read = match kind {
        Kind::Base => serde_json::from_slice(payload).map(Content::Base),
        _ => serde_json::from_slice(payload).map(Content::Entries),
    };
    read.map_err(|error| StateError::NewerContent {
        file: path.to_owned(),
        what: format!("record {serial}"),
        why: error.to_string(),
    })
}

/// Applies a record to a state that stands just before it.
pub(crate) fn apply(state: &mut State, frame: &Frame<'_>, path: &Path, at: u64) -> Result<(), StateError> {
    match content(frame.kind, frame.serial, frame.payload, path)? {
        Content::Base(base) => {
            if base.stack != state.stack || base.serial != frame.serial {
                let what = format!("record {} holds a state that is not this one's", frame.serial);
                return Err(StateError::damaged(path, at, what));
            }
            *state = *base;
        }
        Content::Entries(entries) => {
            state.replay(frame.version, &entries).map_err(|illegal| StateError::Transition {
                serial: frame.serial,
                why: illegal.to_string(),
            })?;
        }
    }
    if state.serial != frame.serial {
        let what = format!("record {} gives a state at serial {}", frame.serial, state.serial);
        return Err(StateError::damaged(path, at, what));
    }
    Ok(())
}

/// The commit marker; `None` where there is no store at all.
///
/// # Errors
/// When it is missing beside what it should mark, or damaged.
pub(crate) fn read_head(layout: &Layout) -> Result<Option<HeadRead>, StateError> {
    let path = layout.head();
    if let Some(bytes) = read(&path)? {
        return Head::read(&bytes, &path, &layout.stack).map(Some);
    }
    if layout.segment_ids()?.is_empty() && layout.snapshot_serials()?.is_empty() {
        return Ok(None);
    }
    Err(StateError::damaged(&path, 0, "the commit marker of the log is missing"))
}

/// Replays what is on disk once.
pub(crate) fn replay(layout: &Layout) -> Result<Option<Replayed>, StateError> {
    let Some(head) = read_head(layout)? else { return Ok(None) };
    let mut notices = Vec::new();
    let snapshot = newest(layout, &head.head, &mut notices)?;
    let (mut state, from) = match snapshot {
        Some(snapshot) => (snapshot.state, Some(snapshot.position)),
        None => (State::empty(&layout.stack), None),
    };
    let mut first = from.is_none();
    let Walked { end, torn, records, bytes } = walk(layout, &head, from.as_ref(), &mut |frame, path, at| {
        // A log that does not begin at the beginning begins with a whole state.
        if std::mem::take(&mut first) && frame.kind == Kind::Entries && frame.serial != 1 {
            return Err(StateError::damaged(path, at, "the log before this record is missing"));
        }
        apply(&mut state, frame, path, at)
    })?;
    if state.serial != end.serial {
        return Err(StateError::damaged(&layout.head(), 0, "the log does not reach its own serial"));
    }
    if head.torn {
        notices.push(Notice::HeadTorn);
    }
    Ok(Some(Replayed { state, head, end, torn, replayed: records, bytes, notices }))
}

/// The same for a reader without the lock: a writer may be at work meanwhile,
/// so what looks wrong is looked at again before it is believed.
pub(crate) fn replay_beside_writer(layout: &Layout) -> Result<Option<Replayed>, StateError> {
    let mut outcome = replay(layout);
    for _ in 0..4 {
        if !matches!(outcome, Err(StateError::Damaged { .. } | StateError::Io { .. })) {
            break;
        }
        let held = lock::is_held(layout);
        if held {
            std::thread::sleep(Duration::from_millis(10));
        }
        outcome = replay(layout);
        if !held && !lock::is_held(layout) {
            break;
        }
    }
    outcome
}

fn newest(layout: &Layout, head: &Head, notices: &mut Vec<Notice>) -> Result<Option<Snapshot>, StateError> {
    for serial in layout.snapshot_serials()? {
        match Snapshot::read(layout, serial)? {
            // Left over from the log that a repair replaced.
            SnapshotRead::Whole(snapshot) if snapshot.position.segment < head.first => {}
            SnapshotRead::Whole(snapshot) if snapshot.position.serial > head.serial => {
                let what = format!("the snapshot stands at serial {serial}, the log ends at {}", head.serial);
                return Err(StateError::damaged(&layout.snapshot(serial), 16, what));
            }
            SnapshotRead::Whole(snapshot) => return Ok(Some(*snapshot)),
            SnapshotRead::Missing => {}
            SnapshotRead::Flawed(why) => {
                notices.push(Notice::Snapshot { file: layout.snapshot(serial), why });
            }
        }
    }
    Ok(None)
}
