//! What a crash leaves at the end of the log, and `kill -9`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use finsight_engine::state::Operation;
use finsight_state::{LocalStore, Notice, verify};

use crate::fixture::*;

#[test]
fn a_record_cut_off_at_any_byte_is_dropped_and_said_if_it_was_not_acknowledged() {
    let built = build(false);
    fs::remove_dir_all(built.root().join("index")).unwrap();
    let (head, segment) = (built.root().join("head"), segments(&built.root()).pop().unwrap());
    let (head_before, log_before) = (fs::read(&head).unwrap(), fs::read(&segment).unwrap());
    let mut store = lock(built.base());
    store.append(created("d", false)).unwrap();
    let after = store.state().clone();
    drop(store);
    let (head_after, log_after) = (fs::read(&head).unwrap(), fs::read(&segment).unwrap());
    assert!(log_after.starts_with(&log_before), "the record is in the same segment");
    for len in log_before.len()..=log_after.len() {
        let whole = len == log_after.len();
        fs::write(&segment, &log_after[..len]).unwrap();
        // Acknowledged: it is damage.
        if len % 9 == 0 || whole {
            fs::write(&head, &head_after).unwrap();
            let read_now = LocalStore::read(built.base(), STACK, None);
            assert_eq!(read_now.is_ok(), whole, "{len}");
        }
        // Not acknowledged: it is what a crash leaves.
        fs::write(&head, &head_before).unwrap();
        let loaded = LocalStore::read(built.base(), STACK, None).unwrap();
        assert_eq!(loaded.state, if whole { after.clone() } else { built.state.clone() }, "{len}");
        let torn = !whole && len > log_before.len();
        assert_eq!(loaded.notices.len(), usize::from(torn), "{len}");
        if len % 32 == 0 || whole {
            let mut store = lock(built.base());
            let dropped =
                store.notices().iter().any(|notice| matches!(notice, Notice::TornTail { dropped: true, .. }));
            assert_eq!(dropped, torn, "{len}");
            if !whole {
                assert_eq!(fs::read(&segment).unwrap(), log_before);
            }
            store.append(vec![started()]).unwrap();
            drop(store);
            assert!(verify(built.base(), STACK, None, None).unwrap().is_readable(), "{len}");
            fs::write(&segment, &log_before).unwrap();
        }
    }
}

#[test]
fn a_flip_in_the_last_acknowledged_record_is_damage_and_not_a_torn_tail() {
    let built = build(false);
    let segment = segments(&built.root()).pop().unwrap();
    let bytes = fs::read(&segment).unwrap();
    for at in (bytes.len() - 300..bytes.len()).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x80;
        fs::write(&segment, &flipped).unwrap();
        let error = LocalStore::read(built.base(), STACK, None).err().unwrap();
        assert_eq!(error.code(), "STATE-DAMAGED", "{at}");
        let error = LocalStore::lock(built.base(), STACK, &holder(), None).err().unwrap();
        assert_eq!(error.code(), "STATE-DAMAGED", "{at}");
        assert_eq!(fs::read(&segment).unwrap(), flipped, "damage is left as it is");
    }
}

#[test]
fn a_marker_torn_while_it_was_written_is_no_damage() {
    let built = build(false);
    let head = built.root().join("head");
    let before = fs::read(&head).unwrap();
    let mut store = lock(built.base());
    store.append(created("d", false)).unwrap();
    let state = store.state().clone();
    drop(store);
    let after = fs::read(&head).unwrap();
    let changed: Vec<usize> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
    let middle = changed[changed.len() / 2];
    let mut torn = before.clone();
    torn[..middle].copy_from_slice(&after[..middle]);
    fs::write(&head, &torn).unwrap();
    let loaded = LocalStore::read(built.base(), STACK, None).unwrap();
    assert_eq!((loaded.state, loaded.notices), (state.clone(), vec![Notice::HeadTorn]));
    let store = lock(built.base());
    assert_eq!(*store.state(), state);
    drop(store);
    assert_eq!(fs::read(&head).unwrap(), after);
}

/// The child of the next test: appends until it is killed, and prints what was acknowledged.
#[test]
#[ignore = "run by another test as its child"]
fn appends_until_killed() {
    let Ok(base) = std::env::var("FINSIGHT_TEST_BASE") else { return };
    let mut store = small_segments(Path::new(&base));
    let from = store.state().serial;
    let mut serial = store.append(vec![started()]).unwrap();
    for number in 0.. {
        let name = format!("n{from}-{number}");
        serial = serial.max(store.append(vec![intent(&name, Operation::Create)]).unwrap());
        println!("acknowledged {serial}");
        serial = store.append(created(&name, true)).unwrap();
        println!("acknowledged {serial}");
        if number % 7 == 6 {
            serial = store.append(vec![finished(), started()]).unwrap();
            println!("acknowledged {serial}");
        }
    }
}

pub fn child(test: &str, base: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads", "1"])
        .env("FINSIGHT_TEST_BASE", base)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

#[test]
fn killed_at_any_moment_what_was_acknowledged_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 0..12_u64 {
        let mut running = child("torn::appends_until_killed", dir.path()).spawn().unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut acknowledged = last;
        let wanted = 1 + round * 3 % 17;
        let mut seen = 0;
        while seen < wanted {
            let Some(Ok(line)) = lines.next() else { break };
            if let Some(serial) = line.strip_prefix("acknowledged ") {
                acknowledged = serial.parse().unwrap();
                seen += 1;
            }
        }
        std::thread::sleep(std::time::Duration::from_micros(round * 1700));
        running.kill().unwrap();
        running.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some(serial) = line.strip_prefix("acknowledged ") {
                acknowledged = serial.parse().unwrap_or(acknowledged);
            }
        }
        let seen = read(dir.path());
        assert!(seen.serial >= acknowledged && acknowledged > last, "{} of {acknowledged}", seen.serial);
        // The dead process's lock is no obstacle.
        let store = lock(dir.path());
        assert_eq!(*store.state(), seen);
        let _ = store.close();
        let report = verify(dir.path(), STACK, None, None).unwrap();
        assert!(report.is_intact(), "{:?}", report.findings);
        last = seen.serial;
    }
}
