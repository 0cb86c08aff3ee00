//! The file operations that must last, and where tests make them fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use crate::error::StateError;

/// A file operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOp {
    /// A file or directory is created.
    Create,
    /// Bytes are written.
    Write,
    /// A file is forced to disk.
    Sync,
    /// A directory is forced to disk.
    SyncDir,
    /// A file takes another's place.
    Rename,
    /// A file is cut.
    Truncate,
    /// A file is removed.
    Remove,
}

/// A failure to be simulated.
#[derive(Debug)]
pub struct Fault {
    /// The error to be answered.
    pub error: io::Error,
    /// For a write: how many bytes still reach the file.
    pub written: usize,
}

/// Decides which file operations fail: what a test of a full disk plugs in.
pub trait Faults: Send + Sync {
    /// Called before every operation; `Some` makes it fail.
    fn before(&self, op: FileOp, path: &Path) -> Option<Fault>;
}

/// The operations of a store, with the faults that a test asked for.
#[derive(Clone, Default)]
pub(crate) struct Files {
    faults: Option<Arc<dyn Faults>>,
}

impl Files {
    pub fn with(faults: Option<Arc<dyn Faults>>) -> Self {
        Self { faults }
    }

    fn fault(&self, op: FileOp, path: &Path) -> io::Result<()> {
        match self.faults.as_ref().and_then(|faults| faults.before(op, path)) {
            Some(fault) => Err(fault.error),
            None => Ok(()),
        }
    }

    /// Creates a directory with its parents, the new names durable.
    pub fn create_dirs(&self, path: &Path) -> Result<(), StateError> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.create_dirs(parent)?;
        }
        let made = self.fault(FileOp::Create, path).and_then(|()| match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        });
        made.map_err(StateError::io("create", path))?;
        self.sync_dir_of(path)
    }

    /// Writes bytes at a position.
    pub fn write_at(&self, file: &File, path: &Path, bytes: &[u8], at: u64) -> Result<(), StateError> {
        let outcome = match self.faults.as_ref().and_then(|faults| faults.before(FileOp::Write, path)) {
            None => write_all_at(file, bytes, at),
            Some(fault) => {
                let reached = &bytes[..fault.written.min(bytes.len())];
                write_all_at(file, reached, at).and(Err(fault.error))
            }
        };
        outcome.map_err(StateError::io("write", path))
    }

    /// Forces a file's bytes and length to disk.
    pub fn sync(&self, file: &File, path: &Path) -> Result<(), StateError> {
        self.fault(FileOp::Sync, path)
            .and_then(|()| file.sync_data())
            .map_err(StateError::io("force to disk", path))
    }

    /// Forces the directory that holds `path` to disk.
    pub fn sync_dir_of(&self, path: &Path) -> Result<(), StateError> {
        let dir = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        self.fault(FileOp::SyncDir, dir)
            .and_then(|()| if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) })
            .map_err(StateError::io("force to disk", dir))
    }

    /// Cuts a file.
    pub fn truncate(&self, file: &File, path: &Path, len: u64) -> Result<(), StateError> {
        self.fault(FileOp::Truncate, path)
            .and_then(|()| file.set_len(len))
            .map_err(StateError::io("cut", path))
    }

    /// Removes a file if it is there.
    pub fn remove(&self, path: &Path) -> Result<(), StateError> {
        let removed = self.fault(FileOp::Remove, path).and_then(|()| match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        });
        removed.map_err(StateError::io("remove", path))
    }

    /// Gives a file its whole content at once: after a crash it has the old one or the new.
    pub fn replace(&self, path: &Path, bytes: &[u8], private: bool) -> Result<(), StateError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".tmp");
        let tmp = Path::new(&name);
        let outcome = self.replace_by(tmp, path, bytes, private);
        if outcome.is_err() {
            // What could not be finished is of no use; failing to remove it does no harm either.
            let _ = fs::remove_file(tmp);
        }
        outcome
    }

    fn replace_by(&self, tmp: &Path, path: &Path, bytes: &[u8], private: bool) -> Result<(), StateError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        if private {
            only_for_owner(&mut options);
        }
        let file = self
            .fault(FileOp::Create, tmp)
            .and_then(|()| options.open(tmp))
            .map_err(StateError::io("create", tmp))?;
        self.write_at(&file, tmp, bytes, 0)?;
        self.sync(&file, tmp)?;
        self.fault(FileOp::Rename, path)
            .and_then(|()| fs::rename(tmp, path))
            .map_err(StateError::io("replace", path))?;
        self.sync_dir_of(path)
    }
}

#[cfg(unix)]
fn only_for_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn only_for_owner(_: &mut OpenOptions) {}

/// Whether an open file is the one that stands under a name.
#[cfg(unix)]
pub(crate) fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Where the system does not tell files apart, an open file cannot be removed.
#[cfg(not(unix))]
pub(crate) fn same_file(_: &File, path: &Path) -> bool {
    path.exists()
}

fn write_all_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}
