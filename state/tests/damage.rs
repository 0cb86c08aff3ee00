//! Damage anywhere: never a panic, never another state without a word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finsight_state::{LocalStore, RepairOptions, RepairReport, StateError, repair, verify};

use crate::fixture::*;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The store without its index, which is checked apart: hashing it thousands of times is slow.
fn log_files(built: &Built) -> Files {
    let mut files = bytes_of(built.base());
    files.retain(|name, _| !name.starts_with("dev/index"));
    files
}

fn laid_out(files: &Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), files);
    dir
}

/// Reading gives the same state or an error that names damage. Gives whether it was an error.
fn check_read(built: &Built, base: &Path, what: &str) -> bool {
    match LocalStore::read(base, STACK, None) {
        Ok(loaded) => {
            assert_eq!(loaded.state, built.state, "{what}: another state without a word");
            false
        }
        Err(error) => {
            let named = matches!(error.code(), "STATE-DAMAGED" | "STATE-KEY");
            assert!(named, "{what}: {error}");
            true
        }
    }
}

/// After a repair the store opens, and what is not said to be gone is there.
fn check_repair(built: &Built, base: &Path, what: &str) -> RepairReport {
    let options = RepairOptions { forget_secrets: true, ..RepairOptions::default() };
    let report = repair(base, STACK, &holder(), &options).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(report.remaining, Vec::<String>::new(), "{what}");
    let state = read(base);
    assert_eq!(state.serial, report.serial, "{what}");
    if report.state_whole() {
        assert_eq!(state, built.state, "{what}: {:?}", report.actions);
    } else {
        assert!(state.serial > built.state.serial, "{what}");
        let named: Vec<u64> = report.lost.iter().flat_map(|loss| loss.serials.0..=loss.serials.1).collect();
        assert!(!named.is_empty() || !report.forgotten.is_empty(), "{what}");
    }
    let after = verify(base, STACK, None, None).unwrap();
    assert!(after.is_intact(), "{what}: {:?}", after.findings);
    let mut store = lock(base);
    assert!(store.notices().is_empty(), "{what}: {:?}", store.notices());
    store.append(vec![started()]).unwrap();
    let _ = store.close();
    report
}

/// All that is checked of one damaged copy. `every` thins out the slow part.
fn trial(built: &Built, files: &Files, what: &str, number: usize, every: usize) {
    let dir = laid_out(files);
    let refused = check_read(built, dir.path(), what);
    let report = verify(dir.path(), STACK, None, None).unwrap();
    assert!(!refused || !report.is_readable(), "{what}: verify calls readable what is not");
    if number.is_multiple_of(every) {
        check_repair(built, dir.path(), what);
    } else if number.is_multiple_of(9)
        && let Ok(store) = LocalStore::lock(dir.path(), STACK, &holder(), None)
    {
        assert_eq!(*store.state(), built.state, "{what}: a writer sees another state");
    }
}

#[test]
fn flipped_bits() {
    let built = build(true);
    let files = log_files(&built);
    let mut number = 0_usize;
    for (name, bytes) in &files {
        // The marker is mostly padding.
        let step = if name.ends_with("head") { 5 } else { 17 };
        for at in (0..bytes.len()).step_by(step) {
            let mut files = files.clone();
            files.get_mut(name).unwrap()[at] ^= 1 << (at % 8);
            number += 1;
            let what = format!("{} bit {at}", name.display());
            let padding = name.ends_with("head") && at % 4096 > 200;
            if padding && !number.is_multiple_of(50) {
                continue;
            }
            trial(&built, &files, &what, number, 60);
        }
    }
    assert!(number > 1000);
}

#[test]
fn every_flip_in_the_log_is_found_by_verify() {
    let built = build(false);
    let files = log_files(&built);
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("dev/log")) {
        for at in (0..bytes.len()).step_by(13) {
            let mut files = files.clone();
            files.get_mut(name).unwrap()[at] ^= 0x10;
            let dir = laid_out(&files);
            let report = verify(dir.path(), STACK, None, None).unwrap();
            assert!(!report.is_intact(), "{} byte {at}", name.display());
        }
    }
}

#[test]
fn cut_files() {
    let built = build(true);
    let files = log_files(&built);
    let mut number = 0_usize;
    for (name, bytes) in &files {
        let step = if name.ends_with("head") { 511 } else { 31 };
        for len in (0..bytes.len()).step_by(step) {
            let mut files = files.clone();
            files.get_mut(name).unwrap().truncate(len);
            number += 1;
            trial(&built, &files, &format!("{} cut to {len}", name.display()), number, 25);
        }
    }
}

#[test]
fn zeroed_and_lengthened_files() {
    let built = build(true);
    let files = log_files(&built);
    let mut number = 0_usize;
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with("lock")) {
        for from in (0..bytes.len()).step_by(256) {
            let mut files = files.clone();
            let bytes = files.get_mut(name).unwrap();
            let to = bytes.len().min(from + 512);
            bytes[from..to].fill(0);
            number += 1;
            trial(&built, &files, &format!("{} zeroed from {from}", name.display()), number, 7);
        }
        let mut files = files.clone();
        files.get_mut(name).unwrap().extend_from_slice(&[0x5a; 100]);
        trial(&built, &files, &format!("{} lengthened", name.display()), 0, 1);
    }
}

#[test]
fn missing_files() {
    let built = build(true);
    let files = log_files(&built);
    for name in files.keys() {
        let mut files = files.clone();
        files.remove(name);
        trial(&built, &files, &format!("{} missing", name.display()), 0, 1);
    }
}

#[test]
fn two_files_damaged_at_once() {
    let built = build(false);
    let files = log_files(&built);
    let names: Vec<&PathBuf> = files.keys().filter(|name| !name.ends_with("lock")).collect();
    for (i, a) in names.iter().enumerate() {
        for b in &names[i + 1..] {
            let mut files = files.clone();
            for name in [a, b] {
                let bytes = files.get_mut(*name).unwrap();
                let at = bytes.len() / 2;
                bytes[at] ^= 0x40;
                let at = 30.min(bytes.len() - 1);
                bytes[at] ^= 0x04;
            }
            trial(&built, &files, &format!("{} and {}", a.display(), b.display()), 0, 1);
        }
    }
}

#[test]
fn a_damaged_index_is_built_again_and_said() {
    let built = build(false);
    let files = bytes_of(built.base());
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("dev/index")) {
        let places = [0, bytes.len() / 3, bytes.len() - 1];
        for (number, at) in places.into_iter().enumerate() {
            let mut files = files.clone();
            let bytes = files.get_mut(name).unwrap();
            match number {
                0 => bytes.truncate(at),
                _ => bytes[at] ^= 1,
            }
            let what = format!("{} at {at}", name.display());
            let dir = laid_out(&files);
            assert!(!check_read(&built, dir.path(), &what));
            let report = verify(dir.path(), STACK, None, None).unwrap();
            assert!(!report.is_intact() && report.is_readable(), "{what}");
            let scratch = tempfile::tempdir().unwrap();
            assert!(LocalStore::index(dir.path(), STACK, scratch.path()).unwrap().is_none(), "{what}");
            let store = lock(dir.path());
            assert_eq!(store.notices().len(), 1, "{what}: {:?}", store.notices());
            let _ = store.close();
            assert!(verify(dir.path(), STACK, None, None).unwrap().is_intact(), "{what}");
        }
    }
    let mut files = files.clone();
    files.retain(|name, _| !name.starts_with("dev/index"));
    let dir = laid_out(&files);
    assert_eq!(lock(dir.path()).notices().len(), 1);
}

#[test]
fn the_index_restores_the_state_when_log_and_snapshots_are_gone() {
    let built = build(false);
    for name in ["log", "snapshots"] {
        std::fs::remove_dir_all(built.root().join(name)).unwrap();
    }
    assert!(check_read(&built, built.base(), "log gone"));
    let report = repair(built.base(), STACK, &holder(), &RepairOptions::default()).unwrap();
    assert!(report.state_whole());
    assert_eq!(read(built.base()), built.state);
}

#[test]
fn a_lost_record_is_named_with_its_resources() {
    let built = build(false);
    std::fs::remove_dir_all(built.root().join("index")).unwrap();
    let last = segments(&built.root()).pop().unwrap();
    let mut bytes = std::fs::read(&last).unwrap();
    // Within the payload of the last record, which is the intent to create `d`.
    let at = bytes.len() - 40;
    bytes[at] ^= 1;
    std::fs::write(&last, bytes).unwrap();
    let error = LocalStore::read(built.base(), STACK, None).err().unwrap();
    assert!(matches!(&error, StateError::Damaged { file, .. } if *file == last), "{error}");
    assert!(error.to_string().contains("state repair"));
    let report = repair(built.base(), STACK, &holder(), &RepairOptions::default()).unwrap();
    let loss = &report.lost[0];
    assert_eq!(loss.serials, (built.state.serial, built.state.serial));
    assert_eq!(loss.urns, [urn("d").to_string()]);
    let said = loss.to_string();
    assert!(
        said.contains(&format!("record {}", built.state.serial)) && said.contains(urn("d").as_str()),
        "{said}"
    );
    let kept = report.kept.unwrap().join("log").join(last.file_name().unwrap());
    assert!(kept.is_file());
    let state = read(built.base());
    assert_eq!((state.rows.len(), state.serial), (built.state.rows.len(), built.state.serial + 1));
}

#[test]
fn records_behind_a_gap_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = lock(dir.path());
    store.append(vec![started()]).unwrap();
    create(&mut store, "a", false);
    create(&mut store, "lost", false);
    create(&mut store, "z", false);
    drop(store);
    let root = dir.path().join(STACK);
    let segment = segments(&root).pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.match_indices("subnet-lost").next().unwrap().0;
    // `text` replaced invalid bytes by longer ones, so the place is looked up again.
    let at = bytes.windows(11).position(|window| window == b"subnet-lost").unwrap_or(at);
    bytes[at] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let report = repair(dir.path(), STACK, &holder(), &RepairOptions::default()).unwrap();
    assert_eq!(report.lost[0].serials, (5, 5));
    assert!(report.lost[0].urns.contains(&urn("lost").to_string()));
    let state = read(dir.path());
    assert!(state.rows.contains_key(&urn("a")) && state.rows.contains_key(&urn("z")));
    // What was lost was the answer to a create: its intent is still open, so `up` looks for it.
    assert!(state.intents.contains_key(owner("lost").as_str()));
}
