//! Snapshots: the whole state at a serial, so that replay is short.

use finsight_engine::state::State;

use crate::error::StateError;
use crate::files::Files;
use crate::frame::{VERSION, hash_at, text_at, u16_at, u64_at};
use crate::layout::{Layout, read};
use crate::log::Position;

const MAGIC: &[u8; 8] = b"FINSNAP\n";
const FIXED: usize = 80;

/// How many are kept: the newest, and two to fall back on.
pub(crate) const KEPT: usize = 3;

/// A state and the place in the log that it stands at.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub state: State,
    pub position: Position,
}

/// What became of reading a snapshot.
pub(crate) enum SnapshotRead {
    Whole(Box<Snapshot>),
    Missing,
    Flawed(String),
}

impl Snapshot {
    pub fn encode(state: &State, position: &Position) -> Result<Vec<u8>, String> {
        let payload = serde_json::to_vec(state).map_err(|error| error.to_string())?;
        let mut out = Vec::with_capacity(FIXED + state.stack.len() + 32 + payload.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&u16::try_from(state.stack.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        for number in [position.serial, position.segment, position.offset, payload.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&position.chain);
        out.extend_from_slice(state.stack.as_bytes());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&out).update(&payload);
        out.extend_from_slice(hasher.finalize().as_bytes());
        out.extend_from_slice(&payload);
        Ok(out)
    }

    fn decode(bytes: &[u8]) -> Option<(u16, String, Position, &[u8])> {
        let stack_len = usize::from(u16_at(bytes, 10)?);
        let sum_at = FIXED + stack_len;
        let payload = bytes.get(sum_at + 32..)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(bytes.get(..sum_at)?).update(payload);
        let whole = bytes.get(..8)? == MAGIC
            && hash_at(bytes, sum_at)? == *hasher.finalize().as_bytes()
            && u64_at(bytes, 40)? == payload.len() as u64;
        let position = Position {
            serial: u64_at(bytes, 16)?,
            segment: u64_at(bytes, 24)?,
            offset: u64_at(bytes, 32)?,
            chain: hash_at(bytes, 48)?,
        };
        whole.then_some((u16_at(bytes, 8)?, text_at(bytes, FIXED..sum_at)?, position, payload))
    }

    /// Reads the snapshot of a serial.
    ///
    /// # Errors
    /// Where it is whole but of a newer version or of another stack, or cannot be read.
    pub fn read(layout: &Layout, serial: u64) -> Result<SnapshotRead, StateError> {
        let path = layout.snapshot(serial);
        let Some(bytes) = read(&path)? else { return Ok(SnapshotRead::Missing) };
        let Some((version, stack, position, payload)) = Self::decode(&bytes) else {
            return Ok(SnapshotRead::Flawed("its checksum does not hold".to_owned()));
        };
        if version > VERSION {
            return Err(StateError::Newer { file: path, found: version.into(), known: VERSION.into() });
        }
        if stack != layout.stack {
            return Err(StateError::OtherStack { file: path, found: stack, wanted: layout.stack.clone() });
        }
        match serde_json::from_slice::<State>(payload) {
            Ok(state)
                if state.serial == position.serial && state.serial == serial && state.stack == stack =>
            {
                Ok(SnapshotRead::Whole(Box::new(Self { state, position })))
            }
            Ok(_) => Ok(SnapshotRead::Flawed("it stands at another serial than its name says".to_owned())),
            // Its checksum holds: that it cannot be read is no damage.
            Err(error) => Err(StateError::NewerContent {
                file: path,
                what: "the snapshot".to_owned(),
                why: error.to_string(),
            }),
        }
    }

    /// Writes a snapshot, and removes those that are no longer needed; gives its size.
    ///
    /// # Errors
    /// When the disk refuses; the log is not touched by it.
    pub fn write(
        layout: &Layout,
        files: &Files,
        state: &State,
        position: &Position,
    ) -> Result<u64, StateError> {
        let path = layout.snapshot(position.serial);
        let bytes = Self::encode(state, position)
            .map_err(|why| StateError::Transition { serial: position.serial, why })?;
        files.create_dirs(&layout.snapshots())?;
        files.replace(&path, &bytes, true)?;
        for old in layout.snapshot_serials()?.into_iter().skip(KEPT) {
            files.remove(&layout.snapshot(old))?;
        }
        Ok(bytes.len() as u64)
    }
}
