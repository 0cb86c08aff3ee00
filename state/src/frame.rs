//! The bytes of segments and records.
//!
//! All numbers are little-endian. The first 64 bytes of a segment header and
//! the first 88 of a record keep their layout in every future version, so
//! that an old tool can tell "newer" from "damaged".

use std::ops::Range;

/// The newest format that this version reads, and the one that it writes.
pub(crate) use finsight_engine::state::STATE_VERSION as VERSION;

const SEGMENT_MAGIC: &[u8; 8] = b"FINSIGHT";
pub(crate) const RECORD_MAGIC: &[u8; 4] = b"FREC";
const SEGMENT_FIXED: usize = 64;
pub(crate) const RECORD_HEADER: usize = 88;
/// The largest payload of a record: more is a defect, not a state.
pub(crate) const MAX_PAYLOAD: usize = 256 << 20;

pub(crate) type Hash = [u8; 32];

/// What stands in front of the records of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub version: u16,
    pub id: u64,
    /// The serial before the first record.
    pub serial: u64,
    /// The hash that the first record continues.
    pub chain: Hash,
    pub stack: String,
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Entries that are applied together.
    Entries,
    /// A whole state: the start of a log after a repair or an import.
    Base,
    /// Something that a later version knows.
    Other(u8),
}

/// A record whose checksum holds.
#[derive(Debug, Clone)]
pub(crate) struct Frame<'a> {
    pub version: u16,
    pub kind: Kind,
    pub serial: u64,
    pub prev: Hash,
    pub hash: Hash,
    pub payload: &'a [u8],
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Short,
    Magic,
    Header,
    Checksum,
}

impl Flaw {
    pub fn text(self) -> &'static str {
        match self {
            Self::Short => "a record is cut off",
            Self::Magic => "no record begins where one should",
            Self::Header => "the checksum of a record's header does not hold",
            Self::Checksum => "the checksum of a record does not hold",
        }
    }
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

pub(crate) fn hash_at(bytes: &[u8], at: usize) -> Option<Hash> {
    bytes.get(at..at + 32)?.try_into().ok()
}

pub(crate) fn text_at(bytes: &[u8], range: Range<usize>) -> Option<String> {
    String::from_utf8(bytes.get(range)?.to_vec()).ok()
}

/// Appends the checksum of all bytes so far.
pub(crate) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(sum.as_bytes());
    bytes
}

impl SegmentHeader {
    pub fn encode(&self) -> Vec<u8> {
        let len = SEGMENT_FIXED + self.stack.len() + 32;
        let mut out = Vec::with_capacity(len);
        out.extend_from_slice(SEGMENT_MAGIC);
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(&u16::try_from(self.stack.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&self.id.to_le_bytes());
        out.extend_from_slice(&self.serial.to_le_bytes());
        out.extend_from_slice(&self.chain);
        out.extend_from_slice(self.stack.as_bytes());
        seal(out)
    }

    /// The header and its length; `None` where it is not whole.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let len = usize::from(u16_at(bytes, 10)?);
        let stack_len = usize::from(u16_at(bytes, 12)?);
        let body = bytes.get(..len.checked_sub(32)?)?;
        if bytes.get(..8)? != SEGMENT_MAGIC || hash_at(bytes, len - 32)? != *blake3::hash(body).as_bytes() {
            return None;
        }
        let header = Self {
            version: u16_at(bytes, 8)?,
            id: u64_at(bytes, 16)?,
            serial: u64_at(bytes, 24)?,
            chain: hash_at(bytes, 32)?,
            stack: text_at(body, SEGMENT_FIXED..SEGMENT_FIXED + stack_len)?,
        };
        Some((header, len))
    }
}

/// The part of a record's header that its own short checksum covers.
fn header_sum(header: &[u8]) -> [u8; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header[..12]).update(&header[16..56]);
    let sum = hasher.finalize();
    let bytes = sum.as_bytes();
    [bytes[0], bytes[1], bytes[2], bytes[3]]
}

fn record_hash(header: &[u8], payload: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header[..56]).update(payload);
    *hasher.finalize().as_bytes()
}

/// Appends a record to `out` and gives its hash, which the next one continues.
///
/// The payload must not be longer than [`MAX_PAYLOAD`].
pub(crate) fn encode(out: &mut Vec<u8>, kind: Kind, serial: u64, prev: &Hash, payload: &[u8]) -> Hash {
    let mut header = [0_u8; RECORD_HEADER];
    header[..4].copy_from_slice(RECORD_MAGIC);
    header[4..6].copy_from_slice(&VERSION.to_le_bytes());
    header[6] = match kind {
        Kind::Entries => 1,
        Kind::Base => 2,
        Kind::Other(other) => other,
    };
    header[8..12].copy_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    header[16..24].copy_from_slice(&serial.to_le_bytes());
    header[24..56].copy_from_slice(prev);
    let sum = header_sum(&header);
    header[12..16].copy_from_slice(&sum);
    let hash = record_hash(&header, payload);
    header[56..88].copy_from_slice(&hash);
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
    hash
}

/// Reads the record at the beginning of `bytes`; gives its whole length too.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Frame<'_>, usize), Flaw> {
    if !RECORD_MAGIC.starts_with(&bytes[..bytes.len().min(4)]) {
        return Err(Flaw::Magic);
    }
    let header = bytes.get(..RECORD_HEADER).ok_or(Flaw::Short)?;
    if header[12..16] != header_sum(header) {
        return Err(Flaw::Header);
    }
    let len = u32_at(header, 8).ok_or(Flaw::Short)? as usize;
    let payload = bytes.get(RECORD_HEADER..RECORD_HEADER + len).ok_or(Flaw::Short)?;
    let hash = hash_at(header, 56).ok_or(Flaw::Short)?;
    if hash != record_hash(header, payload) {
        return Err(Flaw::Checksum);
    }
    let frame = Frame {
        version: u16_at(header, 4).ok_or(Flaw::Short)?,
        kind: match header[6] {
            1 => Kind::Entries,
            2 => Kind::Base,
            other => Kind::Other(other),
        },
        serial: u64_at(header, 16).ok_or(Flaw::Short)?,
        prev: hash_at(header, 24).ok_or(Flaw::Short)?,
        hash,
        payload,
    };
    Ok((frame, RECORD_HEADER + len))
}
