//! The commit marker: up to where the log was acknowledged.
//!
//! Without it a flipped bit in the last record could not be told from a
//! record that a crash cut off. It is written and forced to disk after the
//! log and before a record is acknowledged, into two slots in turn, so that a
//! crash in the middle leaves the other one.

use std::path::Path;

use crate::error::StateError;
use crate::frame::{Hash, VERSION, hash_at, seal, text_at, u16_at, u64_at};

const MAGIC: &[u8; 8] = b"FINHEAD\n";
const FIXED: usize = 88;
/// A slot is a page, so that writing one does not touch the other.
const SLOT: usize = 4096;
pub(crate) const SIZE: usize = 2 * SLOT;

/// Where the acknowledged log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub version: u16,
    pub stack: String,
    /// Counts the writes; decides which slot is newer.
    pub generation: u64,
    pub serial: u64,
    /// Segments before this one belong to a log that a repair has replaced.
    pub first: u64,
    /// The segment that holds the last acknowledged record; 0 before there is one.
    pub segment: u64,
    /// The byte after it.
    pub end: u64,
    pub chain: Hash,
}

/// What the file says.
#[derive(Debug, Clone)]
pub(crate) struct HeadRead {
    pub head: Head,
    /// The other slot is neither whole nor unused: a crash, or damage.
    pub torn: bool,
}

impl Head {
    /// The head of a store without records.
    pub fn empty(stack: &str) -> Self {
        Self {
            version: VERSION,
            stack: stack.to_owned(),
            generation: 0,
            serial: 0,
            first: 1,
            segment: 0,
            end: 0,
            chain: [0; 32],
        }
    }

    /// The slot's bytes and where in the file they belong.
    pub fn slot(&self) -> (Vec<u8>, u64) {
        let mut out = Vec::with_capacity(SLOT);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&u16::try_from(self.stack.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        for number in [self.generation, self.serial, self.first, self.segment, self.end] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.chain);
        out.extend_from_slice(self.stack.as_bytes());
        let mut out = seal(out);
        out.resize(SLOT, 0);
        (out, (self.generation % 2) * SLOT as u64)
    }

    /// A whole file that holds this head alone.
    pub fn file(&self) -> Vec<u8> {
        let (slot, at) = self.slot();
        let mut file = vec![0; SIZE];
        let at = usize::try_from(at).unwrap_or(0);
        file[at..at + SLOT].copy_from_slice(&slot);
        file
    }

    /// Whether both mark the same place, written by the same hand.
    pub fn same_place(&self, other: &Self) -> bool {
        (self.generation, self.serial, self.chain) == (other.generation, other.serial, other.chain)
    }

    fn decode(slot: &[u8]) -> Option<Self> {
        let stack_len = usize::from(u16_at(slot, 10)?);
        let end = FIXED + stack_len;
        if slot.get(..8)? != MAGIC || hash_at(slot, end)? != *blake3::hash(slot.get(..end)?).as_bytes() {
            return None;
        }
        Some(Self {
            version: u16_at(slot, 8)?,
            stack: text_at(slot, FIXED..end)?,
            generation: u64_at(slot, 16)?,
            serial: u64_at(slot, 24)?,
            first: u64_at(slot, 32)?,
            segment: u64_at(slot, 40)?,
            end: u64_at(slot, 48)?,
            chain: hash_at(slot, 56)?,
        })
    }

    /// Reads the file's bytes.
    pub fn read(bytes: &[u8], path: &Path, stack: &str) -> Result<HeadRead, StateError> {
        if bytes.len() != SIZE {
            return Err(StateError::damaged(path, bytes.len() as u64, "the commit marker has not its size"));
        }
        let (first, second) = bytes.split_at(SLOT);
        let mut slots: Vec<Self> = [first, second].into_iter().filter_map(Self::decode).collect();
        slots.sort_by_key(|head| head.generation);
        let whole = slots.len();
        let Some(head) = slots.pop() else {
            return Err(StateError::damaged(path, 0, "neither copy of the commit marker is whole"));
        };
        if head.version > VERSION {
            let (found, known) = (head.version.into(), VERSION.into());
            return Err(StateError::Newer { file: path.to_owned(), found, known });
        }
        if head.stack != stack {
            let (file, wanted) = (path.to_owned(), stack.to_owned());
            return Err(StateError::OtherStack { file, found: head.stack, wanted });
        }
        let other = if head.generation % 2 == 0 { second } else { first };
        let torn = whole < 2 && other.iter().any(|byte| *byte != 0);
        Ok(HeadRead { head, torn })
    }
}
