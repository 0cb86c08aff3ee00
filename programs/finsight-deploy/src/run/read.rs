//! What stands, read.

use std::collections::BTreeSet;
use std::sync::Arc;

use finsight_driver::clock::now;
use finsight_driver::run::refresh_until;
use finsight_engine::exec::Report;
use finsight_engine::plan::{Observed, Plan, Selection, Stranger, is_blank, questions};
use finsight_engine::refresh::{Drift, Refresh, drift};
use finsight_engine::state::{Remnant, State};
use finsight_engine::urn::Urn;
use tokio::sync::watch;

use super::desk::{Desk, patience};
use super::loaded::Access;
use super::program::Program;
use super::settled::Settled;
use crate::connect::Connection;
use crate::error::CommandError;
use crate::render;

/// The state and what was read of it; `None` where it is trusted.
pub struct Read<A> {
    pub(super) settled: Settled<A>,
    pub(super) observed: Option<Observed>,
    pub(super) chosen: BTreeSet<Urn>,
    /// What new names are made from: one run, one text.
    pub(super) entropy: String,
}

impl<A: Access> Settled<A> {
    /// Reads what is selected, left at the first signal.
    pub async fn read(self, select: &Selection, program: Option<&Program>) -> Result<Read<A>, CommandError> {
        self.reading(select, program, false).await
    }

    /// Reads what is to be taken under management, whether it was once before or not.
    pub async fn read_imports(self, select: &Selection, program: &Program) -> Result<Read<A>, CommandError> {
        self.reading(select, Some(program), true).await
    }

    /// Reads what a `destroy` would take down.
    pub async fn read_to_destroy(
        self,
        select: &Selection,
        program: Option<&Program>,
    ) -> Result<Read<A>, CommandError> {
        let graph = program.map(|program| &*program.graph);
        let chosen = select.select_to_destroy(graph, &self.state).map_err(|error| vec![error])?;
        self.trusted(chosen).now(None, false).await
    }

    /// Trusts the state, and reads nothing.
    pub fn trust(self, select: &Selection, program: Option<&Program>) -> Result<Read<A>, CommandError> {
        let graph = program.map(|program| &*program.graph);
        let chosen = select.select(graph, &self.state).map_err(|error| vec![error])?;
        Ok(self.trusted(chosen))
    }

    async fn reading(
        self,
        select: &Selection,
        program: Option<&Program>,
        again: bool,
    ) -> Result<Read<A>, CommandError> {
        self.trust(select, program)?.now(program, again).await
    }

    fn trusted(self, chosen: BTreeSet<Urn>) -> Read<A> {
        Read { settled: self, observed: None, chosen, entropy: ulid::Ulid::new().to_string() }
    }

    /// Looks for what stands already where a draft would create something.
    pub(super) async fn ask(&self, draft: &Plan) -> Result<Observed, CommandError> {
        let registry = &self.desk.stack.registry;
        let questions = questions(draft, &self.state, registry);
        let Some(connection) = self.access.connection().filter(|_| !questions.is_empty()) else {
            return Ok(Observed::default());
        };
        let machine = Refresh::asking(questions, &self.state, now(), Arc::clone(registry), connection.pace);
        self.desk.stop.or(reading(machine, connection, &self.desk)).await?
    }
}

impl<A: Access> Read<A> {
    /// Reads what was chosen, where there is a way to AWS.
    async fn now(mut self, program: Option<&Program>, again: bool) -> Result<Self, CommandError> {
        let settled = &self.settled;
        let Some(connection) = settled.access.connection() else { return Ok(self) };
        let (state, place) = (&settled.state, settled.place());
        let registry = Arc::clone(&settled.desk.stack.registry);
        let mut machine = Refresh::new(state, &self.chosen, registry, connection.pace).at(now(), state);
        if let Some(program) = program {
            machine = machine.toward(&program.graph);
            machine = machine.importing(&program.graph, state, &self.chosen, &place, again);
        }
        let work = async {
            let mut observed = reading(machine, connection, &settled.desk).await?;
            // The record says it as of the last `up`.
            observed.ignored = Some(settled.desk.config.tags.ignored());
            // A state that knows of nothing is an empty one, or a lost one.
            if is_blank(state) {
                observed.strangers = strangers(&settled.desk, connection, state).await?;
            }
            Ok::<_, CommandError>(observed)
        };
        self.observed = Some(settled.desk.stop.or(work).await??);
        Ok(self)
    }
}

/// Carries a reading out; a lost network and expired credentials are waited for, and said once.
async fn reading(machine: Refresh, connection: &Connection, desk: &Desk) -> Result<Observed, CommandError> {
    let machine = machine.patience(patience(&desk.global));
    // Ctrl-C ends the whole reading from outside.
    let (_sender, interrupt) = watch::channel(false);
    let say = |report| match report {
        Report::Waiting { why, millis, .. } => {
            render::note(&format!("waiting since {} s: {why}", millis / 1000));
        }
        Report::Resumed { millis } => render::note(&format!("going on after {} s", millis / 1000)),
        _ => {}
    };
    let machine = refresh_until(machine, Arc::clone(&connection.cloud), interrupt, say).await;
    match machine.trouble() {
        Some(trouble) => Err(trouble.clone().into()),
        None => Ok(machine.into_observed()),
    }
}

/// What carries this stack's tag and is not on record.
async fn strangers(
    desk: &Desk,
    connection: &Connection,
    state: &State,
) -> Result<Vec<Stranger>, CommandError> {
    let mut regions: BTreeSet<&str> = [connection.place.region.as_str()].into();
    regions.extend(state.all_rows().map(|row| row.region.as_str()));
    let regions: Vec<&str> = regions.into_iter().collect();
    let known = |tagged: &finsight_aws::Tagged| {
        // What is kept is on record too: it carries the tags of what it came from.
        let is_kept = |one: &Remnant| {
            one.type_name == tagged.type_name && one.id == tagged.id && one.region == tagged.region
        };
        state.all_rows().any(|row| tagged.is(&row.id, &row.region, &row.outputs))
            || state.remnants.values().any(is_kept)
    };
    let (session, stack) = (&connection.session, desk.stack.name.as_str());
    let found =
        connection.ask(async || finsight_aws::strangers(session, &regions, stack, &known).await).await;
    let found = found.map_err(|failure| {
        CommandError::new("PLAN-UNREADABLE", failure.to_string(), "nothing was changed")
    })?;
    let stranger =
        |one: finsight_aws::Tagged| Stranger { type_name: one.type_name, id: one.id, region: one.region };
    Ok(found.into_iter().map(stranger).collect())
}

impl<A: Access> Read<A> {
    pub fn state(&self) -> &State {
        &self.settled.state
    }

    pub fn desk(&self) -> &Desk {
        &self.settled.desk
    }

    /// What differs between the record and what was read.
    pub fn drift(&self) -> Vec<Drift> {
        let registry = &self.settled.desk.stack.registry;
        let found = self.observed.as_ref().map(|observed| drift(registry, &self.settled.state, observed));
        found.unwrap_or_default()
    }

    /// How many resources were to be read.
    pub fn checked(&self) -> usize {
        self.settled.state.rows.keys().filter(|urn| self.chosen.contains(*urn)).count()
    }

    /// How many calls were made until now.
    pub fn api_calls(&self) -> u64 {
        self.settled.access.connection().map_or(0, |connection| connection.cloud.api_calls())
    }

    /// What carries this stack's tag and is not on record: by type and id.
    pub async fn unmanaged(&self) -> Result<Vec<(String, String)>, CommandError> {
        let Some(connection) = self.settled.access.connection() else { return Ok(Vec::new()) };
        let settled = &self.settled;
        let work = strangers(&settled.desk, connection, &settled.state);
        let found = settled.desk.stop.or(work).await??;
        Ok(found.into_iter().map(|one| (one.type_name, one.id)).collect())
    }
}
