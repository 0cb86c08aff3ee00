//! The code of functions: what the config names, and what became of it.

use std::collections::BTreeMap;

use crate::config::Config;

/// The word in the config for code that does not exist yet.
pub const PLACEHOLDER: &str = "placeholder";

/// The bytes of an archive that Lambda takes in a call (`aws-semantics.md` 3); larger ones go through S3.
pub const IN_A_CALL: u64 = 50 * 1024 * 1024;

/// A packed archive of a function's code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Artifact {
    /// Its SHA-256 in hexadecimal digits: its name in the folder of artifacts.
    pub sha256_hex: String,
    /// The same as Base64 text, as Lambda says it.
    pub sha256_base64: String,
    /// Its bytes.
    pub size: u64,
}

impl Artifact {
    /// Whether it is too large for a call.
    #[must_use]
    pub fn needs_s3(&self) -> bool {
        self.size > IN_A_CALL
    }
}

/// The packed code of every function, by the function's name.
#[derive(Debug, Clone, Default)]
pub struct Artifacts {
    by_name: BTreeMap<String, Artifact>,
    none: Artifact,
}

impl Artifacts {
    /// These archives, by function.
    #[must_use]
    pub fn new(by_name: BTreeMap<String, Artifact>) -> Self {
        Self { by_name, none: Artifact::default() }
    }

    /// The code of a function.
    #[must_use]
    pub fn of(&self, function: &str) -> &Artifact {
        self.by_name.get(function).unwrap_or(&self.none)
    }

    /// Whether any of them is too large for a call.
    #[must_use]
    pub fn any_needs_s3(&self) -> bool {
        self.by_name.values().any(Artifact::needs_s3)
    }
}

/// Where the code of each function is, by the config: the function's name, and a path or [`PLACEHOLDER`].
#[must_use]
pub fn sources(config: &Config) -> Vec<(String, String)> {
    let api = config.api.functions.all().into_iter().map(|(name, _, function)| (name, &function.code));
    let others =
        [("authorizer", &config.api.authorizer.code), ("slack-notifier", &config.monitoring.slack.code)];
    api.chain(others).map(|(name, code)| (name.to_owned(), code.clone())).collect()
}
