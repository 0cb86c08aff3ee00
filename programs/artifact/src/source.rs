//! From a source to its package.

use std::fs;
use std::io;
use std::path::Path;

use crate::archive::{self, File};
use crate::error::{Code, Flaw};
use crate::start::BOOTSTRAP;
use crate::{Artifact, Function, Kind, Source, elf, tree};

/// Makes the package of a function's source, and its bytes.
pub(crate) fn package(function: &Function<'_>) -> Result<(Artifact, Vec<u8>), Flaw> {
    let (files, kind) = files(&function.source)?;
    let bootstrap = files.iter().find(|file| file.name == BOOTSTRAP && !file.link);
    let machine = bootstrap.map_or(Ok(None), |file| elf::bootstrap(&file.content))?;
    if let Some(start) = &function.start {
        start.check(&files, machine)?;
    }
    let unpacked = files.iter().map(|file| file.content.len() as u64).sum();
    archive::within_limit(unpacked)?;
    let zip = archive::write(files)?;
    Ok((Artifact::of(&zip, unpacked, kind, machine), zip))
}

/// The files of a source, and what it was.
fn files(source: &Source) -> Result<(Vec<File>, Kind), Flaw> {
    let path = match source {
        Source::Placeholder(placeholder) => {
            return Ok((executable(placeholder.script().as_bytes().to_vec()), Kind::Placeholder));
        }
        Source::Path(path) => path,
    };
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => missing(path),
        _ => Flaw::io(&path.display().to_string(), &error),
    })?;
    if found.is_dir() {
        let files = tree::files(path)?;
        if files.is_empty() {
            let found = format!("there are no files in {}", path.display());
            return Err(Flaw::new(Code::Missing, found, "build the function first, or correct the path"));
        }
        return Ok((files, Kind::Directory));
    }
    // A read of a pipe or a device may never end.
    if !found.is_file() {
        let found = format!("{} is neither a file nor a directory", path.display());
        return Err(Flaw::invalid(found, "name a directory, an executable or a ZIP"));
    }
    archive::within_limit(found.len())?;
    let content = fs::read(path).map_err(|error| Flaw::io(&path.display().to_string(), &error))?;
    match content.starts_with(b"PK\x03\x04") {
        true => Ok((archive::files(&content)?, Kind::Zip)),
        false => Ok((executable(content), Kind::Executable)),
    }
}

fn missing(path: &Path) -> Flaw {
    Flaw::new(
        Code::Missing,
        format!("there is nothing at {}", path.display()),
        "build the function first, correct the path, or let a placeholder stand for it",
    )
}

fn executable(content: Vec<u8>) -> Vec<File> {
    vec![File { name: BOOTSTRAP.to_owned(), executable: true, link: false, content }]
}
