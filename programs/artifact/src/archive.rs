//! ZIPs: written so that the same files give the same bytes, and read so that Lambda will not be the first to complain.

use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use crate::error::{Code, Flaw};
use crate::{LARGEST_UNPACKED, Machine, elf};

/// One file to be packed.
pub(crate) struct File {
    /// Its name, with `/` between directories.
    pub(crate) name: String,
    pub(crate) executable: bool,
    pub(crate) content: Vec<u8>,
}

/// Packs files. Order of names, times, modes, and the system are fixed; there are no directories and no extra fields.
pub(crate) fn write(mut files: Vec<File>) -> Result<Vec<u8>, Flaw> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let broken = |error: &dyn std::fmt::Display| {
        Flaw::invalid(
            format!("the ZIP cannot be written: {error}"),
            "rename or remove the files that it is about",
        )
    };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(if file.executable { 0o755 } else { 0o644 });
        zip.start_file(file.name, options).map_err(|error| broken(&error))?;
        zip.write_all(&file.content).map_err(|error| broken(&error))?;
    }
    zip.finish().map(Cursor::into_inner).map_err(|error| broken(&error))
}

/// Bytes of the files in a ZIP that was made elsewhere, and the processor of its `bootstrap`.
pub(crate) fn inspect(zip: &[u8]) -> Result<(u64, Option<Machine>), Flaw> {
    let again = "make the ZIP again";
    let broken =
        |error: &dyn std::fmt::Display| Flaw::invalid(format!("the ZIP cannot be read: {error}"), again);
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|error| broken(&error))?;
    let (mut unpacked, mut machine) = (0_u64, None);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| broken(&error))?;
        unpacked = unpacked.saturating_add(file.size());
        within_limit(unpacked)?;
        let name = file.name().to_owned();
        if file.enclosed_name().is_none() {
            return Err(Flaw::invalid(format!("the ZIP has a file outside of itself: {name}"), again));
        }
        if name == "bootstrap" {
            if file.unix_mode().is_some_and(|mode| mode & 0o111 == 0) {
                let found = "its bootstrap is not executable, and Lambda could not start it";
                return Err(Flaw::invalid(found, "set its mode to 0755 before packing"));
            }
            let mut content = Vec::new();
            // What the directory says of the size was checked; what unpacks to more is not trusted.
            let most = file.size().saturating_add(1);
            (&mut file).take(most).read_to_end(&mut content).map_err(|error| broken(&error))?;
            machine = elf::bootstrap(&content)?;
        }
    }
    if unpacked == 0 {
        return Err(Flaw::invalid("the ZIP holds nothing", again));
    }
    Ok((unpacked, machine))
}

/// Writes the files of a ZIP into a folder, as Lambda does before it starts a function.
pub(crate) fn unpack(zip: &[u8], folder: &Path) -> io::Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(io::Error::other)?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(io::Error::other)?;
        let outside = || io::Error::other(format!("it has a file outside of itself: {}", file.name()));
        let path = folder.join(file.enclosed_name().ok_or_else(outside)?);
        if file.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mode = file.unix_mode();
        let mut out = fs::File::create(&path)?;
        // No more than Lambda takes, whatever the ZIP says of its sizes.
        io::copy(&mut (&mut file).take(LARGEST_UNPACKED), &mut out)?;
        set_mode(&out, mode)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(file: &fs::File, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    mode.map_or(Ok(()), |mode| file.set_permissions(fs::Permissions::from_mode(mode & 0o777)))
}

#[cfg(not(unix))]
fn set_mode(_: &fs::File, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

/// Whether Lambda takes files of this many bytes.
pub(crate) fn within_limit(unpacked: u64) -> Result<(), Flaw> {
    if unpacked <= LARGEST_UNPACKED {
        return Ok(());
    }
    let most = LARGEST_UNPACKED >> 20;
    let found = format!("its files take more than the {most} MB that Lambda allows unpacked");
    Err(Flaw::new(Code::TooLarge, found, "leave out what the function does not need"))
}
