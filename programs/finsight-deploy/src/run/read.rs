//! What stands, read.

use std::collections::BTreeSet;
use std::sync::Arc;

use finsight_driver::run::{now, refresh};
use finsight_engine::plan::{Observed, Selection, Stranger};
use finsight_engine::refresh::{Drift, Refresh, drift};
use finsight_engine::state::State;
use finsight_engine::urn::Urn;

use super::desk::Desk;
use super::loaded::Access;
use super::program::Program;
use super::settled::Settled;
use crate::connect::Connection;
use crate::error::CommandError;

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
        let mut read = self.trust(select, program)?;
        if let Some(connection) = read.settled.access.connection() {
            let settled = &read.settled;
            let work = observed(&settled.desk, connection, &settled.state, &read.chosen);
            let found = settled.desk.stop.or(work).await??;
            read.observed = Some(found);
        }
        Ok(read)
    }

    /// Trusts the state, and reads nothing.
    pub fn trust(self, select: &Selection, program: Option<&Program>) -> Result<Read<A>, CommandError> {
        let graph = program.map(|program| &*program.graph);
        let chosen = select.select(graph, &self.state).map_err(|error| vec![error])?;
        let entropy = ulid::Ulid::new().to_string();
        Ok(Read { settled: self, observed: None, chosen, entropy })
    }
}

async fn observed(
    desk: &Desk,
    connection: &Connection,
    state: &State,
    chosen: &BTreeSet<Urn>,
) -> Result<Observed, CommandError> {
    let machine =
        Refresh::new(state, chosen, Arc::clone(&desk.stack.registry), connection.pace).at(now(), state);
    let mut observed = refresh(machine, Arc::clone(&connection.cloud)).await;
    // A state that knows of nothing is an empty one, or a lost one.
    if state.history.is_empty() && state.rows.is_empty() {
        observed.strangers = strangers(&desk.stack.name, connection, state).await?;
    }
    Ok(observed)
}

/// What carries this stack's tag and is not on record.
async fn strangers(
    stack: &str,
    connection: &Connection,
    state: &State,
) -> Result<Vec<Stranger>, CommandError> {
    let mut regions: BTreeSet<&str> = [connection.place.region.as_str()].into();
    regions.extend(state.all_rows().map(|row| row.region.as_str()));
    let mut found = Vec::new();
    for region in regions {
        let tagged = finsight_aws::tagged(&connection.session.region(region), stack).await;
        let tagged = tagged.map_err(|failure| {
            CommandError::new("PLAN-UNREADABLE", failure.to_string(), "nothing was changed")
        })?;
        let unknown = tagged
            .into_iter()
            .filter(|one| !state.all_rows().any(|row| row.id == one.id && row.region == region));
        found.extend(unknown.map(|one| Stranger {
            type_name: one.type_name,
            id: one.id,
            region: region.to_owned(),
        }));
    }
    Ok(found)
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
        let work = strangers(&settled.desk.stack.name, connection, &settled.state);
        let found = settled.desk.stop.or(work).await??;
        Ok(found.into_iter().map(|one| (one.type_name, one.id)).collect())
    }
}
