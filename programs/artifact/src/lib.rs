//! Packages of Lambda functions: the same input gives the same bytes, so a hash says whether code has changed.
//!
//! [`pack`] makes a ZIP of each source, checks it against Lambda's limits, and puts it into a folder under the hash of
//! its content. [`read`] takes it from there again and checks that hash. All that is wrong is one [`PackError`].

mod archive;
mod elf;
mod error;
mod placeholder;
mod source;
mod start;
mod store;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub use elf::Machine;
pub use error::{Code, PackError, Problem};
pub use placeholder::Placeholder;
pub use start::Start;
pub use store::read;
pub use tree::IGNORE;

/// The largest ZIP that a call to Lambda takes: 50 MB. A larger one has to come from S3.
pub const LARGEST_UPLOAD: u64 = 50 << 20;
/// The most that a function's files may take unpacked: 250 MB, with its layers.
pub const LARGEST_UNPACKED: u64 = 250 << 20;
/// The newest glibc that Lambda has: Amazon Linux 2023's, as major and minor version.
pub const NEWEST_GLIBC: (u32, u32) = (2, 34);

/// Where a function's code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory, a single executable, or a ZIP.
    Path(PathBuf),
    /// Built-in code that stands until the real code is there.
    Placeholder(Placeholder),
}

/// A function whose code is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its code comes from.
    pub source: Source,
    /// How Lambda starts it, where that is known: the package is held against it.
    pub start: Option<Start<'a>>,
}

/// What a source was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A single executable, packed as `bootstrap`.
    Executable,
    /// A ZIP, of which the files are taken.
    Zip,
    /// Built-in code.
    Placeholder,
}

/// A package, by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// SHA-256 of the ZIP, in hexadecimal: the file's name.
    pub sha256_hex: String,
    /// SHA-256 of the ZIP, in base64: Lambda's `CodeSha256`.
    pub sha256_base64: String,
    /// Bytes of the ZIP.
    pub size: u64,
    /// Bytes of its files.
    pub unpacked: u64,
    /// What it was made of.
    pub kind: Kind,
    /// The processor that `bootstrap` was built for. None for scripts and other runtimes.
    pub machine: Option<Machine>,
}

impl Artifact {
    fn of(zip: &[u8], unpacked: u64, kind: Kind, machine: Option<Machine>) -> Self {
        let hash = Sha256::digest(zip);
        Self {
            sha256_hex: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            sha256_base64: STANDARD.encode(hash),
            size: zip.len() as u64,
            unpacked,
            kind,
            machine,
        }
    }

    /// Whether Lambda takes it only from S3.
    #[must_use]
    pub fn needs_s3(&self) -> bool {
        self.size > LARGEST_UPLOAD
    }

    /// Where it is in a folder of artifacts.
    #[must_use]
    pub fn path(&self, artifacts: &Path) -> PathBuf {
        artifacts.join(format!("{}.zip", self.sha256_hex))
    }
}

/// Unpacks a package into a folder.
///
/// # Errors
/// When it is no ZIP, has a file outside of itself, or cannot be written.
pub fn unpack(zip: &[u8], folder: &Path) -> std::io::Result<()> {
    archive::unpack(zip, folder)
}

/// Packs each source and puts the ZIP into the folder `artifacts`, which is made where it is missing.
///
/// # Errors
/// All that is wrong with the sources. The folder then holds those that are good: they are found by content, so they
/// do no harm.
pub fn pack(functions: &[Function<'_>], artifacts: &Path) -> Result<BTreeMap<String, Artifact>, PackError> {
    let mut packed = BTreeMap::new();
    let mut problems = Vec::new();
    for function in functions {
        match source::package(function).and_then(|(artifact, zip)| {
            store::write(artifacts, &artifact, &zip)?;
            Ok(artifact)
        }) {
            Ok(artifact) => {
                packed.insert(function.name.to_owned(), artifact);
            }
            Err(flaw) => problems.push(flaw.of(function.name)),
        }
    }
    if problems.is_empty() { Ok(packed) } else { Err(PackError { problems }) }
}
