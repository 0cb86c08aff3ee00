//! Finding what can still be had of a damaged store.
//!
//! Starting points are the empty state, whole states in the log, snapshots
//! and the index; from each the chain of whole records is followed. What lies
//! behind a gap is applied entry by entry, keeping rather more than less: a
//! row too many is found absent by the next refresh, a row too few is a
//! resource that nobody knows of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use finsight_engine::state::{Entry, Removal, State};
use finsight_engine::urn::Urn;

use crate::error::StateError;
use crate::frame::{self, Hash, Kind, RECORD_MAGIC, SegmentHeader, VERSION};
use crate::head::Head;
use crate::index::{self, Found, Index};
use crate::layout::{Layout, read};
use crate::load::{Content, content};
use crate::snapshot::{Snapshot, SnapshotRead};

/// A whole record, wherever it was found.
#[derive(Debug, Clone)]
struct Piece {
    version: u16,
    serial: u64,
    prev: Hash,
    hash: Hash,
    content: Rc<Content>,
}

/// Bytes that are no record.
#[derive(Debug, Clone)]
struct Scar {
    bytes: Vec<u8>,
    /// Whether records there may have been acknowledged.
    acknowledged: bool,
}

struct Start {
    state: State,
    chain: Hash,
}

/// Something that was on record and is not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The serials of the records, first and last.
    pub serials: (u64, u64),
    /// The resources that the remains of the records name, as far as they can be read.
    pub urns: Vec<String>,
    /// Whether the state itself lacks something, or only the log of how it came about.
    pub state_affected: bool,
    /// What is gone, in a sentence.
    pub what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.serials {
            (first, last) if first == last => write!(f, "record {first}: {}", self.what)?,
            (first, last) => write!(f, "records {first} to {last}: {}", self.what)?,
        }
        if !self.urns.is_empty() {
            write!(f, ": {}", self.urns.join(", "))?;
        }
        Ok(())
    }
}

/// What was had.
pub(crate) struct Salvage {
    pub state: State,
    pub lost: Vec<Loss>,
    /// The highest serial that any file names.
    pub highest: u64,
}

/// Refuses what a newer version wrote, wherever among the files it stands: a repair would drop it.
///
/// # Errors
/// As [`salvage`].
pub(crate) fn refuse_newer(layout: &Layout, head: Option<&Head>) -> Result<(), StateError> {
    collect(layout, head)?;
    for serial in layout.snapshot_serials()? {
        Snapshot::read(layout, serial)?;
    }
    Ok(())
}

/// Reads everything that can be read.
///
/// # Errors
/// Files of a newer version or of another stack, and files that cannot be read.
pub(crate) fn salvage(layout: &Layout, head: Option<&Head>, scratch: &Path) -> Result<Salvage, StateError> {
    let (pieces, scars) = collect(layout, head)?;
    let mut highest = head.map_or(0, |head| head.serial);
    highest = pieces.iter().map(|piece| piece.serial).fold(highest, u64::max);
    highest = layout.snapshot_serials()?.into_iter().fold(highest, u64::max);
    if let Found::Whole(manifest) = index::find(layout)? {
        highest = highest.max(manifest.serial);
    }
    let start = best(starts(layout, head, &pieces, scratch)?, &pieces, &layout.stack);
    let known = start.state.serial;
    let (mut state, reached) = follow(start, &pieces);
    let mut lost = history_gaps(&pieces, known);
    let later: BTreeMap<u64, &Piece> =
        pieces.iter().filter(|piece| piece.serial > reached).map(|piece| (piece.serial, piece)).collect();
    let names = names_in(&scars, &layout.stack);
    let missing: Vec<u64> = (reached + 1..=highest).filter(|serial| !later.contains_key(serial)).collect();
    for (first, last) in ranges(&missing) {
        let what = match names.is_empty() {
            true => "nothing of them can be read".to_owned(),
            false => "what can be read of the damaged bytes names these resources".to_owned(),
        };
        lost.push(Loss { serials: (first, last), urns: names.clone(), state_affected: true, what });
    }
    for (serial, piece) in &later {
        let refused = apply_leniently(&mut state, piece);
        if !refused.is_empty() {
            let what = "of a record behind the gap, entries about these could not be applied".to_owned();
            lost.push(Loss { serials: (*serial, *serial), urns: refused, state_affected: true, what });
        }
    }
    if missing.is_empty() && head.is_none() {
        lost.extend(unmarked_tail(&scars, highest, &names));
    }
    state.serial = highest.max(state.serial);
    Ok(Salvage { state, lost, highest })
}

/// Without a commit marker nobody knows whether a flawed record at the end was acknowledged.
fn unmarked_tail(scars: &[Scar], highest: u64, names: &[String]) -> Option<Loss> {
    scars.iter().any(|scar| !scar.bytes.is_empty()).then(|| Loss {
        serials: (highest + 1, highest + 1),
        urns: names.to_vec(),
        state_affected: true,
        what: "bytes that are no whole record follow the last one; whether they were acknowledged cannot be told"
            .to_owned(),
    })
}

fn collect(layout: &Layout, head: Option<&Head>) -> Result<(Vec<Piece>, Vec<Scar>), StateError> {
    let (mut pieces, mut scars) = (Vec::new(), Vec::new());
    let first = head.map_or(0, |head| head.first);
    for id in layout.segment_ids()?.into_iter().filter(|id| *id >= first) {
        let path = layout.segment(id);
        let bytes = read(&path)?.unwrap_or_default();
        let begin = match SegmentHeader::decode(&bytes) {
            None => 0,
            Some((header, _)) if header.version > VERSION => {
                let (found, known) = (header.version.into(), VERSION.into());
                return Err(StateError::Newer { file: path, found, known });
            }
            Some((header, _)) if header.stack != layout.stack => {
                let wanted = layout.stack.clone();
                return Err(StateError::OtherStack { file: path, found: header.stack, wanted });
            }
            Some((_, len)) => len,
        };
        let acknowledged = match head {
            Some(head) if id > head.segment => 0,
            Some(head) if id == head.segment => head.end,
            _ => u64::MAX,
        };
        scan(&path, &bytes, begin, acknowledged, &mut pieces, &mut scars)?;
    }
    Ok((pieces, scars))
}

fn scan(
    path: &Path,
    bytes: &[u8],
    begin: usize,
    acknowledged: u64,
    pieces: &mut Vec<Piece>,
    scars: &mut Vec<Scar>,
) -> Result<(), StateError> {
    let (mut at, mut flawed) = (begin, None);
    while at < bytes.len() {
        if let Ok((found, len)) = frame::decode(&bytes[at..]) {
            if found.version > VERSION || matches!(found.kind, Kind::Other(_)) {
                let (found, known) = (u32::from(VERSION) + 1, VERSION.into());
                return Err(StateError::Newer { file: path.to_owned(), found, known });
            }
            if let Some(from) = flawed.take() {
                scars.push(scar(bytes, from, at, acknowledged));
            }
            pieces.push(Piece {
                version: found.version,
                serial: found.serial,
                prev: found.prev,
                hash: found.hash,
                content: Rc::new(content(found.kind, found.serial, found.payload, path)?),
            });
            at += len;
        } else {
            flawed.get_or_insert(at);
            let next = bytes[at + 1..].windows(4).position(|window| window == RECORD_MAGIC);
            at = next.map_or(bytes.len(), |next| at + 1 + next);
        }
    }
    if let Some(from) = flawed {
        scars.push(scar(bytes, from, bytes.len(), acknowledged));
    }
    Ok(())
}

fn scar(bytes: &[u8], from: usize, to: usize, acknowledged: u64) -> Scar {
    Scar { bytes: bytes[from..to].to_vec(), acknowledged: (from as u64) < acknowledged }
}

fn starts(
    layout: &Layout,
    head: Option<&Head>,
    pieces: &[Piece],
    scratch: &Path,
) -> Result<Vec<Start>, StateError> {
    let mut starts = vec![Start { state: State::empty(&layout.stack), chain: [0; 32] }];
    for piece in pieces {
        if let Content::Base(state) = &*piece.content
            && state.serial == piece.serial
            && state.stack == layout.stack
        {
            starts.push(Start { state: (**state).clone(), chain: piece.hash });
        }
    }
    let first = head.map_or(0, |head| head.first);
    for serial in layout.snapshot_serials()? {
        if let SnapshotRead::Whole(snapshot) = Snapshot::read(layout, serial)?
            && snapshot.position.segment >= first
        {
            starts.push(Start { state: snapshot.state, chain: snapshot.position.chain });
        }
    }
    if let Some(index) = Index::open(layout, scratch)?
        && let Ok(state) = index.state(&layout.stack)
        && let Ok(chain) = blake3::Hash::from_hex(index.chain())
    {
        starts.push(Start { state, chain: *chain.as_bytes() });
    }
    Ok(starts)
}

/// The start from which the chain reaches furthest; of those, the one that is furthest itself.
fn best(starts: Vec<Start>, pieces: &[Piece], stack: &str) -> Start {
    let next = by_prev(pieces);
    let reach = |start: &Start| {
        let (mut chain, mut serial) = (start.chain, start.state.serial);
        while let Some(piece) = next.get(&chain) {
            (chain, serial) = (piece.hash, piece.serial);
        }
        (serial, start.state.serial)
    };
    let empty = Start { state: State::empty(stack), chain: [0; 32] };
    starts.into_iter().max_by_key(reach).unwrap_or(empty)
}

fn by_prev(pieces: &[Piece]) -> HashMap<Hash, &Piece> {
    pieces.iter().map(|piece| (piece.prev, piece)).collect()
}

/// Applies the chain from a start; gives the serial that it reached.
fn follow(start: Start, pieces: &[Piece]) -> (State, u64) {
    let next = by_prev(pieces);
    let Start { mut state, mut chain } = start;
    while let Some(piece) = next.get(&chain) {
        match &*piece.content {
            Content::Base(base) => state = (**base).clone(),
            Content::Entries(entries) => {
                if state.replay(piece.version, entries).is_err() {
                    break;
                }
            }
        }
        chain = piece.hash;
    }
    let reached = state.serial;
    (state, reached)
}

/// Applies a record that does not follow; gives what could not be applied.
fn apply_leniently(state: &mut State, piece: &Piece) -> Vec<String> {
    let Content::Entries(entries) = &*piece.content else { return Vec::new() };
    entries.iter().filter_map(|entry| apply_entry(state, entry)).collect()
}

fn apply_entry(state: &mut State, entry: &Entry) -> Option<String> {
    if state.apply(std::slice::from_ref(entry)).is_ok() {
        return None;
    }
    match entry {
        // That the old row was to make way is among what is lost; it stays, to be deleted.
        Entry::RowPut { row } => {
            let depose = state
                .rows
                .get(&row.urn)
                .map(|old| Entry::Deposed { owner: old.owner.clone(), options: None });
            let both: Vec<Entry> = depose.into_iter().chain([entry.clone()]).collect();
            state.apply(&both).err().map(|_| row.urn.to_string())
        }
        // The intent of the delete is lost; that it was done is on record.
        Entry::RowRemoved { owner, .. } => {
            let mut gone = vec![Entry::RowRemoved { owner: owner.clone(), why: Removal::Absent }];
            if state.intents.contains_key(owner.as_str()) {
                gone.push(Entry::Settled { owner: owner.clone() });
            }
            let _ = state.apply(&gone);
            None
        }
        Entry::Moved { from, to } => Some(format!("{from} -> {to}")),
        Entry::Intended { intent } if state.row(&intent.owner).is_none() => Some(intent.urn.to_string()),
        Entry::Deposed { owner, .. } => Some(format!("the incarnation {}", owner.as_str())),
        // An intent that is open or settled already, and what cannot be refused.
        _ => None,
    }
}

/// Serials up to `reached` of which no record is left, though the state has what they did.
fn history_gaps(pieces: &[Piece], reached: u64) -> Vec<Loss> {
    let there: BTreeSet<u64> = pieces.iter().map(|piece| piece.serial).collect();
    let by_hash: HashMap<Hash, u64> = pieces.iter().map(|piece| (piece.hash, piece.serial)).collect();
    // Serials that a base skipped were never written.
    let mut skipped = BTreeSet::new();
    for base in pieces.iter().filter(|piece| matches!(*piece.content, Content::Base(_))) {
        let before = if base.prev == [0; 32] { Some(0) } else { by_hash.get(&base.prev).copied() };
        skipped.extend(before.map_or(0, |before| before + 1)..base.serial);
    }
    let missing: Vec<u64> =
        (1..=reached).filter(|serial| !there.contains(serial) && !skipped.contains(serial)).collect();
    let loss = |(first, last)| Loss {
        serials: (first, last),
        urns: Vec::new(),
        state_affected: false,
        what: "the records are gone from the log; the state has what they did".to_owned(),
    };
    ranges(&missing).into_iter().map(loss).collect()
}

fn ranges(serials: &[u64]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for serial in serials {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *serial => *last = *serial,
            _ => ranges.push((*serial, *serial)),
        }
    }
    ranges
}

/// The URNs that damaged bytes still show.
fn names_in(scars: &[Scar], stack: &str) -> Vec<String> {
    let mut names = BTreeSet::new();
    for scar in scars.iter().filter(|scar| scar.acknowledged) {
        let text = String::from_utf8_lossy(&scar.bytes);
        for part in text.split('"') {
            if let Ok(urn) = part.parse::<Urn>()
                && urn.stack() == stack
            {
                names.insert(urn.to_string());
            }
        }
    }
    names.into_iter().collect()
}
