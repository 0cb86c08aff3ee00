//! What changes nothing writes nothing.

use finsight_state::{LocalStore, verify};

use crate::fixture::*;

#[test]
fn reading_and_opening_an_intact_store_leaves_every_byte() {
    let built = build(true);
    let before = bytes_of(built.base());
    for _ in 0..3 {
        assert!(LocalStore::read(built.base(), STACK, None).unwrap().notices.is_empty());
        assert_eq!(bytes_of(built.base()), before);
        let store = lock(built.base());
        assert_eq!(store.notices(), []);
        assert_eq!(*store.state(), built.state);
        assert!(store.close().is_empty());
        assert_eq!(bytes_of(built.base()), before);
        let scratch = tempfile::tempdir().unwrap();
        let report = verify(built.base(), STACK, None, Some(scratch.path())).unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(bytes_of(built.base()), before);
    }
}

#[test]
fn reading_where_there_is_nothing_creates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = LocalStore::read(dir.path(), STACK, None).unwrap();
    assert_eq!(loaded.state, finsight_engine::state::State::empty(STACK));
    assert!(verify(dir.path(), STACK, None, None).unwrap().is_intact());
    assert!(bytes_of(dir.path()).is_empty());
    // A run that appends nothing leaves an empty lock file and no log.
    let _ = lock(dir.path()).close();
    assert_eq!(bytes_of(dir.path()).into_values().collect::<Vec<_>>(), [Vec::<u8>::new()]);
    assert_eq!(read(dir.path()).serial, 0);
}

#[test]
fn records_without_entries_are_no_records() {
    let built = build(false);
    let before = bytes_of(built.base());
    let mut store = lock(built.base());
    assert_eq!(store.append_group(vec![vec![], vec![]]).unwrap(), built.state.serial);
    assert!(store.close().is_empty());
    assert_eq!(bytes_of(built.base()), before);
}

#[test]
fn the_index_answers_as_the_state_does() {
    let built = build(true);
    let scratch = tempfile::tempdir().unwrap();
    let index = LocalStore::index(built.base(), STACK, scratch.path()).unwrap().unwrap();
    assert_eq!(index.serial(), built.state.serial);
    let sealed = LocalStore::read_sealed(built.base(), STACK).unwrap().state;
    assert_eq!(index.state(STACK).unwrap(), sealed);
    assert_eq!(index.row(&urn("vpc")).unwrap().unwrap().id, "subnet-vpc");
    assert_eq!(index.row(&urn("nobody")).unwrap(), None);
    assert_eq!(index.history().unwrap().len(), 3);
    let dependents = index.dependents(&urn("vpc")).unwrap();
    assert!(dependents.iter().any(|(dependent, edge)| *dependent == urn("c") && edge.via == "vpc_id"));
}

#[test]
fn a_snapshot_is_left_by_every_finished_update_and_old_ones_go() {
    let built = build(false);
    let count = || std::fs::read_dir(built.root().join("snapshots")).unwrap().count();
    assert_eq!(count(), 2);
    for _ in 0..5 {
        let mut store = lock(built.base());
        store.append(vec![started()]).unwrap();
        store.append(vec![finished()]).unwrap();
        let _ = store.close();
    }
    assert_eq!(count(), 3);
    assert!(verify(built.base(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn many_updates_keep_the_index_whole_and_bounded() {
    let built = build(false);
    for _ in 0..20 {
        let mut store = lock(built.base());
        store.append(vec![started()]).unwrap();
        store.append(vec![finished()]).unwrap();
        assert!(store.close().is_empty());
    }
    let scratch = tempfile::tempdir().unwrap();
    let report = verify(built.base(), STACK, None, Some(scratch.path())).unwrap();
    assert!(report.is_intact(), "{:?}", report.findings);
}

#[test]
fn a_long_update_leaves_snapshots_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = lock(dir.path());
    store.append_group((0..300).map(|_| vec![started()]).collect()).unwrap();
    drop(store);
    assert!(dir.path().join("dev/snapshots/000000000300.snapshot").is_file());
    assert_eq!(read(dir.path()).history.len(), 300);
}
