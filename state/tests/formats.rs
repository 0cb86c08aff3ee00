//! Versions: what older ones wrote is read as they meant it, what newer ones wrote is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use finsight_engine::state::{Operation, STATE_VERSION, State};
use finsight_state::{LocalStore, RepairOptions, parse_document, repair, verify};

use crate::fixture::*;

/// What version 1 left: rows and a replacement, a move, a row forgotten beside its open intent, edges to what
/// was found gone, an update that was killed with an intent open; two snapshots. Written by that version.
fn version_1() -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/version-1");
    let dir = tempfile::tempdir().unwrap();
    let files =
        bytes_of(&from).into_iter().map(|(name, bytes)| (Path::new(STACK).join(name), bytes)).collect();
    lay_out(dir.path(), &files);
    dir
}

/// The state as version 1 itself exported it.
fn document_1() -> State {
    let text = include_str!("fixtures/version-1.json");
    assert!(text.contains("\"version\": 1"));
    parse_document(text, STACK).unwrap()
}

#[test]
fn an_old_log_gives_the_state_that_the_old_version_saw() {
    for without in [None, Some("snapshots")] {
        let dir = version_1();
        if let Some(name) = without {
            fs::remove_dir_all(dir.path().join(STACK).join(name)).unwrap();
        }
        let before = bytes_of(dir.path());
        assert_eq!(read(dir.path()), document_1());
        let report = verify(dir.path(), STACK, None, None).unwrap();
        // The index alone is missing: no snapshot differs from the replay by today's rules.
        assert!(report.is_readable() && report.findings.len() == 1, "{:?}", report.findings);
        assert_eq!(bytes_of(dir.path()), before);
    }
}

#[test]
fn an_old_log_is_gone_on_with_by_the_new_version() {
    let dir = version_1();
    let mut store = lock(dir.path());
    store.append(vec![started()]).unwrap();
    create(&mut store, "new", true);
    store.append(vec![finished()]).unwrap();
    let state = store.state().clone();
    assert!(store.close().iter().all(|notice| notice.code().is_none()));
    assert_eq!(read(dir.path()), state);
    fs::remove_dir_all(dir.path().join("dev/snapshots")).unwrap();
    assert_eq!(read(dir.path()), state);
    let scratch = tempfile::tempdir().unwrap();
    let report = verify(dir.path(), STACK, None, Some(scratch.path())).unwrap();
    assert!(report.is_intact(), "{:?}", report.findings);
    // And from now on a tool of version 1 is told so by the commit marker.
    assert_eq!(newest_marker(&dir.path().join(STACK)), STATE_VERSION);
}

fn newest_marker(root: &Path) -> u16 {
    let head = fs::read(root.join("head")).unwrap();
    let slots =
        [0, 4096].map(|at| (number(&head, at + 16), u16::from_le_bytes([head[at + 8], head[at + 9]])));
    slots.into_iter().max().unwrap().1
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Appends a whole record, with every checksum right, as another version would.
fn append_record(root: &Path, version: u16, payload: &str) -> PathBuf {
    let path = segments(root).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let (mut at, mut last) = (usize::from(u16::from_le_bytes([bytes[10], bytes[11]])), 0);
    while at < bytes.len() {
        last = at;
        at += 88 + u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
    }
    let mut header = bytes[last..last + 88].to_vec();
    header[4..6].copy_from_slice(&version.to_le_bytes());
    header[8..12].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
    header[16..24].copy_from_slice(&(number(&bytes, last + 16) + 1).to_le_bytes());
    header[24..56].copy_from_slice(&bytes[last + 56..last + 88]);
    let sum = blake3::hash(&[&header[..12], &header[16..56]].concat());
    header[12..16].copy_from_slice(&sum.as_bytes()[..4]);
    let hash = blake3::hash(&[&header[..56], payload.as_bytes()].concat());
    header[56..88].copy_from_slice(hash.as_bytes());
    bytes.extend(header);
    bytes.extend(payload.as_bytes());
    fs::write(&path, bytes).unwrap();
    path
}

/// V30: it was called damaged, and the repair that was advised dropped it.
#[test]
fn what_a_newer_version_wrote_is_never_damage_and_no_repair_drops_it() {
    let entry = r#"[{"entry":"update_started","command":"up","who":"ana","at":"now"}]"#;
    let cases = [
        (STATE_VERSION + 1, entry.to_owned()),
        (9, "not even JSON".to_owned()),
        // Of our own version, by another build: an entry, and a field, that nobody knows.
        (STATE_VERSION, r#"[{"entry":"from_the_future","owner":"x"}]"#.to_owned()),
        (STATE_VERSION, entry.replace("\"who\"", "\"why\":\"because\",\"who\"")),
        (STATE_VERSION, r#"[{"entry":"outputs","outputs":{"x":{"$from_the_future":1}}}]"#.to_owned()),
    ];
    for damaged in [false, true] {
        for (version, payload) in &cases {
            let built = build(false);
            append_record(&built.root(), *version, payload);
            if damaged {
                // A flaw before it does not make it fair game.
                let first = &segments(&built.root())[0];
                let mut bytes = fs::read(first).unwrap();
                bytes[300] ^= 1;
                fs::write(first, bytes).unwrap();
                fs::remove_dir_all(built.root().join("snapshots")).unwrap();
            }
            let before = bytes_of(built.base());
            let options = RepairOptions::default();
            let mut errors = vec![repair(built.base(), STACK, &holder(), &options).err().unwrap()];
            if !damaged {
                errors.push(LocalStore::read(built.base(), STACK, None).err().unwrap());
                errors.push(LocalStore::lock(built.base(), STACK, &holder(), None).err().unwrap());
                errors.push(verify(built.base(), STACK, None, None).err().unwrap());
            }
            for error in errors {
                assert_eq!(error.code(), "STATE-NEWER", "{payload}: {error}");
                let said = error.to_string();
                assert!(said.contains("written by a newer version") && said.contains("upgrade"), "{said}");
            }
            assert_eq!(bytes_of(built.base()), before, "{payload}");
        }
    }
}

/// V30, of snapshots: one that is whole and cannot be read was put aside as flawed.
#[test]
fn a_whole_snapshot_with_a_field_that_nobody_knows_is_of_a_newer_version() {
    let built = build(false);
    let path = built.root().join("snapshots").join("000000000010.snapshot");
    let path = if path.is_file() { path } else { newest_snapshot(&built.root()) };
    let bytes = fs::read(&path).unwrap();
    let sum_at = 80 + STACK.len();
    let payload = String::from_utf8(bytes[sum_at + 32..].to_vec()).unwrap();
    let payload = payload.replacen("\"stack\"", "\"from_the_future\":1,\"stack\"", 1);
    let mut head = bytes[..sum_at].to_vec();
    head[40..48].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    let sum = blake3::hash(&[&head, payload.as_bytes()].concat());
    fs::write(&path, [&head, sum.as_bytes().as_slice(), payload.as_bytes()].concat()).unwrap();
    assert_eq!(LocalStore::read(built.base(), STACK, None).err().unwrap().code(), "STATE-NEWER");
    let before = bytes_of(built.base());
    let error = repair(built.base(), STACK, &holder(), &RepairOptions::default()).err().unwrap();
    assert_eq!(error.code(), "STATE-NEWER");
    assert_eq!(bytes_of(built.base()), before);
}

fn newest_snapshot(root: &Path) -> PathBuf {
    fs::read_dir(root.join("snapshots")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap()
}

/// V24, in the store: the record is refused, and with the settlement it is taken.
#[test]
fn a_row_beside_an_open_intent_goes_with_it_or_not_at_all() {
    let built = build(false);
    let mut store = lock(built.base());
    let row = store.state().find(&"c".parse().unwrap()).unwrap().clone();
    store.append(vec![intent("c", Operation::Update)]).unwrap();
    let before = store.state().clone();
    let forgotten = store.state().forgetting(&row);
    let error = store.append(forgotten[..1].to_vec()).unwrap_err();
    assert_eq!(error.code(), "STATE-TRANSITION");
    assert_eq!(*store.state(), before);
    store.append(forgotten).unwrap();
    assert!(store.state().row(&row.owner).is_none());
    let _ = store.close();
    assert!(!read(built.base()).intents.contains_key(row.owner.as_str()));
}
