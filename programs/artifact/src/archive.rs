//! ZIPs: written so that the same files give the same bytes, and read so that Lambda will not be the first to complain.

use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use crate::LARGEST_UNPACKED;
use crate::error::{Code, Flaw};
use crate::start::BOOTSTRAP;

/// One file to be packed.
pub(crate) struct File {
    /// Its name, with `/` between directories.
    pub(crate) name: String,
    pub(crate) executable: bool,
    /// Whether its content is the path that it leads to.
    pub(crate) link: bool,
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
        if file.link {
            let to = String::from_utf8_lossy(&file.content).into_owned();
            zip.add_symlink(file.name, to, options).map_err(|error| broken(&error))?;
            continue;
        }
        zip.start_file(file.name, options).map_err(|error| broken(&error))?;
        zip.write_all(&file.content).map_err(|error| broken(&error))?;
    }
    zip.finish().map(Cursor::into_inner).map_err(|error| broken(&error))
}

/// The files of a ZIP that was made elsewhere. Their order, times, sizes and what else its maker wrote are not kept: the
/// same files are the same package.
pub(crate) fn files(zip: &[u8]) -> Result<Vec<File>, Flaw> {
    let again = "make the ZIP again";
    let broken =
        |error: &dyn std::fmt::Display| Flaw::invalid(format!("the ZIP cannot be read: {error}"), again);
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|error| broken(&error))?;
    let (mut files, mut unpacked) = (Vec::<File>::new(), 0_u64);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| broken(&error))?;
        unpacked = unpacked.saturating_add(file.size());
        within_limit(unpacked)?;
        let name = file.name().replace('\\', "/");
        if file.enclosed_name().is_none() {
            return Err(Flaw::invalid(format!("the ZIP has a file outside of itself: {name}"), again));
        }
        if file.is_dir() {
            continue;
        }
        // What was packed where files have no modes can be run.
        let executable = file.unix_mode().is_none_or(|mode| mode & 0o111 != 0);
        if name == BOOTSTRAP && !executable {
            let found = "its bootstrap is not executable, and Lambda could not start it";
            return Err(Flaw::invalid(found, "set its mode to 0755 before packing"));
        }
        let link = file.is_symlink();
        let mut content = Vec::new();
        // What the directory says of the size was checked; what unpacks to more is not trusted.
        let most = file.size().saturating_add(1);
        (&mut file).take(most).read_to_end(&mut content).map_err(|error| broken(&error))?;
        if content.len() as u64 == most {
            return Err(Flaw::invalid(
                format!("the ZIP says of {name} that it is smaller than it is"),
                again,
            ));
        }
        files.push(File { name, executable, link, content });
    }
    if unpacked == 0 {
        return Err(Flaw::invalid("the ZIP holds nothing", again));
    }
    Ok(files)
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
