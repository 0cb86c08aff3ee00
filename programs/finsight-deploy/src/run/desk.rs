//! What every command works with.

use finsight::config::Config;
use finsight_engine::exec::{Pace, Settings};
use finsight_engine::plan::{Confirmed, Meant, Selection, Word};
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

    /// What was confirmed by name for a plan.
    pub fn confirmed(&self, planning: &Planning) -> Result<Confirmed, CommandError> {
        let confirmed = Confirmed {
            replace: planning.confirm_replace.clone(),
            delete: planning.confirm_delete.clone(),
            unreadable: planning.confirm_unreadable.clone(),
            unpin: planning.unpin.clone(),
            gone: Vec::new(),
        };
        self.check_confirmed(&confirmed)?;
        Ok(confirmed)
    }

    /// Refuses a confirmation that confirms nothing: it is a slip of the pen, or for another stack. What one of the last
    /// updates has done already is said: a command may be given again as it was. So may one that deletes a key.
    pub fn check_confirmed(&self, confirmed: &Confirmed) -> Result<(), CommandError> {
        let words = [Word::Replace, Word::Delete, Word::Unpin, Word::Gone];
        if words.iter().all(|word| confirmed.of(*word).is_empty()) {
            return Ok(());
        }
        let state = self.stack.read()?.state;
        for word in words {
            for name in confirmed.of(word) {
                match word.meant(&self.stack.registry, &state, name) {
                    Meant::OnRecord => {}
                    Meant::Done => {
                        let flag = word.flag();
                        render::note(&format!("`{flag} {name}` was done by an update before this one"));
                    }
                    Meant::Nothing => return Err(self.confirms_nothing(word, name, &state)),
                }
            }
        }
        Ok(())
    }

    fn confirms_nothing(&self, word: Word, name: &str, state: &State) -> CommandError {
        let all = state.all_rows().filter(|row| word.applies(&self.stack.registry, row));
        let all: Vec<&str> = all.map(|row| row.id.as_str()).collect();
        let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
        let flag = word.flag();
        let (message, hint) = match word {
            Word::Unpin => (
                format!(
                    "`{flag} {name}` lets nothing go: on record, what an operation has set is kept of {all}"
                ),
                "nothing was changed; give the name or the URN of what was taken back",
            ),
            _ => (
                format!("`{flag} {name}` confirms nothing: on record, what holds data is {all}"),
                "nothing was changed; give the id or the URN of what may lose its data",
            ),
        };
        CommandError::new("PLAN-NO-SUCH-URN", message, hint).with_exit(USAGE)
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
