//! The read index: rows, edges, intents, outputs and history in sled.
//!
//! It is a projection of the log and never the truth. sled answers damaged
//! files with missing records, so it is opened only where every byte of its
//! files is what the writer left (`manifest.json` says), and built again from
//! the log otherwise. Opening sled writes to its files even where nothing is
//! changed, so readers open a copy.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use finsight_engine::state::{Edge, Intent, Parts, Remnant, Row, State, Update};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::StateError;
use crate::files::Files;
use crate::frame::Hash;
use crate::layout::{Layout, names, read};

/// 1 had no spent imports, 2 nothing of what was let stand.
const VERSION: u32 = 3;
const META: &[u8] = b"meta";
/// sled does not give space back; an index that outgrew its content by this factor is built anew.
const BLOAT: u64 = 8;
const BLOAT_FLOOR: u64 = 8 << 20;

/// What the writer left: the index is trusted only where this is still so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub version: u32,
    pub stack: String,
    /// The serial that the index stands at.
    pub serial: u64,
    /// The hash of the record that it stands at.
    pub chain: String,
    /// Of all keys and values.
    pub digest: String,
    /// The hash of each file.
    files: BTreeMap<String, String>,
    /// Of all the fields before.
    sum: String,
}

impl Manifest {
    fn sum(&self) -> Result<String, serde_json::Error> {
        let rest = Self { sum: String::new(), ..self.clone() };
        Ok(blake3::hash(&serde_json::to_vec(&rest)?).to_hex().to_string())
    }

    fn holds(&self) -> bool {
        self.sum().is_ok_and(|sum| sum == self.sum)
    }
}

/// How an index was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Missing,
    /// Every byte is what the writer left.
    Whole(Manifest),
    Flawed(String),
}

fn sled_dir(dir: &Path) -> PathBuf {
    dir.join("sled")
}

fn manifest_path(dir: &Path) -> PathBuf {
    dir.join("manifest.json")
}

fn hex(hash: &Hash) -> String {
    blake3::Hash::from(*hash).to_hex().to_string()
}

/// Looks whether the index is whole, without opening it.
pub(crate) fn find(layout: &Layout) -> Result<Found, StateError> {
    let dir = layout.index();
    let Some(bytes) = read(&manifest_path(&dir))? else {
        let empty = names(&dir)?.is_empty();
        return Ok(if empty { Found::Missing } else { Found::Flawed("it was not finished".to_owned()) });
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
        return Ok(Found::Flawed("its manifest cannot be read".to_owned()));
    };
    if !manifest.holds() {
        return Ok(Found::Flawed("its manifest's checksum does not hold".to_owned()));
    }
    if manifest.version > VERSION || manifest.stack != layout.stack {
        return Ok(Found::Flawed("it is of another version or stack".to_owned()));
    }
    let flaw = match hashes(&sled_dir(&dir))? {
        files if files == manifest.files => None,
        _ => Some("its files are not those that were written".to_owned()),
    };
    Ok(flaw.map_or(Found::Whole(manifest), Found::Flawed))
}

fn hashes(dir: &Path) -> Result<BTreeMap<String, String>, StateError> {
    let mut files = BTreeMap::new();
    for name in names(dir)? {
        let path = dir.join(&name);
        if path.is_dir() {
            // `blobs`, for values above sled's segment size.
            for (inner, hash) in hashes(&path)? {
                files.insert(format!("{name}/{inner}"), hash);
            }
        } else if let Some(bytes) = read(&path)? {
            files.insert(name, blake3::hash(&bytes).to_hex().to_string());
        }
    }
    Ok(files)
}

/// The keys and values of a state.
fn project(state: &State) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, serde_json::Error> {
    let mut pairs = BTreeMap::new();
    for (urn, row) in &state.rows {
        pairs.insert(format!("row/{urn}").into_bytes(), serde_json::to_vec(row)?);
    }
    for (owner, row) in &state.deposed {
        pairs.insert(format!("deposed/{owner}").into_bytes(), serde_json::to_vec(row)?);
    }
    for row in state.all_rows() {
        for edge in &row.edges {
            let key = format!("edge/{}\0{}\0{}\0{}", edge.urn, row.urn, row.owner.as_str(), edge.via);
            pairs.insert(key.into_bytes(), serde_json::to_vec(edge)?);
        }
    }
    for (owner, intent) in &state.intents {
        pairs.insert(format!("intent/{owner}").into_bytes(), serde_json::to_vec(intent)?);
    }
    for (name, value) in &state.outputs {
        pairs.insert(format!("output/{name}").into_bytes(), serde_json::to_vec(value)?);
    }
    for spent in &state.spent {
        pairs.insert(format!("spent/{spent}").into_bytes(), b"true".to_vec());
    }
    for (owner, row) in &state.let_stand {
        pairs.insert(format!("let_stand/{owner}").into_bytes(), serde_json::to_vec(row)?);
    }
    for (key, remnant) in &state.remnants {
        pairs.insert(format!("remnant/{key}").into_bytes(), serde_json::to_vec(remnant)?);
    }
    for (at, update) in state.history.iter().enumerate() {
        pairs.insert(format!("history/{at:010}").into_bytes(), serde_json::to_vec(update)?);
    }
    Ok(pairs)
}

fn digest<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (key, value) in pairs {
        for part in [key, value] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn open(dir: &Path) -> sled::Result<sled::Db> {
    // No background flusher: `flush` is called by the one writer, in one place.
    sled::Config::new()
        .path(dir)
        .flush_every_ms(None)
        .mode(sled::Mode::LowSpace)
        .cache_capacity(16 << 20)
        .open()
}

/// Waits until sled has let go of its file, which one of its threads may hold for a moment after
/// the last handle is dropped: only then are the bytes final, and only then does it open again.
fn wait_until_closed(dir: &Path) {
    let Ok(file) = File::open(dir.join("db")) else { return };
    for _ in 0..200 {
        if file.try_lock().is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs what touches sled: neither its errors nor its panics go further than a sentence.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("sled gave up".to_owned()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Brings the index to a state, from what is there if it is whole.
///
/// # Errors
/// A sentence; the index is then built again the next time.
pub(crate) fn write(layout: &Layout, files: &Files, state: &State, chain: &Hash) -> Result<(), String> {
    let dir = layout.index();
    let sled_dir = sled_dir(&dir);
    let pairs = project(state).map_err(text)?;
    let content: usize = pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
    let whole = matches!(find(layout).map_err(text)?, Found::Whole(_));
    let size = fs::metadata(sled_dir.join("db")).map_or(0, |meta| meta.len());
    files.remove(&manifest_path(&dir)).map_err(text)?;
    if !whole || size > (content as u64 * BLOAT).max(BLOAT_FLOOR) {
        clear(layout)?;
    }
    files.create_dirs(&dir).map_err(text)?;
    let meta = serde_json::to_vec(&(state.serial, hex(chain))).map_err(text)?;
    wait_until_closed(&sled_dir);
    guarded(|| update(&sled_dir, &pairs, meta))?;
    wait_until_closed(&sled_dir);
    let mut manifest = Manifest {
        version: VERSION,
        stack: layout.stack.clone(),
        serial: state.serial,
        chain: hex(chain),
        digest: digest(pairs.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))),
        files: hashes(&sled_dir).map_err(text)?,
        sum: String::new(),
    };
    manifest.sum = manifest.sum().map_err(text)?;
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(text)?;
    files.replace(&manifest_path(&dir), &manifest, false).map_err(text)
}

/// Removes the index, so that the next write builds it anew.
pub(crate) fn clear(layout: &Layout) -> Result<(), String> {
    match fs::remove_dir_all(layout.index()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(text(error)),
        _ => Ok(()),
    }
}

fn update(dir: &Path, pairs: &BTreeMap<Vec<u8>, Vec<u8>>, meta: Vec<u8>) -> Result<(), String> {
    let db = open(dir).map_err(text)?;
    let mut batch = sled::Batch::default();
    for pair in db.iter() {
        let (key, _) = pair.map_err(text)?;
        if !pairs.contains_key(key.as_ref()) && key != META {
            batch.remove(key);
        }
    }
    for (key, value) in pairs {
        if db.get(key).map_err(text)?.is_none_or(|old| old != value.as_slice()) {
            batch.insert(key.as_slice(), value.as_slice());
        }
    }
    batch.insert(META, meta);
    db.apply_batch(batch).map_err(text)?;
    db.flush().map_err(text)?;
    Ok(())
}

/// The read index, opened from a copy.
pub struct Index {
    db: sled::Db,
    serial: u64,
    chain: String,
}

impl Index {
    /// Opens a copy of the index in `scratch`; `None` where it is missing, behind or damaged.
    pub(crate) fn open(layout: &Layout, scratch: &Path) -> Result<Option<Self>, StateError> {
        let Found::Whole(manifest) = find(layout)? else { return Ok(None) };
        copy(&sled_dir(&layout.index()), scratch)?;
        // A writer may have been at work while it was copied.
        if hashes(scratch)? != manifest.files {
            return Ok(None);
        }
        let opened = guarded(|| {
            let db = open(scratch).map_err(text)?;
            let mut pairs = Vec::new();
            for pair in db.iter() {
                let (key, value) = pair.map_err(text)?;
                if key != META {
                    pairs.push((key, value));
                }
            }
            let found = digest(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())));
            Ok((found == manifest.digest).then_some(db))
        });
        let Ok(Some(db)) = opened else { return Ok(None) };
        Ok(Some(Self { db, serial: manifest.serial, chain: manifest.chain }))
    }

    /// The serial that it stands at.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn chain(&self) -> &str {
        &self.chain
    }

    fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, String> {
        guarded(|| {
            let value = self.db.get(key).map_err(text)?;
            value.map(|value| serde_json::from_slice(&value).map_err(text)).transpose()
        })
    }

    fn scan<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<(String, T)>, String> {
        guarded(|| {
            let pairs = self.db.scan_prefix(prefix).map(|pair| {
                let (key, value) = pair.map_err(text)?;
                let key = String::from_utf8_lossy(&key[prefix.len()..]).into_owned();
                Ok((key, serde_json::from_slice(&value).map_err(text)?))
            });
            pairs.collect()
        })
    }

    /// The current row of a URN, its secrets sealed.
    ///
    /// # Errors
    /// A sentence when sled fails; the log has the answer.
    pub fn row(&self, urn: &Urn) -> Result<Option<Row>, String> {
        self.get(&format!("row/{urn}"))
    }

    /// All current rows by URN, their secrets sealed.
    ///
    /// # Errors
    /// As [`Index::row`].
    pub fn rows(&self) -> Result<Vec<Row>, String> {
        Ok(self.scan("row/")?.into_iter().map(|(_, row)| row).collect())
    }

    /// What refers to a URN: the URN of each dependent with its edge.
    ///
    /// # Errors
    /// As [`Index::row`].
    pub fn dependents(&self, urn: &Urn) -> Result<Vec<(Urn, Edge)>, String> {
        let found = self.scan::<Edge>(&format!("edge/{urn}\0"))?;
        let parse = |(key, edge): (String, Edge)| {
            let dependent = key.split('\0').next().unwrap_or_default();
            Ok((dependent.parse::<Urn>().map_err(text)?, edge))
        };
        found.into_iter().map(parse).collect()
    }

    /// The updates, oldest first.
    ///
    /// # Errors
    /// As [`Index::row`].
    pub fn history(&self) -> Result<Vec<Update>, String> {
        Ok(self.scan("history/")?.into_iter().map(|(_, update)| update).collect())
    }

    /// The whole state that it stands at, secrets sealed.
    ///
    /// # Errors
    /// As [`Index::row`].
    pub fn state(&self, stack: &str) -> Result<State, String> {
        Ok(State::from(Parts {
            stack: stack.to_owned(),
            serial: self.serial,
            rows: self.rows()?.into_iter().map(|row| (row.urn.clone(), row)).collect(),
            deposed: self.scan::<Row>("deposed/")?.into_iter().collect(),
            intents: self.scan::<Intent>("intent/")?.into_iter().collect(),
            spent: self.scan::<bool>("spent/")?.into_iter().map(|(spent, _)| spent).collect(),
            let_stand: self.scan::<Row>("let_stand/")?.into_iter().collect(),
            remnants: self.scan::<Remnant>("remnant/")?.into_iter().collect(),
            outputs: self.scan::<Value>("output/")?.into_iter().collect(),
            history: self.history()?,
        }))
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), StateError> {
    fs::create_dir_all(to).map_err(StateError::io("create", to))?;
    for name in names(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(StateError::io("copy", &from))?;
        }
    }
    Ok(())
}
