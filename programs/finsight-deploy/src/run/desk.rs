//! What every command works with.

use finsight::config::Config;
use finsight_engine::exec::{Pace, Settings};
use finsight_engine::plan::Selection;
use finsight_engine::schema::Registry;
use finsight_engine::state::{Row, State};
use finsight_engine::urn::UrnPattern;

use super::loaded::{Holding, Loaded, Looking};
use super::program::Program;
use super::store::Shared;
use crate::cli::{Global, Planning};
use crate::connect::{Connection, connect};
use crate::error::{CommandError, USAGE};
use crate::render;
use crate::signals::Stop;
use crate::stack::{Stack, who};

/// Options, stack, config, and what was asked of the command from outside.
pub struct Desk {
    pub global: Global,
    pub stack: Stack,
    pub config: Config,
    pub stop: Stop,
}

impl Desk {
    /// The desk of these options. From here on signals are heard.
    pub fn open(global: &Global) -> Result<Self, CommandError> {
        let stack = Stack::new(global)?;
        let config = stack.config()?;
        Ok(Self { global: global.clone(), stack, config, stop: Stop::watch() })
    }

    /// The program, its code packed and its policy known.
    pub fn program(&self) -> Result<Program, CommandError> {
        Program::of(&self.stack, &self.config)
    }

    /// A selection that fits nothing is said before anything is asked of AWS. What is planned is chosen
    /// anew from the state that the plan is made from.
    pub fn check(&self, select: &Selection, program: Option<&Program>) -> Result<(), CommandError> {
        let state = self.stack.read()?.state;
        let graph = program.map(|program| &*program.graph);
        select.select(graph, &state).map_err(|error| vec![error])?;
        Ok(())
    }

    /// What `--replace` names, each by its whole name and that of its renaming. What names nothing, or nothing that
    /// is selected, is refused: it would be dropped without a word.
    pub fn replaced(
        &self,
        texts: &[String],
        select: &Selection,
        program: &Program,
    ) -> Result<Vec<UrnPattern>, CommandError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.stack.read()?.state;
        let graph = Some(&*program.graph);
        let selected = select.select(graph, &state).map_err(|error| vec![error])?;
        let mut all = Vec::new();
        for text in texts {
            let named = Selection { target: vec![UrnPattern::new(text)], ..Selection::default() };
            let named = named.select(graph, &state).map_err(|error| vec![error])?;
            let before = all.len();
            all.extend(named.intersection(&selected).map(|urn| UrnPattern::new(urn.as_str())));
            if all.len() == before {
                let message = format!("`{text}` is to be replaced, and is not among what is selected");
                let hint = "nothing was changed; select it too, or leave --replace out";
                return Err(CommandError::new("PLAN-NO-SUCH-URN", message, hint).with_exit(USAGE));
            }
        }
        Ok(all)
    }

    /// The names of what may lose its data.
    pub fn confirmed(&self, planning: &Planning) -> Result<Vec<String>, CommandError> {
        self.check_confirmed("--confirm-replace", &planning.confirm_replace)?;
        self.check_confirmed("--confirm-delete", &planning.confirm_delete)?;
        self.check_pinned(&planning.unpin)?;
        Ok([&planning.confirm_replace[..], &planning.confirm_delete[..], &planning.unpin[..]].concat())
    }

    /// Refuses a confirmation that confirms nothing: it is a slip of the pen, or for another stack.
    pub fn check_confirmed(&self, flag: &str, names: &[String]) -> Result<(), CommandError> {
        if names.is_empty() {
            return Ok(());
        }
        let state = self.stack.read()?.state;
        let holds =
            |row: &&Row| self.stack.registry.get(row.urn.type_name()).is_some_and(|spec| spec.data.is_some());
        let held: Vec<&Row> = state.all_rows().filter(holds).collect();
        let known = |name: &&String| held.iter().any(|row| row.id == **name || row.urn.as_str() == **name);
        let Some(wrong) = names.iter().find(|name| !known(name)) else { return Ok(()) };
        let held: Vec<&str> = held.iter().map(|row| row.id.as_str()).collect();
        let held = if held.is_empty() { "nothing".to_owned() } else { held.join(", ") };
        Err(CommandError::new(
            "PLAN-NO-SUCH-URN",
            format!("`{flag} {wrong}` confirms nothing: on record, what holds data is {held}"),
            "nothing was changed; give the id or the URN of what may lose its data",
        )
        .with_exit(USAGE))
    }

    /// Refuses to let go what was not taken back.
    fn check_pinned(&self, names: &[String]) -> Result<(), CommandError> {
        if names.is_empty() {
            return Ok(());
        }
        let state = self.stack.read()?.state;
        let kept = kept(&self.stack.registry, &state);
        let known =
            |name: &&String| kept.iter().any(|(row, _)| row.id == **name || row.urn.as_str() == **name);
        let Some(wrong) = names.iter().find(|name| !known(name)) else { return Ok(()) };
        let kept: Vec<&str> = kept.iter().map(|(row, _)| row.id.as_str()).collect();
        let kept = if kept.is_empty() { "nothing".to_owned() } else { kept.join(", ") };
        Err(CommandError::new(
            "PLAN-NO-SUCH-URN",
            format!(
                "`--unpin {wrong}` lets nothing go: on record, what an operation has set is kept of {kept}"
            ),
            "nothing was changed; give the name or the URN of what was taken back",
        )
        .with_exit(USAGE))
    }

    /// For commands that are about what is on record: of a stack that never was nothing can be compared,
    /// taken in or taken down. It is refused before a lock would make the misspelt directory.
    pub fn of_what_exists(self) -> Result<Self, CommandError> {
        self.stack.check_exists()?;
        Ok(self)
    }

    /// The way to AWS, left at the first signal.
    pub async fn connect(&self) -> Result<Connection, CommandError> {
        self.stop.or(connect(&self.global, &self.stack, &self.config)).await?
    }

    /// The state, for looking: without a lock, and with nothing written.
    pub async fn look(self) -> Result<Loaded<Looking>, CommandError> {
        let connection = self.connect().await?;
        self.look_by(Some(connection))
    }

    /// The state and no AWS: what program, config and state alone say.
    pub fn look_offline(self) -> Result<Loaded<Looking>, CommandError> {
        self.look_by(None)
    }

    /// The state, for looking; without AWS where there are no credentials.
    pub async fn look_with_credentials(self) -> Result<Loaded<Looking>, CommandError> {
        match self.connect().await {
            Ok(connection) => self.look_by(Some(connection)),
            Err(error) if error.code == "AWS-NO-CREDENTIALS" => {
                render::note(
                    "there are no AWS credentials: this preview is from program, config and state alone",
                );
                self.look_by(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The state, for looking, by a way to AWS that is there already.
    pub fn look_by(self, connection: Option<Connection>) -> Result<Loaded<Looking>, CommandError> {
        let read = self.stack.read()?;
        render::notices(&read.notices);
        Loaded::new(self, Looking { connection, sealer: read.sealer }, read.state)
    }

    /// The state, for writing: under its lock.
    pub async fn hold(self, command: &str) -> Result<Loaded<Holding>, CommandError> {
        let connection = self.connect().await?;
        let store = Shared::new(self.stack.lock(command)?);
        let state = store.state();
        Loaded::new(self, Holding { connection, store }, state)
    }
}

/// How long a lost network is waited out, in milliseconds.
pub fn patience(global: &Global) -> u64 {
    u64::try_from(global.network_patience.as_millis()).unwrap_or(u64::MAX)
}

/// How a run behaves, by its options.
pub fn settings(global: &Global, pace: Pace, command: &str, continue_on_error: bool) -> Settings {
    Settings {
        parallel: global.parallel.map_or(0, usize::from),
        continue_on_error,
        pace,
        network_patience: patience(global),
        command: command.to_owned(),
        who: who(),
    }
}

/// What operations have set on record and is kept, as `live_pin 6`.
pub fn kept<'s>(registry: &Registry, state: &'s State) -> Vec<(&'s Row, String)> {
    let of = |row: &'s Row| {
        let spec = registry.get(row.urn.type_name())?;
        let property = spec.properties.iter().find(|property| !property.kept_until.is_empty())?;
        let set = row.inputs.get(property.name).filter(|value| !value.is_null())?;
        Some((row, format!("{} {}", property.name, set.as_text().unwrap_or_default())))
    };
    state.rows.values().filter_map(of).collect()
}
