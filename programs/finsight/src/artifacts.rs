//! The code of functions: what the config names, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use finsight_artifact::{Artifact, Kind, PackError, read};
use finsight_artifact::{Function, Machine, Placeholder, Source, Start};

use crate::config::{Architecture, Config};

/// The word in the config for code that does not exist yet.
pub const PLACEHOLDER: &str = "placeholder";

/// The tag of functions whose code does not exist yet, which says [`PLACEHOLDER`].
pub(crate) const CODE_TAG: &str = "Code";

/// What the handler of every function is called: their runtime is a custom one, which starts `bootstrap`.
pub(crate) const HANDLER: &str = "bootstrap";

/// The packed code of every function, by the function's name.
#[derive(Debug, Clone, Default)]
pub struct Artifacts(BTreeMap<String, Artifact>);

impl Artifacts {
    /// Packs the code of every function that the config names, into a folder where each is found by its hash.
    /// Paths are taken from `base`.
    ///
    /// # Errors
    /// All that is missing or does not fit, at once; nothing else was done.
    pub fn pack(config: &Config, base: &Path, folder: &Path) -> Result<Self, PackError> {
        let machine = match config.api.architecture {
            Architecture::Arm64 => Machine::Arm64,
            Architecture::X86_64 => Machine::X86_64,
        };
        let start = Some(Start { runtime: &config.api.runtime, handler: HANDLER, machine });
        let function = |(name, source)| Function { name, source, start };
        let functions: Vec<Function<'_>> = sources(config, base).into_iter().map(function).collect();
        finsight_artifact::pack(&functions, folder).map(Self)
    }

    /// The code of a function.
    #[must_use]
    pub fn of(&self, function: &str) -> Option<&Artifact> {
        self.0.get(function)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of them is too large for a call.
    #[must_use]
    pub fn any_needs_s3(&self) -> bool {
        self.0.values().any(Artifact::needs_s3)
    }
}

impl FromIterator<(String, Artifact)> for Artifacts {
    fn from_iter<T: IntoIterator<Item = (String, Artifact)>>(artifacts: T) -> Self {
        Self(artifacts.into_iter().collect())
    }
}

/// The functions that have no code of their own yet, by name.
#[must_use]
pub fn placeholders(config: &Config) -> BTreeSet<&str> {
    let functions = config.api.functions.all();
    let own =
        functions.iter().filter(|(_, _, function)| function.code == PLACEHOLDER).map(|(name, ..)| *name);
    let rest = [
        ("authorizer", &config.api.authorizer.code),
        ("slack-notifier", &config.monitoring.slack.code),
        ("database-user", &config.database.user_code),
    ];
    own.chain(rest.into_iter().filter(|(_, code)| *code == PLACEHOLDER).map(|(name, _)| name)).collect()
}

/// Where the code of each function is, by the config.
fn sources<'a>(config: &'a Config, base: &Path) -> Vec<(&'a str, Source)> {
    let source = |code: &str, placeholder: Placeholder| {
        if code == PLACEHOLDER { Source::Placeholder(placeholder) } else { Source::Path(base.join(code)) }
    };
    let api = config.api.functions.all().into_iter();
    let api = api.map(|(name, _, function)| (name, source(&function.code, Placeholder::Api)));
    let others = [
        ("authorizer", source(&config.api.authorizer.code, Placeholder::Authorizer)),
        ("database-user", source(&config.database.user_code, Placeholder::DatabaseUser)),
        ("slack-notifier", source(&config.monitoring.slack.code, Placeholder::Notifier)),
    ];
    api.chain(others).collect()
}
