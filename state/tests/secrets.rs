//! Secrets: never in clear on disk, and a key that cannot be used is said.

use std::fs;

use finsight_engine::secret::Sealer as _;
use finsight_engine::value::Value;
use finsight_state::{LocalStore, Notice, RepairOptions, repair, verify};

use crate::fixture::*;

fn password(base: &std::path::Path, passphrase: Option<&str>) -> Option<String> {
    let state = LocalStore::read(base, STACK, passphrase).unwrap().state;
    state.rows[&urn("c")].inputs["password"].as_text().map(str::to_owned)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn no_byte_of_the_directory_shows_a_secret() {
    let built = build(true);
    assert_eq!(password(built.base(), None).as_deref(), Some(SECRET));
    for (name, bytes) in bytes_of(built.base()) {
        assert!(!contains(&bytes, SECRET), "{}", name.display());
    }
    let sealed = LocalStore::read_sealed(built.base(), STACK).unwrap().state;
    assert!(!finsight_state::export(&sealed).unwrap().contains(SECRET));
    assert!(!format!("{sealed:?}").contains(SECRET));
}

#[cfg(unix)]
#[test]
fn the_key_is_its_owner_s_alone_and_made_at_first_need() {
    use std::os::unix::fs::PermissionsExt as _;
    let built = build(true);
    let mode = fs::metadata(built.root().join("secrets.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!build(false).root().join("secrets.key").exists());
}

#[test]
fn an_unchanged_secret_leaves_the_same_bytes() {
    let built = build(true);
    let mut store = lock(built.base());
    let sealer = store.sealer().unwrap();
    assert_eq!(sealer.seal(SECRET), sealer.seal(SECRET));
    store.append(vec![finsight_engine::state::Entry::RowPut { row: Box::new(row("c", true)) }]).unwrap();
    let Value::Secret(secret) = &store.state().rows[&urn("c")].inputs["password"] else { panic!() };
    assert_eq!(secret.sealed(), Some(sealer.seal(SECRET).as_str()));
}

#[test]
fn without_its_key_a_state_with_secrets_does_not_open() {
    let built = build(true);
    let key = built.root().join("secrets.key");
    let saved = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let error = LocalStore::read(built.base(), STACK, None).err().unwrap();
    assert_eq!(error.code(), "STATE-KEY");
    assert!(LocalStore::read_sealed(built.base(), STACK).is_ok());
    assert!(!verify(built.base(), STACK, None, None).unwrap().is_readable());
    // A repair does not throw secrets away unasked.
    let report = repair(built.base(), STACK, &holder(), &RepairOptions::default()).unwrap();
    assert_eq!(report.remaining.len(), 1);
    // Another stack's key is not this one's.
    let other = build(true);
    fs::copy(other.root().join("secrets.key"), &key).unwrap();
    assert_eq!(LocalStore::read(built.base(), STACK, None).err().unwrap().code(), "STATE-KEY");
    fs::write(&key, saved).unwrap();
    assert_eq!(read(built.base()), built.state);
}

#[test]
fn a_lost_key_ends_in_a_state_that_the_next_update_completes() {
    let built = build(true);
    fs::write(built.root().join("secrets.key"), b"nonsense").unwrap();
    let options = RepairOptions { forget_secrets: true, ..RepairOptions::default() };
    let report = repair(built.base(), STACK, &holder(), &options).unwrap();
    assert!(report.forgotten.iter().any(|place| *place == format!("{} password", urn("c"))));
    assert!(!report.state_whole() && report.remaining.is_empty());
    let state = read(built.base());
    assert_eq!(state.rows[&urn("c")].inputs["password"], Value::Null);
    assert_eq!(state.rows.len(), built.state.rows.len());
    let mut store = lock(built.base());
    store.append(vec![finsight_engine::state::Entry::RowPut { row: Box::new(row("c", true)) }]).unwrap();
    assert!(store.close().is_empty());
    assert_eq!(password(built.base(), None).as_deref(), Some(SECRET));
}

#[test]
fn a_passphrase_protects_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = LocalStore::lock(dir.path(), STACK, &holder(), Some("open sesame")).unwrap();
    create(&mut store, "c", true);
    assert!(store.close().is_empty());
    assert_eq!(password(dir.path(), Some("open sesame")).as_deref(), Some(SECRET));
    for wrong in [None, Some("wrong")] {
        let error = LocalStore::read(dir.path(), STACK, wrong).err().unwrap();
        assert_eq!(error.code(), "STATE-KEY");
        assert!(error.to_string().contains("FINSIGHT_PASSPHRASE"), "{error}");
    }
    // Neither does a repair forget secrets because of a wrong passphrase.
    let options = RepairOptions { passphrase: Some("wrong".to_owned()), forget_secrets: true };
    let report = repair(dir.path(), STACK, &holder(), &options).unwrap();
    assert!(report.forgotten.is_empty() && report.remaining.len() == 1);
    assert!(verify(dir.path(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn a_rotated_key_opens_everything_and_can_gain_a_passphrase() {
    let built = build(true);
    let loaded = LocalStore::read(built.base(), STACK, Some("new")).unwrap();
    assert_eq!(loaded.notices, [Notice::KeyNotWrapped]);
    let mut store = lock(built.base());
    let old = store.sealer().unwrap();
    let serial = store.rotate_key(Some("new")).unwrap();
    assert_eq!(serial, built.state.serial + 1);
    assert_ne!(old.seal(SECRET), store.sealer().unwrap().seal(SECRET));
    assert!(store.close().is_empty());
    assert_eq!(LocalStore::read(built.base(), STACK, None).err().unwrap().code(), "STATE-KEY");
    assert_eq!(password(built.base(), Some("new")).as_deref(), Some(SECRET));
    let sealed = LocalStore::read_sealed(built.base(), STACK).unwrap().state;
    let Value::Secret(secret) = &sealed.rows[&urn("c")].inputs["password"] else { panic!() };
    assert!(old.open(secret.sealed().unwrap()).is_err());
    assert!(verify(built.base(), STACK, None, None).unwrap().is_intact());
}

#[test]
fn what_would_not_open_again_is_not_written() {
    let built = build(true);
    let before = bytes_of(built.base());
    let mut store = lock(built.base());
    let mut alien = row("e", false);
    let foreign = finsight_state::KeySealer::generate().seal("x");
    alien.inputs.insert(
        "password".into(),
        Value::Secret(finsight_engine::secret::Secret::from_sealed(foreign.as_str())),
    );
    let error =
        store.append(vec![finsight_engine::state::Entry::RowPut { row: Box::new(alien) }]).unwrap_err();
    assert_eq!(error.code(), "STATE-TRANSITION");
    assert!(store.close().is_empty());
    assert_eq!(bytes_of(built.base()), before);
}
