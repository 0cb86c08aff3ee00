//! Verifying: every byte that matters, against every other.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use finsight_engine::state::State;

use crate::error::StateError;
use crate::frame::Hash;
use crate::index::{self, Found, Index};
use crate::key::KeySealer;
use crate::keyfile::KeyFile;
use crate::layout::{Layout, Presence};
use crate::load::{apply, read_head};
use crate::lock;
use crate::log::walk;
use crate::sealing;
use crate::snapshot::{Snapshot, SnapshotRead};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A trace of a crash or of a writer at work; nothing is wrong.
    Trace,
    /// Something that follows from the log is wrong; the next run that writes builds it again.
    Derived,
    /// The log, its commit marker or the key is damaged: `state repair` is needed.
    Damage,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// In which file.
    pub file: PathBuf,
    /// Where in it, where a place can be named.
    pub offset: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(f, "{}, byte {offset}: {}", self.file.display(), self.what),
            None => write!(f, "{}: {}", self.file.display(), self.what),
        }
    }
}

/// What a verification saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was there to be verified.
    pub presence: Presence,
    /// The serial up to which the log was replayed.
    pub serial: u64,
    /// Segments in the log.
    pub segments: usize,
    /// Records that were replayed.
    pub records: u64,
    /// Snapshots that equal the replay.
    pub snapshots: usize,
    /// The serial of the index, where it is whole.
    pub index: Option<u64>,
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing at all is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Trace)
    }

    /// Whether log, marker and key are whole, so that the state can be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Damage)
    }

    fn add(&mut self, severity: Severity, file: &Path, offset: Option<u64>, what: impl Into<String>) {
        self.findings.push(Finding { severity, file: file.to_owned(), offset, what: what.into() });
    }
}

/// Checks a store without changing it: the log's chain from its first record, every snapshot
/// against the replay, the key against the secrets, and the index against the rows.
///
/// `scratch` is an empty directory for a copy of the index; without it the index is checked by its
/// files' hashes alone. Without the passphrase of a wrapped key its secrets are not opened.
///
/// # Errors
/// A newer version, another stack's files, and files that cannot be read. Damage is a finding.
pub fn verify(
    base: &Path,
    stack: &str,
    passphrase: Option<&str>,
    scratch: Option<&Path>,
) -> Result<Report, StateError> {
    inspect(&Layout::new(base, stack)?, passphrase, scratch)
}

pub(crate) fn inspect(
    layout: &Layout,
    passphrase: Option<&str>,
    scratch: Option<&Path>,
) -> Result<Report, StateError> {
    let presence = layout.presence()?;
    let mut report = Report { presence, segments: layout.segment_ids()?.len(), ..Report::default() };
    let mut snapshots = read_snapshots(layout, &mut report)?;
    let replayed = check_log(layout, &mut snapshots, &mut report)?;
    if let Some((state, chain)) = &replayed {
        for serial in snapshots.into_keys() {
            let what = "it stands at a serial that the log does not have";
            report.add(Severity::Derived, &layout.snapshot(serial), None, what);
        }
        check_index(layout, state, chain, scratch, &mut report)?;
    }
    check_key(layout, replayed.map(|(state, _)| state), passphrase, &mut report)?;
    Ok(report)
}

fn read_snapshots(layout: &Layout, report: &mut Report) -> Result<BTreeMap<u64, Snapshot>, StateError> {
    let mut whole = BTreeMap::new();
    for serial in layout.snapshot_serials()? {
        match Snapshot::read(layout, serial)? {
            SnapshotRead::Whole(snapshot) => {
                whole.insert(serial, *snapshot);
            }
            SnapshotRead::Missing => {}
            SnapshotRead::Flawed(why) => {
                report.add(Severity::Derived, &layout.snapshot(serial), None, why);
            }
        }
    }
    Ok(whole)
}

/// Turns damage into a finding; lets everything else through.
fn found<T>(outcome: Result<T, StateError>, report: &mut Report, at: &Path) -> Result<Option<T>, StateError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(StateError::Damaged { file, offset, what, .. }) => {
            report.add(Severity::Damage, &file, Some(offset), what);
            Ok(None)
        }
        Err(error @ StateError::Transition { .. }) => {
            report.add(Severity::Damage, at, None, error.to_string());
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Replays the whole log, and takes out of `snapshots` those that equal it.
fn check_log(
    layout: &Layout,
    snapshots: &mut BTreeMap<u64, Snapshot>,
    report: &mut Report,
) -> Result<Option<(State, Hash)>, StateError> {
    let Some(head) = found(read_head(layout), report, &layout.head())? else { return Ok(None) };
    let Some(head) = head else { return Ok(Some((State::empty(&layout.stack), [0; 32]))) };
    snapshots.retain(|_, snapshot| snapshot.position.segment >= head.head.first);
    let mut state = State::empty(&layout.stack);
    let (mut records, mut equal, mut unequal) = (0, 0, Vec::new());
    let outcome = walk(layout, &head, None, &mut |frame, path, at| {
        apply(&mut state, frame, path, at)?;
        records += 1;
        if let Some(snapshot) = snapshots.remove(&frame.serial) {
            if snapshot.state == state && snapshot.position.chain == frame.hash {
                equal += 1;
            } else {
                unequal.push(frame.serial);
            }
        }
        Ok(())
    });
    (report.records, report.snapshots, report.serial) = (records, equal, state.serial);
    for serial in unequal {
        // The log proves itself by its chain; a whole snapshot that differs is a defect.
        report.add(Severity::Damage, &layout.snapshot(serial), None, "it differs from the log's replay");
    }
    let Some(walked) = found(outcome, report, &layout.log())? else { return Ok(None) };
    if head.torn {
        report.add(Severity::Trace, &layout.head(), None, "one copy of the commit marker is not whole");
    }
    if let Some(torn) = walked.torn {
        let what = format!("a record of {} bytes was cut off before it was acknowledged", torn.bytes);
        report.add(Severity::Trace, &layout.segment(torn.segment), Some(torn.offset), what);
    }
    Ok(Some((state, walked.end.chain)))
}

fn check_index(
    layout: &Layout,
    state: &State,
    chain: &Hash,
    scratch: Option<&Path>,
    report: &mut Report,
) -> Result<(), StateError> {
    let dir = layout.index();
    // A writer brings it up at its end.
    let severity = if lock::is_held(layout) { Severity::Trace } else { Severity::Derived };
    match index::find(layout) {
        Ok(Found::Missing) if state.serial == 0 => {}
        Ok(Found::Missing) => report.add(severity, &dir, None, "the read index is missing"),
        Ok(Found::Flawed(why)) => report.add(severity, &dir, None, why),
        Err(error) => report.add(severity, &dir, None, error.to_string()),
        Ok(Found::Whole(manifest)) => {
            report.index = Some(manifest.serial);
            if manifest.chain != blake3::Hash::from(*chain).to_hex().as_str() {
                let what = format!("it stands at serial {}, the log at {}", manifest.serial, state.serial);
                report.add(severity, &dir, None, what);
            } else if let Some(scratch) = scratch {
                let rows = Index::open(layout, scratch)?.map(|index| index.state(&layout.stack));
                if rows != Some(Ok(state.clone())) {
                    report.add(severity, &dir, None, "its rows differ from the log's");
                }
            }
        }
    }
    Ok(())
}

fn check_key(
    layout: &Layout,
    state: Option<State>,
    passphrase: Option<&str>,
    report: &mut Report,
) -> Result<(), StateError> {
    let path = layout.key();
    let secrets = state.as_ref().map_or(0, sealing::count);
    let file = KeyFile::read(layout)?;
    match file {
        KeyFile::Missing if secrets == 0 => return Ok(()),
        KeyFile::Missing => {
            let what = format!("it is missing, and the state holds {secrets} secrets");
            report.add(Severity::Damage, &path, None, what);
            return Ok(());
        }
        KeyFile::Wrapped(_) if passphrase.is_none() => return Ok(()),
        _ => {}
    }
    let opened: Result<Option<KeySealer>, StateError> = file.open(&path, passphrase);
    match (opened, state) {
        (Err(error), _) => report.add(Severity::Damage, &path, None, error.to_string()),
        (Ok(Some(sealer)), Some(mut state)) => {
            if let Err(why) = sealing::open_state(&mut state, &sealer) {
                report.add(Severity::Damage, &path, None, why);
            }
        }
        (Ok(_), _) => {}
    }
    Ok(())
}
