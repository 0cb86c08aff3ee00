//! A disk that refuses, at every operation of an append.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use finsight_engine::state::{Operation, State};
use finsight_state::{
    Fault, Faults, FileOp, LocalStore, LockOptions, RepairOptions, StateError, repair, repair_with, verify,
};

use crate::fixture::*;

/// The n-th operation fails, and as many after it as asked.
struct NthFails {
    count: AtomicUsize,
    nth: usize,
    times: usize,
    written: usize,
}

impl Faults for NthFails {
    fn before(&self, _: FileOp, _: &Path) -> Option<Fault> {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let fails = count >= self.nth && count < self.nth.saturating_add(self.times);
        fails.then(|| Fault { error: io::Error::from(io::ErrorKind::StorageFull), written: self.written })
    }
}

fn faulty(nth: usize, times: usize, written: usize) -> (Arc<NthFails>, LockOptions) {
    let faults = Arc::new(NthFails { count: AtomicUsize::new(0), nth, times, written });
    let options = LockOptions { faults: Some(Arc::<NthFails>::clone(&faults)), segment_size: 1500 };
    (faults, options)
}

/// One update; gives the state after each acknowledged record, and the first error.
fn update(store: &mut LocalStore) -> (State, Option<StateError>) {
    let mut acknowledged = store.state().clone();
    let names = ["x1", "x2"];
    let mut records = vec![vec![started()]];
    for name in names {
        records.push(vec![intent(name, Operation::Create)]);
        records.push(created(name, true));
    }
    records.push(vec![finished()]);
    for record in records {
        match store.append(record) {
            Ok(_) => acknowledged = store.state().clone(),
            Err(error) => {
                assert_eq!(*store.state(), acknowledged, "a refused record changes nothing in memory");
                return (acknowledged, Some(error));
            }
        }
    }
    (acknowledged, None)
}

/// What is on disk is what was acknowledged, or one record more that was whole on disk.
fn check_after(base: &Path, acknowledged: &State, what: &str) {
    let seen = read(base);
    if seen.serial == acknowledged.serial {
        assert_eq!(seen, *acknowledged, "{what}");
    } else {
        assert_eq!(seen.serial, acknowledged.serial + 1, "{what}");
    }
    let mut store = lock(base);
    assert_eq!(*store.state(), seen, "{what}");
    store.append(vec![started()]).unwrap();
    let notices = store.close();
    let report = verify(base, STACK, None, None).unwrap();
    assert!(report.is_intact(), "{what}: {:?} {notices:?}", report.findings);
}

fn each_operation_fails(fresh: bool, times: usize, written: usize) {
    let built = build(true);
    let files = if fresh { BTreeMap::new() } else { bytes_of(built.base()) };
    for nth in 0.. {
        let what = format!("operation {nth} fails {times} times after {written} bytes");
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path();
        lay_out(base, &files);
        let (faults, options) = faulty(nth, times, written);
        match LocalStore::lock_with(base, STACK, &holder(), None, options) {
            Err(error) => assert_eq!(error.code(), "STATE-IO", "{what}"),
            Ok(mut store) => {
                let (acknowledged, error) = update(&mut store);
                if let Some(error) = &error {
                    assert_eq!(error.code(), "STATE-IO", "{what}: {error}");
                }
                let _ = store.close();
                check_after(base, &acknowledged, &what);
                if faults.count.load(Ordering::SeqCst) <= nth {
                    assert!(error.is_none());
                    assert!(nth > 20, "{nth}");
                    return;
                }
            }
        }
    }
}

#[test]
fn one_operation_fails_in_a_new_store() {
    each_operation_fails(true, 1, 0);
}

#[test]
fn one_operation_fails_half_way_in_an_old_store() {
    each_operation_fails(false, 1, 60);
}

#[test]
fn the_disk_stays_full() {
    each_operation_fails(false, usize::MAX, 100);
}

/// Fails the first write to the log after `armed`.
struct LogWrites {
    armed: AtomicUsize,
    op: FileOp,
}

impl Faults for LogWrites {
    fn before(&self, op: FileOp, path: &Path) -> Option<Fault> {
        let hit = op == self.op && path.extension().is_some_and(|end| end == "log");
        let fails = hit && self.armed.swap(0, Ordering::SeqCst) == 1;
        fails.then(|| Fault { error: io::Error::from(io::ErrorKind::StorageFull), written: 30 })
    }
}

fn one_log_fault(op: FileOp) -> (Built, LocalStore) {
    let built = build(false);
    let faults = Arc::new(LogWrites { armed: AtomicUsize::new(0), op });
    let options = LockOptions { faults: Some(Arc::<LogWrites>::clone(&faults)), segment_size: 1 << 20 };
    let mut store = LocalStore::lock_with(built.base(), STACK, &holder(), None, options).unwrap();
    faults.armed.store(1, Ordering::SeqCst);
    assert_eq!(store.append(vec![started()]).unwrap_err().code(), "STATE-IO");
    (built, store)
}

#[test]
fn after_a_full_disk_the_same_run_goes_on_once_there_is_room() {
    let (built, mut store) = one_log_fault(FileOp::Write);
    store.append(vec![started()]).unwrap();
    assert!(store.close().is_empty());
    assert_eq!(read(built.base()).serial, built.state.serial + 1);
    assert!(verify(built.base(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn after_a_failed_sync_nothing_more_is_taken() {
    let (built, mut store) = one_log_fault(FileOp::Sync);
    assert_eq!(store.append(vec![started()]).unwrap_err().code(), "STATE-POISONED");
    assert!(store.close().is_empty());
    assert_eq!(read(built.base()), built.state);
    assert!(verify(built.base(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn a_repair_that_is_cut_off_anywhere_is_run_again() {
    let built = build(true);
    let mut files = bytes_of(built.base());
    // The log begins with a damaged segment, which the snapshots stand in for.
    let first = segments(&built.root())[0].strip_prefix(built.base()).unwrap().to_owned();
    files.get_mut(&first).unwrap()[300] ^= 1;
    for nth in (0..).step_by(2) {
        let dir = tempfile::tempdir().unwrap();
        lay_out(dir.path(), &files);
        let (faults, _) = faulty(nth, usize::MAX, 50);
        let options = RepairOptions::default();
        let cut_off =
            repair_with(dir.path(), STACK, &holder(), &options, Some(Arc::<NthFails>::clone(&faults) as _));
        let done = faults.count.load(Ordering::SeqCst) <= nth;
        assert!(!done || cut_off.is_ok(), "{nth}");
        // What can be read is never another state.
        if let Ok(loaded) = LocalStore::read(dir.path(), STACK, None) {
            assert_eq!(loaded.state, built.state, "{nth}");
        }
        let report = repair(dir.path(), STACK, &holder(), &RepairOptions::default()).unwrap();
        assert!(report.state_whole(), "{nth}: {:?}", report.lost);
        assert_eq!(read(dir.path()), built.state, "{nth}");
        assert!(verify(dir.path(), STACK, None, None).unwrap().is_intact(), "{nth}");
        if done {
            assert!(nth > 10);
            return;
        }
    }
}

/// Fails every write under a directory.
struct Full(&'static str);

impl Faults for Full {
    fn before(&self, op: FileOp, path: &Path) -> Option<Fault> {
        let hit = op == FileOp::Write && path.components().any(|part| part.as_os_str() == self.0);
        hit.then(|| Fault { error: io::Error::from(io::ErrorKind::StorageFull), written: 0 })
    }
}

/// N8: it was silent. The log has everything, so it is a notice, with code and command.
#[test]
fn an_index_or_snapshot_that_could_not_be_written_is_said() {
    for what in ["index", "snapshots"] {
        let built = build(false);
        let faults = Some(Arc::new(Full(what)) as _);
        let options = LockOptions { faults, ..LockOptions::default() };
        let mut store = LocalStore::lock_with(built.base(), STACK, &holder(), None, options).unwrap();
        store.append(vec![started()]).unwrap();
        store.append(vec![finished()]).unwrap();
        let state = store.state().clone();
        let notices = store.finish();
        assert!(notices.iter().any(|notice| notice.code() == Some("STATE-UNWRITTEN")), "{what}: {notices:?}");
        let said = notices[0].to_string();
        assert!(said.contains("state verify") && said.contains("make room"), "{said}");
        assert_eq!(read(built.base()), state);
    }
}

/// N8: the reason had neither code nor command.
#[test]
fn a_full_disk_is_told_with_code_and_what_helps() {
    let built = build(false);
    let options = LockOptions { faults: Some(Arc::new(Full("log")) as _), ..LockOptions::default() };
    let mut store = LocalStore::lock_with(built.base(), STACK, &holder(), None, options).unwrap();
    let said = store.append(vec![started()]).unwrap_err().in_a_line();
    assert!(said.starts_with("STATE-IO: ") && said.contains("make room and run the command again"), "{said}");
}
