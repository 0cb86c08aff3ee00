//! `secrets.key`: the data keys, wrapped with a passphrase where one is given.
//!
//! Four lines: a title, `plain` or `scrypt`, the Base64 of the keys (or of
//! the age file that holds them), and a checksum of the lines before, so that
//! damage can be told from a wrong passphrase.

use std::io::{Read as _, Write as _};
use std::iter;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::StateError;
use crate::files::Files;
use crate::key::{KEY, KeySealer};
use crate::layout::{Layout, read};

const TITLE: &str = "finsight-state key v";
const VERSION: u32 = 1;
/// scrypt's cost as a power of two: 64 MiB, some tenths of a second.
const WORK: u8 = 16;
/// The highest cost that is accepted from a file, so that a forged one cannot stall a run.
const WORK_LIMIT: u8 = 20;

/// What the key file is, as far as can be told without a passphrase.
pub(crate) enum KeyFile {
    Missing,
    /// Its checksum does not hold.
    Damaged(String),
    Plain(Zeroizing<Vec<u8>>),
    Wrapped(Vec<u8>),
}

impl KeyFile {
    pub fn read(layout: &Layout) -> Result<Self, StateError> {
        let path = layout.key();
        let Some(bytes) = read(&path)? else { return Ok(Self::Missing) };
        let bytes = Zeroizing::new(bytes);
        let damaged = |why: &str| Ok(Self::Damaged(why.to_owned()));
        let Ok(text) = std::str::from_utf8(&bytes) else { return damaged("it is no text") };
        let lines: Vec<&str> = text.lines().collect();
        let [title, mode, body, sum] = lines[..] else { return damaged("it has not four lines") };
        if sum != checksum(title, mode, body) {
            return damaged("its checksum does not hold");
        }
        match title.strip_prefix(TITLE).and_then(|version| version.parse::<u32>().ok()) {
            Some(VERSION) => {}
            Some(found) => return Err(StateError::Newer { file: path, found, known: VERSION }),
            None => return damaged("it is no key file"),
        }
        let Ok(content) = STANDARD.decode(body) else { return damaged("its content is not Base64") };
        Ok(match mode {
            "plain" => Self::Plain(Zeroizing::new(content)),
            "scrypt" => Self::Wrapped(content),
            other => Self::Damaged(format!("its mode `{other}` is unknown")),
        })
    }

    /// The sealer; `None` where there is no file.
    ///
    /// # Errors
    /// [`StateError::Key`] when it is damaged, or the passphrase is missing or wrong.
    pub fn open(self, path: &Path, passphrase: Option<&str>) -> Result<Option<KeySealer>, StateError> {
        let content = match self {
            Self::Missing => return Ok(None),
            Self::Damaged(why) => {
                let way_out =
                    "restore it from a backup, or run `finsight-deploy state repair --forget-secrets`";
                return Err(StateError::key(path, format!("it is damaged: {why}; {way_out}")));
            }
            Self::Plain(content) => content,
            Self::Wrapped(content) => {
                let passphrase = passphrase.ok_or_else(|| {
                    StateError::key(path, "it is protected by a passphrase; set FINSIGHT_PASSPHRASE")
                })?;
                unwrap(&content, passphrase).map_err(|why| StateError::key(path, why))?
            }
        };
        let keys: Option<Vec<Zeroizing<[u8; KEY]>>> =
            content.chunks(KEY).map(|key| Some(Zeroizing::new(key.try_into().ok()?))).collect();
        let sealer = keys.and_then(KeySealer::from_keys);
        sealer.map(Some).ok_or_else(|| StateError::key(path, "it does not hold whole keys"))
    }
}

/// What can be told of a key file without a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAbout {
    /// The file.
    pub path: PathBuf,
    /// Whether a passphrase protects it.
    pub wrapped: bool,
    /// Whether others than its owner may read or write it, by its mode; never where files have none.
    pub open_to_others: bool,
}

pub(crate) fn about(layout: &Layout) -> Result<Option<KeyAbout>, StateError> {
    let path = layout.key();
    let wrapped = match KeyFile::read(layout)? {
        KeyFile::Missing => return Ok(None),
        file => matches!(file, KeyFile::Wrapped(_)),
    };
    let about = std::fs::metadata(&path).map_err(StateError::io("read", &path))?;
    Ok(Some(KeyAbout { open_to_others: is_open(&about), path, wrapped }))
}

#[cfg(unix)]
fn is_open(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Metadata) -> bool {
    false
}

/// Writes the key file, readable by its owner alone.
pub(crate) fn write(
    layout: &Layout,
    files: &Files,
    sealer: &KeySealer,
    passphrase: Option<&str>,
) -> Result<(), StateError> {
    let path = layout.key();
    let material = sealer.material();
    let (mode, body) = match passphrase {
        None => ("plain", Zeroizing::new(STANDARD.encode(&*material))),
        Some(passphrase) => {
            let wrapped = wrap(&material, passphrase).map_err(|why| StateError::key(&path, why))?;
            ("scrypt", Zeroizing::new(STANDARD.encode(wrapped)))
        }
    };
    let title = format!("{TITLE}{VERSION}");
    let sum = checksum(&title, mode, &body);
    let text = Zeroizing::new(format!("{title}\n{mode}\n{}\n{sum}\n", *body));
    files.replace(&path, text.as_bytes(), true)
}

fn checksum(title: &str, mode: &str, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for line in [title, mode, body] {
        hasher.update(line.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

fn wrap(material: &[u8], passphrase: &str) -> Result<Vec<u8>, String> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase));
    recipient.set_work_factor(WORK);
    let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
        .map_err(|error| format!("it cannot be protected: {error}"))?;
    let mut out = Vec::new();
    let sealed = encryptor.wrap_output(&mut out).and_then(|mut writer| {
        writer.write_all(material)?;
        writer.finish()
    });
    sealed.map_err(|error| format!("it cannot be protected: {error}"))?;
    Ok(out)
}

fn unwrap(wrapped: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(WORK_LIMIT);
    let wrong = "the passphrase in FINSIGHT_PASSPHRASE is not the one that it was protected with";
    let decryptor = age::Decryptor::new(wrapped).map_err(|error| format!("it is no age file: {error}"))?;
    let mut reader =
        decryptor.decrypt(iter::once(&identity as &dyn age::Identity)).map_err(|_| wrong.to_owned())?;
    let mut material = Zeroizing::new(Vec::new());
    reader.read_to_end(&mut material).map_err(|_| wrong.to_owned())?;
    Ok(material)
}
