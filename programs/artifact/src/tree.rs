//! The files of a directory that go into a package.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::archive::{self, File};
use crate::error::Flaw;
use crate::start::BOOTSTRAP;

/// The file in a directory that says what of it is not packed, written as `.gitignore` is.
pub const IGNORE: &str = ".lambdaignore";

/// What nobody means to pack: the records of version control, and what desktops leave behind.
const DROPPINGS: &[&str] = &[".git", ".hg", ".svn", ".DS_Store", "Thumbs.db", IGNORE];

/// Where credentials are kept. They are packed only where [`IGNORE`] asks for them by `!NAME`.
const SECRETS: &[&str] = &[
    ".aws",
    ".env",
    ".env.*",
    ".git-credentials",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".ssh",
    "*.tfstate",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];

/// All files below a directory, but what is not packed. A link to a file of the directory is packed as that file.
pub(crate) fn files(root: &Path) -> Result<Vec<File>, Flaw> {
    let inside = root.canonicalize().map_err(|error| unreadable(root, &error))?;
    let rules = |lines: &[&str]| {
        let mut builder = GitignoreBuilder::new(root);
        let added: Result<Vec<_>, _> =
            lines.iter().map(|line| builder.add_line(None, line).map(|_| ())).collect();
        added.and_then(|_| builder.build()).map_err(|error| wrong(&root.join(IGNORE), &error))
    };
    let own = match fs::read_to_string(root.join(IGNORE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(&root.join(IGNORE), &error)),
    };
    let own: Vec<&str> = own.lines().collect();
    let tree = Tree {
        inside,
        ignored: rules(&[DROPPINGS, &own].concat())?,
        secrets: rules(SECRETS)?,
        own: rules(&own)?,
    };
    let mut files = Vec::new();
    tree.collect(root, "", &mut files, &mut 0)?;
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Flaw {
    Flaw::io(&path.display().to_string(), error)
}

fn wrong(path: &Path, error: &ignore::Error) -> Flaw {
    Flaw::invalid(format!("{}: {error}", path.display()), "write its lines as those of a .gitignore")
}

struct Tree {
    /// The directory itself, without links on the way to it.
    inside: PathBuf,
    ignored: Gitignore,
    secrets: Gitignore,
    /// What its own file says, alone.
    own: Gitignore,
}

impl Tree {
    fn collect(
        &self,
        path: &Path,
        prefix: &str,
        files: &mut Vec<File>,
        unpacked: &mut u64,
    ) -> Result<(), Flaw> {
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            let place = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                let found = format!("{} is no name in UTF-8", place.display());
                return Err(Flaw::invalid(found, "rename it"));
            };
            let name = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(|error| unreadable(&place, &error))?;
            if self.ignored.matched(&name, kind.is_dir()).is_ignore() {
                continue;
            }
            let asked_for = matches!(self.own.matched(&name, kind.is_dir()), Match::Whitelist(_));
            if self.secrets.matched(&name, kind.is_dir()).is_ignore() && !asked_for {
                let found = format!("{} looks like a place of credentials", place.display());
                let remedy =
                    format!("move it away; {IGNORE} leaves it out by `{name}`, and takes it by `!{name}`");
                return Err(Flaw::invalid(found, remedy));
            }
            let found = fs::metadata(&place).map_err(|error| unreadable(&place, &error))?;
            if kind.is_symlink() {
                self.check_link(&place, found.is_dir())?;
            }
            if found.is_dir() {
                self.collect(&place, &format!("{name}/"), files, unpacked)?;
            } else if found.is_file() {
                *unpacked = unpacked.saturating_add(found.len());
                archive::within_limit(*unpacked)?;
                let executable = name == BOOTSTRAP || may_run(&found);
                let content = fs::read(&place).map_err(|error| unreadable(&place, &error))?;
                files.push(File { name, executable, link: false, content });
            } else {
                let found = format!("{} is neither a file nor a directory", place.display());
                return Err(Flaw::invalid(found, "remove it"));
            }
        }
        Ok(())
    }

    /// A link to a directory could be a circle, and one that leaves the directory brings in what nobody sees there.
    fn check_link(&self, place: &Path, to_directory: bool) -> Result<(), Flaw> {
        if to_directory {
            let found = format!("{} is a link to a directory", place.display());
            return Err(Flaw::invalid(found, "put the directory itself there"));
        }
        let target = place.canonicalize().map_err(|error| unreadable(place, &error))?;
        if !target.starts_with(&self.inside) {
            let found =
                format!("{} is a link to {}, outside of its directory", place.display(), target.display());
            return Err(Flaw::invalid(found, "put the file itself there"));
        }
        Ok(())
    }
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
