//! From a source to its package.

use std::fs;
use std::io;
use std::path::Path;

use crate::archive::{self, File};
use crate::elf;
use crate::error::{Code, Flaw};
use crate::{Artifact, Kind, Machine, Source};

/// The name that Lambda's custom runtimes start.
const BOOTSTRAP: &str = "bootstrap";

/// Makes the package of a source, and its bytes.
pub(crate) fn package(source: &Source) -> Result<(Artifact, Vec<u8>), Flaw> {
    match source {
        Source::Placeholder(placeholder) => {
            let script = placeholder.script().as_bytes().to_vec();
            executable(script, Kind::Placeholder)
        }
        Source::Path(path) => {
            let found = fs::metadata(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => missing(path),
                _ => Flaw::io(&path.display().to_string(), &error),
            })?;
            if found.is_dir() { directory(path) } else { file(path, found.len()) }
        }
    }
}

fn missing(path: &Path) -> Flaw {
    Flaw::new(
        Code::Missing,
        format!("there is nothing at {}", path.display()),
        "build the function first, correct the path, or let a placeholder stand for it",
    )
}

fn read(path: &Path) -> Result<Vec<u8>, Flaw> {
    fs::read(path).map_err(|error| Flaw::io(&path.display().to_string(), &error))
}

fn executable(content: Vec<u8>, kind: Kind) -> Result<(Artifact, Vec<u8>), Flaw> {
    let machine = elf::bootstrap(&content)?;
    packed(vec![File { name: BOOTSTRAP.to_owned(), executable: true, content }], kind, machine)
}

fn file(path: &Path, size: u64) -> Result<(Artifact, Vec<u8>), Flaw> {
    archive::within_limit(size)?;
    let content = read(path)?;
    if content.starts_with(b"PK\x03\x04") {
        let (unpacked, machine) = archive::inspect(&content)?;
        return Ok((Artifact::of(&content, unpacked, Kind::Zip, machine), content));
    }
    executable(content, Kind::Executable)
}

fn directory(path: &Path) -> Result<(Artifact, Vec<u8>), Flaw> {
    let mut files = Vec::new();
    let mut unpacked = 0;
    collect(path, "", &mut files, &mut unpacked)?;
    if files.is_empty() {
        let found = format!("there are no files in {}", path.display());
        return Err(Flaw::new(Code::Missing, found, "build the function first, or correct the path"));
    }
    let bootstrap = files.iter().find(|file| file.name == BOOTSTRAP);
    let machine = bootstrap.map_or(Ok(None), |file| elf::bootstrap(&file.content))?;
    packed(files, Kind::Directory, machine)
}

fn packed(files: Vec<File>, kind: Kind, machine: Option<Machine>) -> Result<(Artifact, Vec<u8>), Flaw> {
    let unpacked = files.iter().map(|file| file.content.len() as u64).sum();
    archive::within_limit(unpacked)?;
    let zip = archive::write(files)?;
    Ok((Artifact::of(&zip, unpacked, kind, machine), zip))
}

/// All files below a directory. A link to a file is packed as that file; a link to a directory could be a circle.
fn collect(path: &Path, prefix: &str, files: &mut Vec<File>, unpacked: &mut u64) -> Result<(), Flaw> {
    let unreadable = |error: io::Error| Flaw::io(&path.display().to_string(), &error);
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            let found = format!("{} is no name in UTF-8", entry.path().display());
            return Err(Flaw::invalid(found, "rename it"));
        };
        let (name, place) = (format!("{prefix}{name}"), entry.path());
        let link = entry.file_type().map_err(unreadable)?.is_symlink();
        let found = fs::metadata(&place).map_err(|error| Flaw::io(&place.display().to_string(), &error))?;
        if found.is_dir() {
            if link {
                let found = format!("{} is a link to a directory", place.display());
                return Err(Flaw::invalid(found, "put the directory itself there"));
            }
            collect(&place, &format!("{name}/"), files, unpacked)?;
        } else if found.is_file() {
            *unpacked = unpacked.saturating_add(found.len());
            archive::within_limit(*unpacked)?;
            let executable = name == BOOTSTRAP || may_run(&found);
            files.push(File { name, executable, content: read(&place)? });
        } else {
            let found = format!("{} is neither a file nor a directory", place.display());
            return Err(Flaw::invalid(found, "remove it"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn may_run(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn may_run(_: &fs::Metadata) -> bool {
    false
}
