//! The files of a persistent local cloud: one a service, replaced whole.
//!
//! A file is a line of header, with the format and the SHA-256 of what follows, and the state as
//! JSON. It is written beside, synced and renamed, so a crash leaves the old one or the new one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::call::Service;
use crate::error::LocalError;

/// The file of the cloud's time.
const TIME: &str = "time";

/// The newest format that this program writes and reads.
const FORMAT: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u64,
    service: String,
    sha256: String,
}

/// The state of a service on disk.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What our own operations know.
    pub own: Value,
    /// What the service beneath knows, by region.
    pub beneath: BTreeMap<String, Value>,
}

/// A locked directory.
#[derive(Debug)]
pub(crate) struct Store {
    dir: PathBuf,
    /// Holds the lock for as long as it is open.
    _lock: File,
}

impl Store {
    /// Makes the directory if it is not there, and takes its lock.
    pub(crate) fn open(dir: &Path) -> Result<Store, LocalError> {
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let path = dir.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Store { dir: dir.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(LocalError::Busy { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed("lock", &path)(source)),
        }
    }

    fn path(&self, service: Service) -> PathBuf {
        self.dir.join(format!("{}.json", service.name()))
    }

    /// The state of a service; `None` if it was never written.
    pub(crate) fn read(&self, service: Service) -> Result<Option<Kept>, LocalError> {
        let path = self.path(service);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed("read", &path)(e)),
        };
        parse(&bytes, service, &path).map(Some)
    }

    /// Writes the state of a service; when this returns it is durable.
    pub(crate) fn write(&self, service: Service, kept: &Kept) -> Result<(), LocalError> {
        let body = serde_json::to_vec(kept).map_err(|e| unwritable(service, &e))?;
        let header = Header { format: FORMAT, service: service.name().to_owned(), sha256: digest(&body) };
        let header = serde_json::to_vec(&header).map_err(|e| unwritable(service, &e))?;
        let path = self.path(service);
        let beside = path.with_extension("json.new");
        let mut file = File::create(&beside).map_err(failed("create", &beside))?;
        for part in [header.as_slice(), b"\n", body.as_slice()] {
            file.write_all(part).map_err(failed("write", &beside))?;
        }
        file.sync_all().map_err(failed("sync", &beside))?;
        fs::rename(&beside, &path).map_err(failed("rename", &beside))?;
        self.sync_dir()
    }

    /// The time at which the cloud was left, in milliseconds since 1970; 0 if that is not known.
    pub(crate) fn read_time(&self) -> Result<i64, LocalError> {
        let path = self.dir.join(TIME);
        match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map_err(|_| LocalError::Damaged {
                reason: "it is no number of milliseconds".to_owned(),
                path,
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(e) => Err(failed("read", &path)(e)),
        }
    }

    /// Writes the cloud's time. It may be lost with the machine: then some of what was waited for is waited for again.
    pub(crate) fn write_time(&self, at: i64) -> Result<(), LocalError> {
        let path = self.dir.join(TIME);
        let beside = path.with_extension("new");
        fs::write(&beside, at.to_string()).map_err(failed("write", &beside))?;
        fs::rename(&beside, &path).map_err(failed("rename", &beside))
    }

    /// Removes what was written, for every service.
    pub(crate) fn clear(&self) -> Result<(), LocalError> {
        for path in Service::ALL.iter().map(|service| self.path(*service)).chain([self.dir.join(TIME)]) {
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(failed("remove", &path)(e)),
            }
        }
        self.sync_dir()
    }

    fn sync_dir(&self) -> Result<(), LocalError> {
        let dir = File::open(&self.dir).map_err(failed("open", &self.dir))?;
        dir.sync_all().map_err(failed("sync", &self.dir))
    }
}

fn parse(bytes: &[u8], service: Service, path: &Path) -> Result<Kept, LocalError> {
    let damaged = |reason: String| LocalError::Damaged { path: path.to_owned(), reason };
    let end =
        bytes.iter().position(|b| *b == b'\n').ok_or_else(|| damaged("it has no header line".to_owned()))?;
    let header: Header = serde_json::from_slice(&bytes[..end])
        .map_err(|e| damaged(format!("its header does not parse: {e}")))?;
    if header.format > FORMAT {
        return Err(LocalError::Newer { path: path.to_owned(), found: header.format, known: FORMAT });
    }
    if header.service != service.name() {
        return Err(damaged(format!("it says it is of {}", header.service)));
    }
    let body = &bytes[end + 1..];
    if digest(body) != header.sha256 {
        return Err(damaged("its content does not have the checksum of its header".to_owned()));
    }
    serde_json::from_slice(body).map_err(|e| damaged(format!("its content does not parse: {e}")))
}

/// The error of a service whose restored state does not fit.
pub(crate) fn misfit(store: &Store, service: Service, error: &serde_json::Error) -> LocalError {
    LocalError::Damaged { path: store.path(service), reason: format!("its content does not fit: {error}") }
}

pub(crate) fn unwritable(service: Service, error: &serde_json::Error) -> LocalError {
    LocalError::Unwritable { service: service.name(), reason: error.to_string() }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn failed(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> LocalError {
    let path = path.to_owned();
    move |source| LocalError::File { action, path: path.clone(), source }
}
