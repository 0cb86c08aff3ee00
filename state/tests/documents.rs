//! Export and import, other stacks' and newer versions' files.

use std::fs;

use finsight_engine::state::STATE_VERSION;
use finsight_engine::value::Value;
use finsight_state::{LocalStore, StateError, export, verify};

use crate::fixture::*;

fn exported(built: &Built) -> String {
    export(&LocalStore::read_sealed(built.base(), STACK).unwrap().state).unwrap()
}

fn refusal(store: &mut LocalStore, text: &str) -> (usize, usize, String) {
    match store.import(text, false).unwrap_err() {
        StateError::Document { line, column, why } => (line, column, why),
        other => panic!("{other}"),
    }
}

#[test]
fn an_exported_state_comes_back_as_it_was() {
    let built = build(true);
    let text = exported(&built);
    let empty = tempfile::tempdir().unwrap();
    let mut store = lock(empty.path());
    // Its secrets open with its own key alone.
    assert_eq!(store.import(&text, false).unwrap_err().code(), "STATE-KEY");
    drop(store);
    fs::copy(built.root().join("secrets.key"), empty.path().join("dev/secrets.key")).unwrap();
    let mut store = lock(empty.path());
    assert_eq!(store.import(&text, false).unwrap(), built.state.serial);
    assert!(store.close().is_empty());
    assert_eq!(read(empty.path()), built.state);
    let scratch = tempfile::tempdir().unwrap();
    let report = verify(empty.path(), STACK, None, Some(scratch.path())).unwrap();
    assert!(report.is_intact(), "{:?}", report.findings);
}

#[test]
fn importing_what_stands_changes_nothing() {
    let built = build(true);
    let before = bytes_of(built.base());
    let mut store = lock(built.base());
    assert_eq!(store.import(&exported(&built), false).unwrap(), built.state.serial);
    assert!(store.close().is_empty());
    assert_eq!(bytes_of(built.base()), before);
}

#[test]
fn an_older_document_needs_force_and_gets_a_new_serial() {
    let built = build(false);
    let text = exported(&built);
    let mut store = lock(built.base());
    store.append(vec![started()]).unwrap();
    let error = store.import(&text, false).unwrap_err();
    assert_eq!(error.code(), "STATE-SERIAL");
    let serial = store.import(&text, true).unwrap();
    assert_eq!(serial, built.state.serial + 2);
    assert_eq!(store.state().history.len(), built.state.history.len());
    let _ = store.close();
    let mut state = read(built.base());
    state.serial = built.state.serial;
    assert_eq!(state, built.state);
    assert!(verify(built.base(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn wrong_documents_are_refused_with_line_and_column() {
    let built = build(false);
    let text = exported(&built);
    let before = bytes_of(built.base());
    let mut store = lock(built.base());
    let (line, column, _) = refusal(&mut store, "{\"version\": 1,\n  oops }");
    assert_eq!((line, column), (2, 3));
    let version = |number: u16| format!("\"version\": {number}");
    let (line, _, why) =
        refusal(&mut store, &text.replacen(&version(STATE_VERSION), &version(STATE_VERSION + 1), 1));
    assert_eq!(line, 2);
    assert!(why.contains("upgrade"), "{why}");
    let (line, _, why) = refusal(&mut store, &text.replacen("\"dev\"", "\"prod\"", 1));
    assert!(line == 3 && why.contains("prod"), "{why}");
    let (line, _, why) = refusal(&mut store, &text.replacen("\"ready\"", "\"reddy\"", 1));
    assert!(line > 5 && why.contains("reddy"), "{why}");
    let (line, _, why) = refusal(&mut store, &text.replacen("\"subnet-vpc\"", "\"\"", 1));
    assert!(line > 5 && why.contains("physical id"), "{why}");
    let (_, _, why) = refusal(&mut store, &text.replacen("\"region\"", "\"regoin\"", 1));
    assert!(why.contains("region") || why.contains("regoin"), "{why}");
    let (_, _, why) = refusal(&mut store, &text.replacen("\"protect\"", "\"protekt\"", 1));
    assert!(why.contains("protekt"), "{why}");
    let (_, _, why) = refusal(&mut store, &text[..text.len() / 2]);
    assert!(!why.is_empty());
    assert!(!refusal(&mut store, "").2.is_empty());
    assert!(store.close().is_empty());
    assert_eq!(bytes_of(built.base()), before);
}

#[test]
fn no_cut_document_is_taken() {
    let built = build(false);
    let text = exported(&built);
    let mut store = lock(built.base());
    for at in (0..text.trim_end().len()).step_by(41) {
        assert!(store.import(&text[..at], true).is_err(), "{at}");
    }
}

#[test]
fn another_stack_s_log_is_refused() {
    let built = build(false);
    fs::rename(built.root(), built.base().join("prod")).unwrap();
    for error in [
        LocalStore::read(built.base(), "prod", None).err().unwrap(),
        LocalStore::lock(built.base(), "prod", &holder(), None).err().unwrap(),
        verify(built.base(), "prod", None, None).err().unwrap(),
    ] {
        assert_eq!(error.code(), "STATE-OTHER-STACK");
        assert!(error.to_string().contains("dev"), "{error}");
    }
    // One segment among this stack's own.
    let (a, b) = (build(false), build(false));
    fs::remove_dir_all(b.root().join("snapshots")).unwrap();
    let other = tempfile::tempdir().unwrap();
    let mut store = LocalStore::lock(other.path(), "prod", &holder(), None).unwrap();
    store.append(vec![started()]).unwrap();
    drop(store);
    fs::copy(&segments(&other.path().join("prod"))[0], &segments(&b.root())[0]).unwrap();
    assert_eq!(LocalStore::read(b.base(), STACK, None).err().unwrap().code(), "STATE-OTHER-STACK");
    drop(a);
}

/// Raises the version in a file's header and makes its checksum fit again.
fn raise_version(path: &std::path::Path, at: usize, sum_at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] = 9;
    let sum = blake3::hash(&bytes[..sum_at]);
    bytes[sum_at..sum_at + 32].copy_from_slice(sum.as_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_newer_version_s_files_are_refused_with_the_way_out() {
    let built = build(false);
    fs::remove_dir_all(built.root().join("snapshots")).unwrap();
    let path = &segments(&built.root())[0];
    raise_version(path, 8, 64 + STACK.len());
    let error = LocalStore::read(built.base(), STACK, None).err().unwrap();
    assert_eq!(error.code(), "STATE-NEWER");
    assert!(error.to_string().contains("upgrade"), "{error}");
    let built = build(false);
    let head = built.root().join("head");
    for slot in [0, 4096] {
        let mut bytes = fs::read(&head).unwrap();
        bytes[slot + 8] = 9;
        let end = slot + 88 + STACK.len();
        let sum = blake3::hash(&bytes[slot..end]);
        bytes[end..end + 32].copy_from_slice(sum.as_bytes());
        fs::write(&head, bytes).unwrap();
    }
    assert_eq!(LocalStore::read(built.base(), STACK, None).err().unwrap().code(), "STATE-NEWER");
}

#[test]
fn a_record_that_cannot_be_read_back_is_not_written() {
    let built = build(false);
    let mut store = lock(built.base());
    let mut odd = row("e", false);
    odd.inputs.insert("ratio".to_owned(), Value::Number(f64::NAN));
    let error = store.append(vec![finsight_engine::state::Entry::RowPut { row: Box::new(odd) }]).unwrap_err();
    assert_eq!(error.code(), "STATE-TRANSITION");
    let error = store.append(created("nobody-intended", false)).unwrap_err();
    assert_eq!(error.code(), "STATE-TRANSITION");
    assert_eq!(*store.state(), built.state);
    store.append(vec![started()]).unwrap();
    let _ = store.close();
    assert_eq!(read(built.base()).serial, built.state.serial + 1);
}
