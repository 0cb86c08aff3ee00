//! Other hands on the files while a run is at work.

use std::fs;
use std::path::Path;

use finsight_engine::state::State;
use finsight_state::{LocalStore, Notice, RepairOptions, StateError, repair, verify};

use crate::fixture::*;

type Deed = (&'static str, fn(&Path));

fn deeds() -> Vec<Deed> {
    vec![
        ("log removed", |root| fs::remove_dir_all(root.join("log")).unwrap()),
        ("a segment removed", |root| fs::remove_file(segments(root).pop().unwrap()).unwrap()),
        ("head removed", |root| fs::remove_file(root.join("head")).unwrap()),
        ("all removed but the lock", |root| {
            for name in ["log", "snapshots", "index"] {
                fs::remove_dir_all(root.join(name)).unwrap();
            }
            fs::remove_file(root.join("head")).unwrap();
        }),
        ("log replaced by a copy", |root| {
            fs::rename(root.join("log"), root.join("old")).unwrap();
            fs::create_dir(root.join("log")).unwrap();
            for entry in fs::read_dir(root.join("old")).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, root.join("log").join(path.file_name().unwrap())).unwrap();
            }
        }),
        ("head replaced by a copy", |root| {
            let bytes = fs::read(root.join("head")).unwrap();
            fs::write(root.join("copy"), bytes).unwrap();
            fs::rename(root.join("copy"), root.join("head")).unwrap();
        }),
    ]
}

/// N7: everything was acknowledged into files that nobody sees any more, and the run ended well.
#[test]
fn files_that_are_removed_or_replaced_in_mid_run_are_noticed_with_the_next_record() {
    for small in [false, true] {
        for (what, deed) in deeds() {
            let built = build(false);
            let mut store = if small { small_segments(built.base()) } else { lock(built.base()) };
            store.append(vec![started()]).unwrap();
            let before = store.state().clone();
            deed(&built.root());
            let after = bytes_of(built.base());
            let error = store.append(created_anew()).unwrap_err();
            assert_eq!(error.code(), "STATE-REPLACED", "{what}: {error}");
            assert_eq!(*store.state(), before, "{what}");
            // Nor is anything written later in this run.
            assert_eq!(store.append(vec![started()]).unwrap_err().code(), "STATE-POISONED", "{what}");
            let notices = store.close();
            assert!(matches!(notices.as_slice(), [Notice::Replaced { .. }]), "{what}: {notices:?}");
            assert!(notices[0].code() == Some("STATE-REPLACED"));
            let mut left = bytes_of(built.base());
            left.insert("dev/lock".into(), after[Path::new("dev/lock")].clone());
            assert_eq!(left, after, "{what}");
        }
    }
}

/// N7, after the last record: then the end of the run says it.
#[test]
fn files_that_are_removed_after_the_last_record_are_noticed_at_the_end() {
    for (what, deed) in deeds() {
        let built = build(false);
        let mut store = lock(built.base());
        store.append(vec![started()]).unwrap();
        deed(&built.root());
        assert!(matches!(store.finish().as_slice(), [Notice::Replaced { .. }]), "{what}");
    }
}

/// Before the first record of the run nothing is open yet; it is noticed all the same.
#[test]
fn files_that_are_removed_before_the_first_record_are_noticed() {
    for (what, deed) in deeds().into_iter().filter(|(what, _)| what.contains("removed")) {
        let built = build(false);
        let mut store = small_segments(built.base());
        deed(&built.root());
        assert_eq!(store.append(vec![started()]).unwrap_err().code(), "STATE-REPLACED", "{what}");
    }
}

fn created_anew() -> Vec<finsight_engine::state::Entry> {
    vec![intent("e", finsight_engine::state::Operation::Create)]
}

/// V15: a second process that wrote meanwhile, here by a copy of the files that keeps names and inodes.
#[test]
fn a_writer_whose_commit_marker_another_has_moved_on_writes_no_more() {
    let built = build(false);
    let mut store = lock(built.base());
    store.append(vec![started()]).unwrap();
    let (head, log) = (built.root().join("head"), segments(&built.root()).pop().unwrap());
    let copy = tempfile::tempdir().unwrap();
    lay_out(copy.path(), &bytes_of(built.base()));
    let mut other = lock(copy.path());
    other.append(vec![started()]).unwrap();
    drop(other);
    let at = |path: &Path| copy.path().join(path.strip_prefix(built.base()).unwrap());
    fs::write(&head, fs::read(at(&head)).unwrap()).unwrap();
    fs::write(&log, fs::read(at(&log)).unwrap()).unwrap();
    let error = store.append(vec![started()]).unwrap_err();
    assert!(matches!(&error, StateError::Replaced { path, .. } if *path == head), "{error}");
    drop(store);
    assert_eq!(read(built.base()), read(copy.path()));
    assert!(verify(built.base(), STACK, None, None).unwrap().is_readable());
}

/// V15: the serial is that of the very state, whoever writes meanwhile.
#[test]
fn what_is_read_has_the_serial_of_exactly_that_state() {
    let built = build(false);
    let mut store = lock(built.base());
    let base = built.base().to_owned();
    let reader = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for _ in 0..40 {
            let loaded = LocalStore::read(&base, STACK, None).unwrap();
            assert_eq!(loaded.serial, loaded.state.serial);
            seen.push(loaded);
        }
        seen
    });
    let mut states = vec![store.state().clone()];
    for _ in 0..60 {
        store.append(vec![started()]).unwrap();
        states.push(store.state().clone());
    }
    for loaded in reader.join().unwrap() {
        let then = states.iter().find(|state| state.serial == loaded.serial).unwrap();
        assert_eq!(loaded.state, *then);
    }
}

/// N9, N11: nothing there, nothing written yet, and nothing on record are three things.
#[test]
fn what_is_not_there_is_told_apart_from_what_is_empty() {
    use finsight_state::Presence;
    let dir = tempfile::tempdir().unwrap();
    let looked = |base: &Path| {
        let loaded = LocalStore::read(base, STACK, None).unwrap();
        assert_eq!((loaded.place, loaded.serial), (base.join(STACK), loaded.state.serial));
        let verified = verify(base, STACK, None, None).unwrap().presence;
        assert_eq!(loaded.presence, verified);
        verified
    };
    let mended = |base: &Path| repair(base, STACK, &holder(), &RepairOptions::default()).unwrap().presence;
    assert_eq!(looked(&dir.path().join("misspelt")), Presence::NoDirectory);
    assert_eq!(mended(&dir.path().join("misspelt")), Presence::NoDirectory);
    assert!(bytes_of(dir.path()).is_empty());
    drop(lock(dir.path()));
    assert_eq!(looked(dir.path()), Presence::NoRecords);
    assert_eq!(mended(dir.path()), Presence::NoRecords);
    let mut store = lock(dir.path());
    store.append(vec![started()]).unwrap();
    drop(store);
    assert_eq!(looked(dir.path()), Presence::Records);
    assert_eq!(read(dir.path()).rows.len(), State::empty(STACK).rows.len());
}

/// N9: `state repair` where the directory is a file ended well.
#[test]
fn a_file_in_the_place_of_the_directory_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(STACK);
    fs::write(&file, "not a directory").unwrap();
    for base in [dir.path(), &file] {
        for error in [
            repair(base, STACK, &holder(), &RepairOptions::default()).err().unwrap(),
            LocalStore::read(base, STACK, None).err().unwrap(),
            LocalStore::read_sealed(base, STACK).err().unwrap(),
            LocalStore::lock(base, STACK, &holder(), None).err().unwrap(),
            LocalStore::index(base, STACK, dir.path()).err().unwrap(),
            verify(base, STACK, None, None).err().unwrap(),
        ] {
            assert_eq!(error.code(), "STATE-NO-DIRECTORY", "{error}");
            assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
        }
    }
    assert_eq!(fs::read(&file).unwrap(), b"not a directory");
}
