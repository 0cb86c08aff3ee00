//! Secret texts: never printed, never serialised in clear.

use std::sync::Arc;

/// A text that must not be seen.
///
/// It has no `Debug` or `Display` of its content, and its serialisation is
/// its sealed form alone. A secret read from storage has no clear text until
/// it is opened; one made by a program has no sealed form until it is sealed.
#[derive(Clone, Default)]
pub struct Secret {
    clear: Option<Arc<str>>,
    sealed: Option<Arc<str>>,
}

/// Seals and opens secrets with a key that the engine never sees.
///
/// Sealing must be deterministic: the same text gives the same sealed form,
/// so that an unchanged secret leaves the stored bytes unchanged.
pub trait Sealer {
    /// The sealed form of a clear text.
    fn seal(&self, clear: &str) -> String;

    /// The clear text of a sealed form.
    ///
    /// # Errors
    /// A sentence that says why it cannot be opened (wrong key, damaged).
    fn open(&self, sealed: &str) -> Result<String, String>;
}

impl Secret {
    /// A secret with this clear text.
    #[must_use]
    pub fn new(clear: impl Into<Arc<str>>) -> Self {
        Self { clear: Some(clear.into()), sealed: None }
    }

    /// A secret known only in its sealed form.
    #[must_use]
    pub fn from_sealed(sealed: impl Into<Arc<str>>) -> Self {
        Self { clear: None, sealed: Some(sealed.into()) }
    }

    /// The clear text, for the call to AWS that needs it; `None` while sealed.
    #[must_use]
    pub fn reveal(&self) -> Option<&str> {
        self.clear.as_deref()
    }

    /// The sealed form; `None` before sealing.
    #[must_use]
    pub fn sealed(&self) -> Option<&str> {
        self.sealed.as_deref()
    }

    /// Adds the sealed form.
    pub fn seal(&mut self, sealer: &dyn Sealer) {
        if let (Some(clear), None) = (&self.clear, &self.sealed) {
            self.sealed = Some(sealer.seal(clear).into());
        }
    }

    /// Adds the clear text.
    ///
    /// # Errors
    /// When the sealer cannot open it.
    pub fn open(&mut self, sealer: &dyn Sealer) -> Result<(), String> {
        if let (None, Some(sealed)) = (&self.clear, &self.sealed) {
            self.clear = Some(sealer.open(sealed)?.into());
        }
        Ok(())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (&self.clear, &other.clear) {
            (Some(a), Some(b)) => a == b,
            _ => self.sealed.is_some() && self.sealed == other.sealed,
        }
    }
}
