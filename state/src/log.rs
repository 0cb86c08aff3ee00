//! Walking the log from a position to its end, and judging what is found there.

use std::path::Path;

use crate::error::StateError;
use crate::frame::{self, Flaw, Frame, Hash, Kind, SegmentHeader, VERSION};
use crate::head::{Head, HeadRead};
use crate::layout::{Layout, read};

/// A place between two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub segment: u64,
    pub offset: u64,
    pub serial: u64,
    pub chain: Hash,
}

/// What a crash left behind the last whole record. It was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Torn {
    pub segment: u64,
    pub offset: u64,
    pub bytes: u64,
    /// Segments after it, which go with it.
    pub later: Vec<u64>,
}

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Walked {
    /// After the last whole record.
    pub end: Position,
    pub torn: Option<Torn>,
    pub records: u64,
    /// Of those records.
    pub bytes: u64,
}

/// Walks the records from `from` (the log's beginning where `None`) to the end.
///
/// # Errors
/// Damage anywhere but behind the last acknowledged record, and what `visit` answers.
pub(crate) fn walk(
    layout: &Layout,
    read: &HeadRead,
    from: Option<&Position>,
    visit: &mut dyn FnMut(&Frame<'_>, &Path, u64) -> Result<(), StateError>,
) -> Result<Walked, StateError> {
    let ids = layout.segment_ids()?;
    let start = from.map_or(read.head.first, |position| position.segment);
    let last = ids.last().copied().unwrap_or(0).max(read.head.segment);
    let mut walk = Walk {
        layout,
        head: &read.head,
        at: from.cloned(),
        met_head: false,
        records: 0,
        bytes: 0,
        torn: None,
    };
    walk.meet_head();
    for id in start..=last {
        if !ids.contains(&id) {
            return Err(StateError::damaged(&layout.segment(id), 0, "a segment of the log is missing"));
        }
        if let Some(torn) = &mut walk.torn {
            torn.later.push(id);
        } else {
            walk.segment(id, visit)?;
        }
    }
    walk.finish(read.torn)
}

struct Walk<'a> {
    layout: &'a Layout,
    head: &'a Head,
    at: Option<Position>,
    met_head: bool,
    records: u64,
    bytes: u64,
    torn: Option<Torn>,
}

impl Walk<'_> {
    fn segment(
        &mut self,
        id: u64,
        visit: &mut dyn FnMut(&Frame<'_>, &Path, u64) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let path = self.layout.segment(id);
        let bytes =
            read(&path)?.ok_or_else(|| StateError::damaged(&path, 0, "a segment of the log is missing"))?;
        // Everything before this byte was acknowledged: a flaw there is damage.
        let acknowledged = match id {
            id if id < self.head.segment => bytes.len() as u64,
            id if id == self.head.segment => self.head.end,
            _ => 0,
        };
        if acknowledged > bytes.len() as u64 {
            let what = format!("it ends before byte {acknowledged}, up to which it was acknowledged");
            return Err(StateError::damaged(&path, bytes.len() as u64, what));
        }
        let Some((header, header_len)) = SegmentHeader::decode(&bytes) else {
            return self.flaw(&path, id, 0, bytes.len(), acknowledged, "the segment's header is not whole");
        };
        self.enter(&path, id, &header, header_len as u64)?;
        loop {
            let Some(at) = self.at.clone() else { return Ok(()) };
            let offset = usize::try_from(at.offset).unwrap_or(usize::MAX);
            let rest = bytes.get(offset..).ok_or_else(|| {
                StateError::damaged(&path, bytes.len() as u64, "it ends before a snapshot's position in it")
            })?;
            if rest.is_empty() {
                return Ok(());
            }
            match frame::decode(rest) {
                Ok((found, len)) => {
                    self.check(&path, &at, &found)?;
                    visit(&found, &path, at.offset)?;
                    self.records += 1;
                    self.bytes += len as u64;
                    self.at = Some(Position {
                        segment: id,
                        offset: at.offset + len as u64,
                        serial: found.serial,
                        chain: found.hash,
                    });
                    self.cross_head(&path, id, at.offset)?;
                }
                Err(flaw) => {
                    let what = Self::describe(flaw, at.serial);
                    return self.flaw(&path, id, at.offset, rest.len(), acknowledged, &what);
                }
            }
        }
    }

    fn describe(flaw: Flaw, serial: u64) -> String {
        format!("{} (record {})", flaw.text(), serial + 1)
    }

    /// A flaw is damage where the bytes were acknowledged, and the trace of a crash behind.
    fn flaw(
        &mut self,
        path: &Path,
        id: u64,
        offset: u64,
        rest: usize,
        acknowledged: u64,
        what: &str,
    ) -> Result<(), StateError> {
        if id < self.head.segment || offset < acknowledged {
            return Err(StateError::damaged(path, offset, what));
        }
        self.torn = Some(Torn { segment: id, offset, bytes: rest as u64, later: Vec::new() });
        Ok(())
    }

    fn enter(&mut self, path: &Path, id: u64, header: &SegmentHeader, len: u64) -> Result<(), StateError> {
        if header.version > VERSION {
            let (found, known) = (header.version.into(), VERSION.into());
            return Err(StateError::Newer { file: path.to_owned(), found, known });
        }
        if header.stack != self.layout.stack {
            return Err(StateError::OtherStack {
                file: path.to_owned(),
                found: header.stack.clone(),
                wanted: self.layout.stack.clone(),
            });
        }
        if header.id != id {
            return Err(StateError::damaged(path, 16, format!("it is segment {}, not {id}", header.id)));
        }
        match &mut self.at {
            // A snapshot's position lies within this segment.
            Some(at) if at.segment == id => {}
            Some(at) => {
                if (header.serial, header.chain) != (at.serial, at.chain) {
                    return Err(StateError::damaged(path, 24, "it does not continue the segment before it"));
                }
                (at.segment, at.offset) = (id, len);
            }
            at @ None => {
                *at = Some(Position { segment: id, offset: len, serial: header.serial, chain: header.chain });
            }
        }
        Ok(())
    }

    fn check(&self, path: &Path, at: &Position, found: &Frame<'_>) -> Result<(), StateError> {
        if found.version > VERSION || matches!(found.kind, Kind::Other(_)) {
            let known = VERSION.into();
            let found = u32::from(found.version).max(u32::from(VERSION) + 1);
            return Err(StateError::Newer { file: path.to_owned(), found, known });
        }
        if found.prev != at.chain {
            let what = format!("record {} does not continue the one before it", found.serial);
            return Err(StateError::damaged(path, at.offset, what));
        }
        let follows = match found.kind {
            // A base may leave serials out: those that an import or a repair skipped.
            Kind::Base => found.serial > at.serial,
            _ => found.serial == at.serial + 1,
        };
        if !follows {
            let what = format!("record {} follows record {}", found.serial, at.serial);
            return Err(StateError::damaged(path, at.offset, what));
        }
        Ok(())
    }

    /// Notes when the walk stands exactly where the commit marker points.
    fn meet_head(&mut self) {
        if let Some(at) = &self.at
            && (at.segment, at.offset) == (self.head.segment, self.head.end)
        {
            self.met_head = (at.serial, at.chain) == (self.head.serial, self.head.chain);
        }
    }

    fn cross_head(&mut self, path: &Path, id: u64, before: u64) -> Result<(), StateError> {
        let after = self.at.as_ref().map_or(0, |at| at.offset);
        if id == self.head.segment && before < self.head.end && self.head.end <= after {
            self.meet_head();
            if !self.met_head {
                return Err(StateError::damaged(path, before, "the commit marker points elsewhere"));
            }
        }
        Ok(())
    }

    fn finish(self, head_torn: bool) -> Result<Walked, StateError> {
        let head = self.layout.head();
        let nothing_yet = self.head.segment == 0;
        if !self.met_head && !nothing_yet {
            let what = "the commit marker does not fit the log or its snapshot";
            return Err(StateError::damaged(&head, 0, what));
        }
        let end = self.at.unwrap_or(Position {
            segment: 0,
            offset: 0,
            serial: self.head.serial,
            chain: self.head.chain,
        });
        // The marker is written only behind a whole record, so where a crash tore it the log goes on.
        if head_torn && end.serial == self.head.serial {
            let what =
                "one copy of the commit marker is damaged, and the log does not go on behind the other";
            return Err(StateError::damaged(&head, 0, what));
        }
        Ok(Walked { end, torn: self.torn, records: self.records, bytes: self.bytes })
    }
}
