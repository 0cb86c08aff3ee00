//! One writer at a time, in one process and in two.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use finsight_state::{LocalStore, StateError};

use crate::fixture::*;
use crate::torn::child;

#[test]
fn a_second_writer_is_told_who_holds_the_lock() {
    let built = build(false);
    let store = lock(built.base());
    match LocalStore::lock(built.base(), STACK, &holder(), None).err().unwrap() {
        StateError::Locked { who, command, since, path } => {
            assert!(who.starts_with("ana@laptop (process "), "{who}");
            assert_eq!(command, "up --yes");
            assert!(since.parse::<jiff::Timestamp>().is_ok(), "{since}");
            assert_eq!(path, built.root().join("lock"));
        }
        other => panic!("{other}"),
    }
    // Readers need no lock.
    assert_eq!(read(built.base()), built.state);
    drop(store);
    drop(lock(built.base()));
}

#[test]
fn what_a_dead_process_left_in_the_lock_file_is_no_obstacle() {
    let built = build(false);
    std::fs::write(built.root().join("lock"), br#"{"who":"gone","pid":1,"command":"up","since":"x"}"#)
        .unwrap();
    drop(lock(built.base()));
    std::fs::write(built.root().join("lock"), b"\xff\x00garbage").unwrap();
    drop(lock(built.base()));
}

#[test]
#[ignore = "run by another test as its child"]
fn holds_the_lock_until_killed() {
    let Ok(base) = std::env::var("FINSIGHT_TEST_BASE") else { return };
    let _store = lock(Path::new(&base));
    println!("locked");
    std::thread::sleep(std::time::Duration::from_secs(600));
}

#[test]
fn another_process_s_lock_holds_until_that_process_is_gone() {
    let built = build(false);
    let mut running = child("locking::holds_the_lock_until_killed", built.base()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("locked")));
    let error = LocalStore::lock(built.base(), STACK, &holder(), None).err().unwrap();
    assert_eq!(error.code(), "STATE-LOCKED");
    assert!(error.to_string().contains(&running.id().to_string()), "{error}");
    running.kill().unwrap();
    running.wait().unwrap();
    drop(lock(built.base()));
}

#[test]
fn a_writer_whose_lock_was_removed_by_force_writes_no_more() {
    let built = build(false);
    let mut old = lock(built.base());
    let was = LocalStore::force_unlock(built.base(), STACK).unwrap().unwrap();
    assert_eq!(was.who, "ana@laptop");
    let error = old.append(vec![started()]).unwrap_err();
    assert_eq!(error.code(), "STATE-LOCK-LOST");
    let mut new = lock(built.base());
    new.append(vec![started()]).unwrap();
    assert_eq!(old.append(vec![started()]).unwrap_err().code(), "STATE-LOCK-LOST");
    drop(old);
    assert_eq!(LocalStore::lock(built.base(), STACK, &holder(), None).err().unwrap().code(), "STATE-LOCKED");
    new.append(vec![finished()]).unwrap();
    assert!(new.close().is_empty());
    assert_eq!(LocalStore::force_unlock(built.base(), "other").unwrap(), None);
}

#[test]
fn reading_beside_a_busy_writer_always_gives_a_whole_state() {
    let built = build(false);
    let base = built.base().to_owned();
    let from = built.state.serial;
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut store = small_segments(&base);
            for _ in 0..40 {
                store.append_group(vec![vec![started()], vec![finished()]]).unwrap();
            }
            let _ = store.close();
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let mut last = from;
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let loaded = LocalStore::read(&base, STACK, None).unwrap();
            assert!(loaded.state.serial >= last);
            last = loaded.state.serial;
        }
    });
    assert_eq!(read(built.base()).serial, from + 80);
}

#[test]
fn names_that_would_leave_the_directory_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["", ".", "..", "a/b", "../x", "a b", &"x".repeat(65)] {
        let error = LocalStore::lock(dir.path(), name, &holder(), None).err().unwrap();
        assert_eq!(error.code(), "STATE-NAME", "{name}");
    }
}

#[test]
fn a_store_can_be_handed_to_another_thread() {
    fn sent<T: Send>() {}
    sent::<LocalStore>();
}
