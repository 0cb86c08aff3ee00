//! What every command works with.

use finsight::config::Config;
use finsight_engine::exec::{Pace, Settings};
use finsight_engine::plan::{PlanError, Selection};
use finsight_engine::state::State;

use super::loaded::{Holding, Loaded, Looking};
use super::program::Program;
use super::store::Shared;
use crate::cli::Global;
use crate::connect::{Connection, connect};
use crate::error::CommandError;
use crate::render;
use crate::signals::Stop;
use crate::stack::{Stack, who};

/// Options, stack, config, and what was asked of the command from outside.
pub struct Desk {
    pub global: Global,
    pub stack: Stack,
    pub config: Config,
    pub stop: Stop,
    /// Whether a stack that never was is refused.
    exists: bool,
}

impl Desk {
    /// The desk of these options. From here on signals are heard.
    pub fn open(global: &Global) -> Result<Self, CommandError> {
        let stack = Stack::new(global)?;
        let config = stack.config()?;
        Ok(Self { global: global.clone(), stack, config, stop: Stop::watch(), exists: false })
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

    /// For commands that are about what is on record: of a stack that never was nothing can be compared,
    /// taken in or taken down.
    pub fn of_what_exists(self) -> Self {
        Self { exists: true, ..self }
    }

    fn check_exists(&self) -> Result<(), CommandError> {
        if self.exists && never_was(&self.stack.read()?.state) {
            let (stack, place) = (self.stack.name.clone(), self.stack.place());
            return Err(vec![PlanError::NeverWas { stack, place }].into());
        }
        Ok(())
    }

    /// The way to AWS, left at the first signal.
    async fn connect(&self) -> Result<Connection, CommandError> {
        let connection = self.stop.or(connect(&self.global, &self.stack, &self.config)).await??;
        // Before the lock is taken: that would make the misspelt directory.
        self.check_exists()?;
        Ok(connection)
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

    fn look_by(self, connection: Option<Connection>) -> Result<Loaded<Looking>, CommandError> {
        let read = self.stack.read()?;
        render::notices(&read.notices);
        Loaded::new(self, Looking { connection, sealer: read.sealer }, read.state)
    }

    /// The state, for writing: under its lock.
    pub async fn hold(self, command: &str) -> Result<Loaded<Holding>, CommandError> {
        let connection = self.connect().await?;
        let store = Shared::new(self.stack.lock(command)?);
        render::notices(store.held().notices());
        let state = store.state();
        Loaded::new(self, Holding { connection, store }, state)
    }
}

/// Whether nothing was ever on record.
pub fn never_was(state: &State) -> bool {
    state.serial == 0 && state.history.is_empty() && state.rows.is_empty() && state.intents.is_empty()
}

/// How a run behaves, by its options.
pub fn settings(global: &Global, pace: Pace, command: &str, continue_on_error: bool) -> Settings {
    Settings {
        parallel: global.parallel.map_or(0, usize::from),
        continue_on_error,
        pace,
        command: command.to_owned(),
        who: who(),
    }
}
