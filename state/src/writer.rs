//! Appending to the log: write, force to disk, mark as committed, answer.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::error::StateError;
use crate::files::{Files, same_file};
use crate::frame::{self, Kind, SegmentHeader, VERSION};
use crate::head::Head;
use crate::layout::Layout;
use crate::load::{Replayed, read_head};
use crate::log::{Position, Torn};
use crate::notice::Notice;

/// A segment that is longer gets a successor.
pub(crate) const SEGMENT: u64 = 4 << 20;

const REMOVED: &str = "it was removed";

/// A record to be written.
pub(crate) struct Record {
    pub kind: Kind,
    pub serial: u64,
    pub payload: Vec<u8>,
}

/// The end of the log, open for writing.
pub(crate) struct Writer {
    layout: Layout,
    files: Files,
    segment_size: u64,
    head: Option<Head>,
    end: Position,
    log: Option<File>,
    marker: Option<File>,
    poisoned: Option<String>,
}

impl Writer {
    /// The end of a store without records.
    pub fn fresh(layout: &Layout, files: &Files, segment_size: u64, head: Option<Head>) -> Self {
        let end = Position { segment: 0, offset: 0, serial: 0, chain: [0; 32] };
        let (layout, files) = (layout.clone(), files.clone());
        Self { layout, files, segment_size, head, end, log: None, marker: None, poisoned: None }
    }

    /// The end of a replayed log, with what a crash left behind set right.
    pub fn settle(
        layout: &Layout,
        files: &Files,
        segment_size: u64,
        replayed: &Replayed,
    ) -> Result<(Self, Vec<Notice>), StateError> {
        let mut notices = Vec::new();
        let mut writer = Self::fresh(layout, files, segment_size, Some(replayed.head.head.clone()));
        writer.end = replayed.end.clone();
        if let Some(torn) = &replayed.torn {
            writer.drop_torn(torn)?;
            notices.push(Notice::TornTail {
                file: layout.segment(torn.segment),
                offset: torn.offset,
                bytes: torn.bytes,
                dropped: true,
            });
        }
        // Whole records that a crash kept from being marked: they count from now on.
        let head = &replayed.head.head;
        if writer.end.serial > head.serial {
            for id in head.segment.max(head.first)..=writer.end.segment {
                let path = layout.segment(id);
                files.sync(&open(&path)?, &path)?;
            }
            files.sync_dir_of(&layout.segment(writer.end.segment))?;
            let end = writer.end.clone();
            writer.mark(&end)?;
        }
        Ok((writer, notices))
    }

    pub fn end(&self) -> &Position {
        &self.end
    }

    fn drop_torn(&mut self, torn: &Torn) -> Result<(), StateError> {
        for id in torn.later.iter().rev() {
            self.files.remove(&self.layout.segment(*id))?;
        }
        let path = self.layout.segment(torn.segment);
        if torn.offset == 0 {
            self.files.remove(&path)?;
        } else {
            let file = open(&path)?;
            self.files.truncate(&file, &path, torn.offset)?;
            self.files.sync(&file, &path)?;
        }
        self.files.sync_dir_of(&path)
    }

    /// Appends records; they are on disk when it returns.
    ///
    /// # Errors
    /// When the disk refuses. Where the log could not be brought back to what
    /// it was, nothing more is taken.
    pub fn append(&mut self, records: &[Record]) -> Result<(), StateError> {
        if let Some(why) = &self.poisoned {
            return Err(StateError::Poisoned { path: self.layout.root.clone(), why: why.clone() });
        }
        if self.head.is_none() {
            self.begin()?;
        }
        self.hold().map_err(|error| self.poison(error))?;
        if self.end.segment == 0 || self.end.offset >= self.segment_size {
            self.roll().map_err(|error| self.poison(error))?;
        }
        let (bytes, end) = self.encode(records);
        self.write(&bytes)?;
        // The records stand now. If marking them fails, the next run finds them whole and marks
        // them; taking them back here could leave a marker that points behind the log.
        self.mark(&end).and_then(|()| self.check()).map_err(|error| self.poison(error))?;
        self.end = end;
        Ok(())
    }

    fn encode(&self, records: &[Record]) -> (Vec<u8>, Position) {
        let mut bytes = Vec::new();
        let mut end = self.end.clone();
        for record in records {
            end.chain = frame::encode(&mut bytes, record.kind, record.serial, &end.chain, &record.payload);
            end.serial = record.serial;
        }
        end.offset += bytes.len() as u64;
        (bytes, end)
    }

    /// Whether the files that are open are still those that others find under their names. What is written
    /// to another one is nowhere.
    ///
    /// # Errors
    /// [`StateError::Replaced`].
    pub fn check(&self) -> Result<(), StateError> {
        let log = self.log.as_ref().map(|file| (file, self.layout.segment(self.end.segment)));
        let marker = self.marker.as_ref().map(|file| (file, self.layout.head()));
        for (file, path) in log.into_iter().chain(marker) {
            if !same_file(file, &path) {
                let why = if path.exists() { "another file took its place" } else { REMOVED };
                return Err(StateError::Replaced { path, why });
            }
        }
        Ok(())
    }

    /// Whether the commit marker is the one that this run has read or written last.
    fn own_head(&self) -> Result<(), StateError> {
        let path = self.layout.head();
        let found = match read_head(&self.layout) {
            // It is missing beside the log.
            Err(StateError::Damaged { .. }) if !path.exists() => None,
            other => other?.map(|read| read.head),
        };
        let why = match (&found, &self.head) {
            (Some(found), Some(own)) if found.same_place(own) => return Ok(()),
            (None, _) => REMOVED,
            _ => "another run wrote to it",
        };
        Err(StateError::Replaced { path, why })
    }

    /// Opens what is to be written to, as this run has read or left it.
    fn hold(&mut self) -> Result<(), StateError> {
        self.own_head()?;
        let path = self.layout.segment(self.end.segment);
        if self.log.is_none() && self.end.segment > 0 {
            if !path.exists() {
                return Err(StateError::Replaced { path, why: REMOVED });
            }
            self.log = Some(open(&path)?);
        }
        self.check()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let path = self.layout.segment(self.end.segment);
        let file = match self.log.take() {
            Some(file) => file,
            None => open(&path)?,
        };
        let outcome = self.write_to(&file, &path, bytes);
        self.log = Some(file);
        outcome
    }

    fn write_to(&mut self, file: &File, path: &Path, bytes: &[u8]) -> Result<(), StateError> {
        let len = file.metadata().map_err(StateError::io("look at", path))?.len();
        if len != self.end.offset {
            let what = format!(
                "{} has {len} bytes, not {}: another hand wrote to it",
                path.display(),
                self.end.offset
            );
            self.poisoned = Some(what.clone());
            return Err(StateError::Poisoned { path: self.layout.root.clone(), why: what });
        }
        if let Err(error) = self.files.write_at(file, path, bytes, self.end.offset) {
            let cut =
                self.files.truncate(file, path, self.end.offset).and_then(|()| self.files.sync(file, path));
            return Err(if cut.is_ok() { error } else { self.poison(error) });
        }
        if let Err(error) = self.files.sync(file, path) {
            // What a failed sync left on disk is not known: nothing after it could be trusted.
            let _ = self.files.truncate(file, path, self.end.offset);
            return Err(self.poison(error));
        }
        Ok(())
    }

    fn poison(&mut self, error: StateError) -> StateError {
        self.poisoned.get_or_insert_with(|| error.to_string());
        error
    }

    fn begin(&mut self) -> Result<(), StateError> {
        let head = Head::empty(&self.layout.stack);
        self.files.create_dirs(&self.layout.log())?;
        self.files.replace(&self.layout.head(), &head.file(), false)?;
        self.head = Some(head);
        Ok(())
    }

    fn roll(&mut self) -> Result<(), StateError> {
        let first = self.head.as_ref().map_or(1, |head| head.first);
        let id = (self.end.segment + 1).max(first);
        let header = SegmentHeader {
            version: VERSION,
            id,
            serial: self.end.serial,
            chain: self.end.chain,
            stack: self.layout.stack.clone(),
        };
        let path = self.layout.segment(id);
        let bytes = header.encode();
        self.files.create_dirs(&self.layout.log())?;
        if let Err(error) = self.files.replace(&path, &bytes, true) {
            let _ = self.files.remove(&path);
            return Err(error);
        }
        self.log = Some(open(&path)?);
        (self.end.segment, self.end.offset) = (id, bytes.len() as u64);
        Ok(())
    }

    /// Moves the commit marker to a place up to which the log is on disk.
    fn mark(&mut self, end: &Position) -> Result<(), StateError> {
        let path = self.layout.head();
        let old = self.head.clone().unwrap_or_else(|| Head::empty(&self.layout.stack));
        let head = Head {
            version: VERSION,
            generation: old.generation + 1,
            serial: end.serial,
            segment: end.segment,
            end: end.offset,
            chain: end.chain,
            ..old
        };
        let (slot, at) = head.slot();
        let marker = match self.marker.take() {
            Some(marker) => marker,
            None => open(&path)?,
        };
        self.files.write_at(&marker, &path, &slot, at)?;
        self.files.sync(&marker, &path)?;
        self.marker = Some(marker);
        self.head = Some(head);
        Ok(())
    }
}

fn open(path: &Path) -> Result<File, StateError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(StateError::io("open", path))
}
