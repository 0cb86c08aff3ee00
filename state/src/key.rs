//! Sealing secrets: deterministic authenticated encryption under the stack's data key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::rand_core::RngCore as _;
use chacha20poly1305::aead::{Aead as _, OsRng};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use finsight_engine::secret::Sealer;
use zeroize::{Zeroize as _, Zeroizing};

const PREFIX: &str = "v1:";
const NONCE: usize = 24;
const TAG: usize = 16;
pub(crate) const KEY: usize = 32;

/// What random texts are of: as many as six bits tell apart, so that each is as likely.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A text that nobody can guess, of so many letters, digits, `-` and `_`, by the system's own generator.
#[must_use]
pub fn random_text(length: usize) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(vec![0_u8; length]);
    OsRng.fill_bytes(&mut bytes);
    Zeroizing::new(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect())
}

/// One data key and what is derived from it.
struct DataKey {
    raw: Zeroizing<[u8; KEY]>,
    cipher: XChaCha20Poly1305,
    nonces: Zeroizing<[u8; KEY]>,
}

impl DataKey {
    fn new(raw: Zeroizing<[u8; KEY]>) -> Self {
        let mut key = blake3::derive_key("finsight-state v1 encryption of secrets", &*raw);
        let nonces = blake3::derive_key("finsight-state v1 nonces of secrets", &*raw);
        let cipher = XChaCha20Poly1305::new(&key.into());
        key.zeroize();
        Self { raw, cipher, nonces: Zeroizing::new(nonces) }
    }

    /// The nonce is a keyed hash of the text, so that the same text gives the
    /// same bytes and two texts never share a nonce.
    fn nonce(&self, clear: &str) -> XNonce {
        let hash = blake3::keyed_hash(&self.nonces, clear.as_bytes());
        *XNonce::from_slice(&hash.as_bytes()[..NONCE])
    }

    fn open(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, cipher_text) = sealed.split_at_checked(NONCE)?;
        let clear = self.cipher.decrypt(XNonce::from_slice(nonce), cipher_text).ok()?;
        let clear = String::from_utf8(clear).ok()?;
        (self.nonce(&clear).as_slice() == nonce).then_some(clear)
    }
}

/// Seals and opens the secrets of one stack.
///
/// XChaCha20-Poly1305 with a nonce derived from the text (a synthetic IV): the
/// same text under the same key has the same sealed form, `v1:` and Base64. It
/// shows which secrets are equal and how long they are, and nothing else. The
/// first key seals; older ones, kept after a rotation, still open.
pub struct KeySealer {
    keys: Vec<DataKey>,
}

impl KeySealer {
    /// A sealer with a fresh random key.
    #[must_use]
    pub fn generate() -> Self {
        Self { keys: vec![DataKey::new(random_key())] }
    }

    /// A sealer with these keys, the current one first; `None` without any.
    pub(crate) fn from_keys(keys: Vec<Zeroizing<[u8; KEY]>>) -> Option<Self> {
        let keys: Vec<DataKey> = keys.into_iter().map(DataKey::new).collect();
        if keys.is_empty() { None } else { Some(Self { keys }) }
    }

    /// The same keys behind a fresh one.
    pub(crate) fn rotated(&self) -> Self {
        let old = self.keys.iter().map(|key| key.raw.clone());
        Self { keys: std::iter::once(random_key()).chain(old).map(DataKey::new).collect() }
    }

    /// All keys, one after the other: what the key file holds.
    pub(crate) fn material(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.keys.len() * KEY));
        for key in &self.keys {
            out.extend_from_slice(&*key.raw);
        }
        out
    }
}

fn random_key() -> Zeroizing<[u8; KEY]> {
    let mut key = XChaCha20Poly1305::generate_key(&mut OsRng);
    let raw = Zeroizing::new(key.into());
    key.as_mut_slice().zeroize();
    raw
}

impl Sealer for KeySealer {
    fn seal(&self, clear: &str) -> String {
        let Some(key) = self.keys.first() else { return String::new() };
        let nonce = key.nonce(clear);
        let mut out = nonce.to_vec();
        // Encryption refuses only texts of 256 GiB. The empty result would not open, and a
        // record is written only after every sealed text in it has been opened again.
        out.extend(key.cipher.encrypt(&nonce, clear.as_bytes()).unwrap_or_default());
        format!("{PREFIX}{}", STANDARD.encode(out))
    }

    fn open(&self, sealed: &str) -> Result<String, String> {
        let text = sealed
            .strip_prefix(PREFIX)
            .ok_or("the sealed text is of a form that this version does not know")?;
        let bytes = STANDARD.decode(text).map_err(|_| "the sealed text is damaged")?;
        if bytes.len() < NONCE + TAG {
            return Err("the sealed text is cut off".to_owned());
        }
        self.keys
            .iter()
            .find_map(|key| key.open(&bytes))
            .ok_or_else(|| "it was sealed with another key, or is damaged".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_seals_to_the_same_bytes_and_opens_again() {
        let sealer = KeySealer::generate();
        for text in ["", "hunter2", "日本語", &"x".repeat(10_000)] {
            let sealed = sealer.seal(text);
            assert_eq!(sealed, sealer.seal(text));
            assert_eq!(sealer.open(&sealed).as_deref(), Ok(text));
        }
        assert_ne!(sealer.seal("a"), sealer.seal("b"));
        assert_ne!(sealer.seal("a"), KeySealer::generate().seal("a"));
    }

    #[test]
    fn no_changed_byte_opens() {
        let sealer = KeySealer::generate();
        let sealed = sealer.seal("hunter2");
        let bytes = STANDARD.decode(&sealed[PREFIX.len()..]).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(sealer.open(&format!("{PREFIX}{}", STANDARD.encode(&changed))).is_err());
            assert!(sealer.open(&format!("{PREFIX}{}", STANDARD.encode(&bytes[..at]))).is_err());
        }
        assert!(sealer.open("hunter2").is_err());
    }

    #[test]
    fn a_rotated_key_still_opens_what_the_old_one_sealed() {
        let old = KeySealer::generate();
        let new = old.rotated();
        assert_eq!(new.open(&old.seal("a")).as_deref(), Ok("a"));
        assert_ne!(new.seal("a"), old.seal("a"));
        assert!(old.open(&new.seal("a")).is_err());
    }
}
