//! Repairing: a store that opens again, and an account of what is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use finsight_engine::state::State;

use crate::error::StateError;
use crate::files::{Faults, Files};
use crate::frame::{self, Kind, SegmentHeader, VERSION};
use crate::head::Head;
use crate::index;
use crate::keyfile::KeyFile;
use crate::layout::{Layout, Presence, names};
use crate::load::read_head;
use crate::lock::{Holder, Lock};
use crate::log::Position;
use crate::open::{Opened, open_log};
use crate::salvage::{Loss, refuse_newer, salvage};
use crate::sealing;
use crate::snapshot::{Snapshot, SnapshotRead};
use crate::verify::{Report, Severity, inspect};
use crate::writer::{Record, SEGMENT, Writer};

/// What a repair may do.
#[derive(Debug, Clone, Default)]
pub struct RepairOptions {
    /// The passphrase of a wrapped key.
    pub passphrase: Option<String>,
    /// Take secrets that no key opens out of the state, so that the next `up` sets them again.
    /// Only where the key file is missing or damaged; never for a missing or wrong passphrase.
    pub forget_secrets: bool,
}

/// What a repair did.
#[derive(Debug, Clone, Default)]
pub struct RepairReport {
    /// What was there to be repaired.
    pub presence: Presence,
    /// The serial that the state stands at now.
    pub serial: u64,
    /// What was done, in order.
    pub actions: Vec<String>,
    /// What is gone: empty where nothing is.
    pub lost: Vec<Loss>,
    /// Secrets that were taken out of the state, each by URN and property.
    pub forgotten: Vec<String>,
    /// Where the files are kept that were replaced.
    pub kept: Option<PathBuf>,
    /// What is still wrong, each with what helps.
    pub remaining: Vec<String>,
}

impl RepairReport {
    /// Whether the state is what it was before the damage.
    #[must_use]
    pub fn state_whole(&self) -> bool {
        self.forgotten.is_empty() && self.lost.iter().all(|loss| !loss.state_affected)
    }
}

/// Rebuilds what can be rebuilt, under the lock.
///
/// The log is left alone where it is whole. Where it is damaged, the best state that snapshots,
/// records and index give becomes the first record of a new log. Every file that is replaced is
/// kept under `damaged-<time>/`. It can be cut off at any point and run again.
///
/// # Errors
/// A lock that is held, a newer version, another stack's files, and files that cannot be written.
pub fn repair(
    base: &Path,
    stack: &str,
    holder: &Holder,
    options: &RepairOptions,
) -> Result<RepairReport, StateError> {
    repair_with(base, stack, holder, options, None)
}

/// [`repair`] with file operations that a test makes fail.
///
/// # Errors
/// As [`repair`].
pub fn repair_with(
    base: &Path,
    stack: &str,
    holder: &Holder,
    options: &RepairOptions,
    faults: Option<Arc<dyn Faults>>,
) -> Result<RepairReport, StateError> {
    let layout = Layout::new(base, stack)?;
    let presence = layout.presence()?;
    if presence == Presence::NoDirectory {
        return Ok(RepairReport::default());
    }
    let _lock = Lock::take(&layout, holder)?;
    let files = Files::with(faults);
    let mut repair = Repair {
        aside: aside(&layout, &holder.since),
        layout,
        files,
        report: RepairReport { presence, ..RepairReport::default() },
    };
    // Whether the key opens what it should is looked at behind the log, in `finish`.
    let found = inspect(&repair.layout, None, None)?;
    let damage = found.findings.iter().filter(|finding| finding.severity == Severity::Damage);
    repair.report.actions.extend(damage.map(ToString::to_string));
    if !repair.log_is_whole(&found) {
        repair.rewrite()?;
    }
    repair.put_flawed_snapshots_aside()?;
    let opened = open_log(&repair.layout, &repair.files, SEGMENT)?;
    repair.report.actions.extend(opened.notices.iter().map(ToString::to_string));
    repair.finish(opened, options)?;
    Ok(repair.report)
}

struct Repair {
    layout: Layout,
    files: Files,
    aside: PathBuf,
    report: RepairReport,
}

/// A directory that is not there yet.
fn aside(layout: &Layout, since: &str) -> PathBuf {
    let time: String = since.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut dir = layout.root.join(format!("damaged-{time}"));
    let mut count = 1;
    while dir.exists() {
        count += 1;
        dir = layout.root.join(format!("damaged-{time}-{count}"));
    }
    dir
}

impl Repair {
    fn log_is_whole(&self, report: &Report) -> bool {
        let key = self.layout.key();
        let damage = |file: &Path| file != key.as_path();
        report.findings.iter().all(|finding| finding.severity < Severity::Damage || !damage(&finding.file))
    }

    /// Replaces the log by one that begins with the best state that can be had.
    fn rewrite(&mut self) -> Result<(), StateError> {
        let marker = read_head_leniently(&self.layout)?;
        refuse_newer(&self.layout, marker.as_ref())?;
        self.keep_everything()?;
        let scratch = self.aside.join("scratch");
        let salvaged = salvage(&self.layout, marker.as_ref(), &scratch)?;
        let _ = fs::remove_dir_all(&scratch);
        let mut state = salvaged.state;
        let whole = salvaged.lost.iter().all(|loss| !loss.state_affected);
        self.report.lost = salvaged.lost;
        if !whole {
            // No plan that was made from the damaged state may fit the repaired one.
            state.serial = salvaged.highest + 1;
        }
        self.begin_anew(&state, marker.as_ref())
    }

    fn begin_anew(&mut self, state: &State, marker: Option<&Head>) -> Result<(), StateError> {
        let old = self.layout.segment_ids()?;
        let id = old.last().copied().unwrap_or(0).max(marker.map_or(0, |head| head.segment)) + 1;
        let mut head = Head { first: id, ..Head::empty(&self.layout.stack) };
        self.files.create_dirs(&self.layout.log())?;
        if state.serial > 0 {
            let refused = |why: String| StateError::Transition { serial: state.serial, why };
            let payload = serde_json::to_vec(state).map_err(|error| refused(error.to_string()))?;
            let (bytes, position) = first_segment(id, state, &payload);
            self.files.replace(&self.layout.segment(id), &bytes, true)?;
            head.serial = state.serial;
            (head.segment, head.end, head.chain) = (id, position.offset, position.chain);
            // The marker decides which log counts: with it the new one takes over, at once.
            self.files.replace(&self.layout.head(), &head.file(), false)?;
            self.remove_old(&old)?;
            Snapshot::write(&self.layout, &self.files, state, &position)?;
        } else {
            self.files.replace(&self.layout.head(), &head.file(), false)?;
            self.remove_old(&old)?;
        }
        index::clear(&self.layout).map_err(|why| StateError::Transition { serial: state.serial, why })?;
        self.report.actions.push(format!("a new log was begun at serial {}", state.serial));
        Ok(())
    }

    fn remove_old(&self, segments: &[u64]) -> Result<(), StateError> {
        for serial in self.layout.snapshot_serials()? {
            self.files.remove(&self.layout.snapshot(serial))?;
        }
        for id in segments {
            self.files.remove(&self.layout.segment(*id))?;
        }
        Ok(())
    }

    /// Copies log, marker, snapshots and index aside before anything is replaced.
    fn keep_everything(&mut self) -> Result<(), StateError> {
        for name in ["head", "log", "snapshots", "index"] {
            let from = self.layout.root.join(name);
            if from.exists() {
                self.keep(&from, &self.aside.join(name))?;
            }
        }
        self.note_aside();
        Ok(())
    }

    fn note_aside(&mut self) {
        if self.report.kept.is_none() {
            self.report.kept = Some(self.aside.clone());
            self.report.actions.push(format!("the damaged files were kept in {}", self.aside.display()));
        }
    }

    fn keep(&self, from: &Path, to: &Path) -> Result<(), StateError> {
        if from.is_dir() {
            self.files.create_dirs(to)?;
            for name in names(from)? {
                self.keep(&from.join(&name), &to.join(&name))?;
            }
            return Ok(());
        }
        if let Some(parent) = to.parent() {
            self.files.create_dirs(parent)?;
        }
        let bytes = fs::read(from).map_err(StateError::io("read", from))?;
        self.files.replace(to, &bytes, true)
    }

    fn put_flawed_snapshots_aside(&mut self) -> Result<(), StateError> {
        for serial in self.layout.snapshot_serials()? {
            if let SnapshotRead::Flawed(why) = Snapshot::read(&self.layout, serial)? {
                let path = self.layout.snapshot(serial);
                self.keep(&path, &self.aside.join(format!("snapshots/{serial}")))?;
                self.note_aside();
                self.files.remove(&path)?;
                self.report.actions.push(format!("the snapshot at serial {serial} was put aside: {why}"));
            }
        }
        Ok(())
    }

    /// Looks after the secrets, and leaves a snapshot where none is near.
    fn finish(&mut self, opened: Opened, options: &RepairOptions) -> Result<(), StateError> {
        let Opened { mut writer, mut state, .. } = opened;
        self.report.serial = state.serial;
        let path = self.layout.key();
        let passphrase = options.passphrase.as_deref();
        let file = KeyFile::read(&self.layout)?;
        let unusable = matches!(file, KeyFile::Missing | KeyFile::Damaged(_));
        let damaged = matches!(file, KeyFile::Damaged(_));
        let sealer = match file.open(&path, passphrase) {
            Ok(sealer) => sealer,
            Err(error) if !unusable => {
                self.report.remaining.push(error.to_string());
                return Ok(());
            }
            Err(_) => None,
        };
        let secrets = sealing::count(&state);
        if unusable && secrets > 0 && !options.forget_secrets {
            self.report.remaining.push(format!(
                "{secrets} secrets cannot be opened, as {} is missing or damaged: restore it from a backup, or let `finsight-deploy state repair --forget-secrets` take them out of the state, so that the next `up` sets them again",
                path.display()
            ));
            return Ok(());
        }
        let gone = if options.forget_secrets {
            sealing::forget_secrets(&mut state, sealer.as_ref())
        } else {
            Vec::new()
        };
        if damaged {
            self.keep(&path, &self.aside.join("secrets.key"))?;
            self.note_aside();
            self.files.remove(&path)?;
            self.report.actions.push("the damaged key file was put aside".to_owned());
        }
        if !gone.is_empty() {
            state.serial += 1;
            self.write_base(&mut writer, &state)?;
            self.report.serial = state.serial;
            self.report.forgotten = gone;
        }
        self.leave_snapshot(&state, &writer)
    }

    fn write_base(&self, writer: &mut Writer, state: &State) -> Result<(), StateError> {
        let serial = state.serial;
        let payload = serde_json::to_vec(state)
            .map_err(|error| StateError::Transition { serial, why: error.to_string() })?;
        writer.append(&[Record { kind: Kind::Base, serial, payload }])
    }

    fn leave_snapshot(&mut self, state: &State, writer: &Writer) -> Result<(), StateError> {
        let there = self.layout.snapshot_serials()?.first() == Some(&state.serial);
        if state.serial > 0 && !there {
            Snapshot::write(&self.layout, &self.files, state, writer.end())?;
            self.report.actions.push(format!("a snapshot was written at serial {}", state.serial));
        }
        if !self.report.forgotten.is_empty() {
            index::write(&self.layout, &self.files, state, &writer.end().chain)
                .map_err(|why| StateError::Transition { serial: state.serial, why })?;
        }
        Ok(())
    }
}

/// The marker where it is whole; its damage is what is being repaired.
fn read_head_leniently(layout: &Layout) -> Result<Option<Head>, StateError> {
    match read_head(layout) {
        Ok(read) => Ok(read.map(|read| read.head)),
        Err(StateError::Damaged { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn first_segment(id: u64, state: &State, payload: &[u8]) -> (Vec<u8>, Position) {
    let header =
        SegmentHeader { version: VERSION, id, serial: 0, chain: [0; 32], stack: state.stack.clone() };
    let mut bytes = header.encode();
    let chain = frame::encode(&mut bytes, Kind::Base, state.serial, &[0; 32], payload);
    let position = Position { segment: id, offset: bytes.len() as u64, serial: state.serial, chain };
    (bytes, position)
}
