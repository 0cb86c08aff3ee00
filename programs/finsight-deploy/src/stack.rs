//! A stack's program, config and places.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use finsight::config::{Config, ConfigError, Problem, Source};
use finsight_engine::context::Place;
use finsight_engine::graph::{CheckedGraph, Graph};
use finsight_engine::plan::{PlanError, Selection};
use finsight_engine::policy::{Finding, Subject, evaluate};
use finsight_engine::schema::Registry;
use finsight_engine::state::State;
use finsight_engine::urn::{Urn, UrnPattern, nearest};
use finsight_state::{Holder, Loaded, LocalStore, Presence};

use crate::cli::{Global, Select};
use crate::error::{CommandError, USAGE};
use crate::run::Program;

/// A stack as named by the options.
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Under which its state lives.
    pub base: PathBuf,
    /// Where the embedded AWS keeps its resources.
    pub local_cloud: PathBuf,
    /// The resource types.
    pub registry: Arc<Registry>,
    config_dir: Option<PathBuf>,
    passphrase: Option<String>,
}

impl Stack {
    /// The stack of these options.
    pub fn new(global: &Global) -> Result<Self, CommandError> {
        let name = &global.stack;
        let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > 24 {
            let message = format!("`{name}` cannot be a stack's name");
            let hint = "take up to 24 lower-case letters, digits and -, beginning with a letter";
            return Err(CommandError::new("CLI-STACK-NAME", message, hint).with_exit(USAGE));
        }
        let Some(path) = global.state.strip_prefix("file://") else {
            let message = format!("state cannot live at `{}`", global.state);
            return Err(CommandError::new(
                "CLI-STATE-URL",
                message,
                "take file://PATH, such as file://.finsight or file:///var/finsight",
            )
            .with_exit(USAGE));
        };
        let base = PathBuf::from(if path.is_empty() { ".finsight" } else { path });
        // What stands in the embedded AWS is another world: it has its own state.
        let local = base.join("local");
        Ok(Self {
            name: name.clone(),
            base: if global.local { local.clone() } else { base },
            local_cloud: local.join("_aws"),
            registry: Arc::new(finsight_specs::registry()),
            config_dir: global.config.clone(),
            passphrase: std::env::var("FINSIGHT_PASSPHRASE").ok().filter(|text| !text.is_empty()),
        })
    }

    /// The stack's config.
    pub fn config(&self) -> Result<Config, CommandError> {
        Ok(self.source()?.config()?)
    }

    /// The text of the stack's config.
    pub fn source(&self) -> Result<Source, CommandError> {
        let shipped_dir = Path::new("programs/config");
        if let Some(dir) = &self.config_dir {
            return Ok(Source::read(dir, &self.name)?);
        }
        if shipped_dir.join(format!("{}.json", self.name)).exists() {
            return Ok(Source::read(shipped_dir, &self.name)?);
        }
        let missing = || ConfigError {
            file: format!("{}.json", self.name),
            problems: vec![Problem {
                line: 0,
                column: 0,
                path: String::new(),
                found: format!("no config of a stack `{}`", self.name),
                expected: "dev, staging or prod, or a file of that name in --config DIR".to_owned(),
            }],
        };
        Ok(Source::built_in(&self.name).ok_or_else(missing)?)
    }

    /// The program's graph, checked. Nothing is left on disk.
    pub fn program(&self, config: &Config) -> Result<CheckedGraph, CommandError> {
        Ok(Program::of(self, config)?.graph)
    }

    /// Where the paths of a config begin.
    pub fn config_dir(&self) -> PathBuf {
        self.config_dir.clone().unwrap_or_else(|| PathBuf::from("programs/config"))
    }

    /// Where the packed code of functions lies, by its hash.
    pub fn artifacts(&self) -> PathBuf {
        self.base.join("artifacts")
    }

    /// What the policy pack says of a program today.
    pub fn policy(&self, config: &Config, graph: &Graph) -> Vec<Finding> {
        let now = finsight_engine::exec::rfc3339(finsight_driver::clock::now());
        let today = now.get(..10).unwrap_or_default();
        let subject = Subject::new(graph, &self.registry, today);
        evaluate(&finsight::policy::rules(), &subject, &finsight::policy::waivers(&config.security))
    }

    /// The state, without a lock and without writing anything.
    pub fn read(&self) -> Result<Loaded, CommandError> {
        Ok(LocalStore::read(&self.base, &self.name, self.passphrase.as_deref())?)
    }

    /// The state, for commands that only show it: of one that is empty it is said where it was looked for.
    pub fn show(&self) -> Result<Loaded, CommandError> {
        let loaded = self.read()?;
        crate::render::notices(&loaded.notices);
        self.say_if_empty(&loaded);
        Ok(loaded)
    }

    /// An empty state may be a misspelt place.
    pub fn say_if_empty(&self, loaded: &Loaded) {
        if let Some(place) = nothing_in(loaded) {
            crate::render::note(&format!("there is no state of stack `{}` in {place}", self.name));
        }
    }

    /// Refuses a stack of which nothing was ever on record: for commands that are about what is.
    pub fn check_exists(&self) -> Result<(), CommandError> {
        match nothing_in(&LocalStore::read_sealed(&self.base, &self.name)?) {
            Some(place) => Err(vec![PlanError::NeverWas { stack: self.name.clone(), place }].into()),
            None => Ok(()),
        }
    }

    /// The state of a stack that exists, for writing. A misspelt directory is not made.
    pub fn lock_existing(&self, command: &str) -> Result<LocalStore, CommandError> {
        self.check_exists()?;
        self.lock(command)
    }

    /// The state, for writing.
    pub fn lock(&self, command: &str) -> Result<LocalStore, CommandError> {
        let holder = Holder::now(&who(), command);
        Ok(LocalStore::lock(&self.base, &self.name, &holder, self.passphrase.as_deref())?)
    }

    /// The passphrase of the secrets' key.
    pub fn passphrase(&self) -> Option<String> {
        self.passphrase.clone()
    }

    /// Where a run without credentials would happen: what config and state say of it.
    pub fn offline_place(&self, config: &Config, state: &State) -> Place {
        let accounts = state.accounts();
        let recorded = if let [one] = accounts.as_slice() { Some((*one).to_owned()) } else { None };
        Place {
            account: config.account.clone().or(recorded),
            partition: Some(partition(&config.region).to_owned()),
            region: config.region.clone(),
        }
    }
}

/// Where nothing was ever on record, and why that is so.
fn nothing_in(loaded: &Loaded) -> Option<String> {
    let why = match loaded.presence {
        Presence::NoDirectory => "there is no such directory",
        Presence::NoRecords => "nothing was ever written to it",
        Presence::Records => return None,
    };
    Some(format!("{} ({why})", loaded.place.display()))
}

/// The partition of a region.
pub fn partition(region: &str) -> &'static str {
    finsight_specs::regions::partition(region).unwrap_or("aws")
}

/// User and host.
pub fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let host = gethostname::gethostname();
    format!("{}@{}", user.as_deref().unwrap_or("unknown"), host.to_string_lossy())
}

/// The selection of these options.
pub fn selection(select: &Select) -> Selection {
    Selection {
        target: patterns(&select.target),
        target_dependents: select.target_dependents,
        exclude: patterns(&select.exclude),
        component: select.component.clone(),
    }
}

/// URN patterns of these texts.
fn patterns(texts: &[String]) -> Vec<UrnPattern> {
    texts.iter().map(|text| UrnPattern::new(text)).collect()
}

/// The URN among `known` that a user means: the whole text, or a name that only one has.
///
/// `listed` says by which command such names are listed.
pub fn find_urn<'a>(
    text: &str,
    known: impl Iterator<Item = &'a Urn>,
    listed: &str,
) -> Result<Urn, CommandError> {
    let known: BTreeSet<&Urn> = known.collect();
    let pattern = UrnPattern::new(text);
    let fits: Vec<&&Urn> = known.iter().filter(|urn| urn.as_str() == text || pattern.matches(urn)).collect();
    match fits.as_slice() {
        [one] => Ok((**one).clone()),
        [] => {
            let near = nearest(text, known.iter().map(|urn| urn.as_str()));
            let hint = if near.is_empty() {
                format!("nothing was changed; `finsight-deploy {listed}` lists what is there")
            } else {
                format!("did you mean {}?", near.join(" or "))
            };
            Err(CommandError::new("PLAN-NO-SUCH-URN", format!("there is no resource `{text}`"), hint)
                .with_exit(USAGE))
        }
        many => {
            let names: Vec<&str> = many.iter().map(|urn| urn.as_str()).collect();
            let message = format!("`{text}` fits more than one resource: {}", names.join(", "));
            Err(CommandError::new("PLAN-NO-SUCH-URN", message, "give the whole URN").with_exit(USAGE))
        }
    }
}
