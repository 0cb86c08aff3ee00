//! The folder of artifacts: each file has the hash of its content as its name.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Artifact;
use crate::error::Flaw;

/// Puts a package into the folder. What is there under the same name is read: a damaged file is replaced.
pub(crate) fn write(artifacts: &Path, artifact: &Artifact, zip: &[u8]) -> Result<(), Flaw> {
    let path = artifact.path(artifacts);
    if matches!(fs::read(&path), Ok(found) if found == zip) {
        return Ok(());
    }
    // A file that appears under its name is complete: it is written elsewhere, forced to disk, and renamed.
    let put = || -> io::Result<()> {
        fs::create_dir_all(artifacts)?;
        let mut file = tempfile::Builder::new().prefix(".artifact-").tempfile_in(artifacts)?;
        file.write_all(zip)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    put().map_err(|error| Flaw::io(&path.display().to_string(), &error))
}

/// Reads a package from the folder.
///
/// # Errors
/// When it is not there, or its content has not the hash that its name says.
pub fn read(artifacts: &Path, sha256_hex: &str) -> io::Result<Vec<u8>> {
    let content = fs::read(artifacts.join(format!("{sha256_hex}.zip")))?;
    let found: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == sha256_hex {
        return Ok(content);
    }
    let problem = format!("the artifact {sha256_hex} is damaged: its content has the hash {found}");
    Err(io::Error::new(io::ErrorKind::InvalidData, problem))
}
