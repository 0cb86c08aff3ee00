//! Where the files of a stack's store are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StateError;

/// What stands in the place of a stack's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// Nothing: there is no such directory.
    #[default]
    NoDirectory,
    /// A directory without a record: nothing was ever written.
    NoRecords,
    /// Records, though what is on record may be nothing.
    Records,
}

/// The paths of one stack's store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub root: PathBuf,
    pub stack: String,
}

impl Layout {
    pub fn new(base: &Path, stack: &str) -> Result<Self, StateError> {
        let fit = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if stack.is_empty() || stack.len() > 64 || stack.starts_with('.') || !stack.chars().all(fit) {
            return Err(StateError::Name { name: stack.to_owned() });
        }
        Ok(Self { root: base.join(stack), stack: stack.to_owned() })
    }

    /// What there is to read, without reading it.
    ///
    /// # Errors
    /// Where another thing than a directory stands in its place.
    pub fn presence(&self) -> Result<Presence, StateError> {
        match fs::metadata(&self.root) {
            Ok(meta) if !meta.is_dir() => Err(StateError::NoDirectory { path: self.root.clone() }),
            Ok(_) => match self.head().exists() || !names(&self.log())?.is_empty() {
                true => Ok(Presence::Records),
                false => Ok(Presence::NoRecords),
            },
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let file = self.root.ancestors().find(|path| path.is_file()).unwrap_or(&self.root);
                Err(StateError::NoDirectory { path: file.to_owned() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Presence::NoDirectory),
            Err(error) => Err(StateError::io("look at", &self.root)(error)),
        }
    }

    pub fn head(&self) -> PathBuf {
        self.root.join("head")
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub fn key(&self) -> PathBuf {
        self.root.join("secrets.key")
    }

    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    pub fn segment(&self, id: u64) -> PathBuf {
        self.log().join(format!("{id:08}.log"))
    }

    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    pub fn snapshot(&self, serial: u64) -> PathBuf {
        self.snapshots().join(format!("{serial:012}.snapshot"))
    }

    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// The ids of the segments that are there, in order.
    pub fn segment_ids(&self) -> Result<Vec<u64>, StateError> {
        numbered(&self.log(), ".log")
    }

    /// The serials of the snapshots that are there, newest first.
    pub fn snapshot_serials(&self) -> Result<Vec<u64>, StateError> {
        let mut serials = numbered(&self.snapshots(), ".snapshot")?;
        serials.reverse();
        Ok(serials)
    }
}

fn numbered(dir: &Path, suffix: &str) -> Result<Vec<u64>, StateError> {
    let mut numbers: Vec<u64> =
        names(dir)?.iter().filter_map(|name| name.strip_suffix(suffix)?.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The names of the files in a directory; none where it is missing.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, StateError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StateError::io("list", dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StateError::io("list", dir))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// The bytes of a file; `None` where it is missing.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::io("read", path)(error)),
    }
}
