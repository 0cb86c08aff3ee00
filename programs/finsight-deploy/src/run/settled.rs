//! What an earlier run left open, settled.

use std::sync::Arc;

use finsight_driver::run::run;
use finsight_driver::store::{Nowhere, Store};
use finsight_engine::context::Place;
use finsight_engine::exec::{Machine, Trouble};
use finsight_engine::state::State;
use finsight_engine::urn::Urn;

use super::desk::{Desk, settings};
use super::loaded::{Access, Holding, Loaded};
use super::store::unwritten;
use crate::connect::Connection;
use crate::error::CommandError;
use crate::render::{self, Progress};
use crate::signals::interrupted;

/// The state without open operations: on record under the lock, in thought without it.
pub struct Settled<A> {
    pub(super) desk: Desk,
    pub(super) access: A,
    pub(super) state: State,
    /// The serial that a plan of it is tied to: of the state on disk, whatever was settled in thought.
    pub(super) serial: u64,
}

impl<A: Access> Loaded<A> {
    /// Settles what an earlier run left open. Without AWS it stays open, and the state is taken as it is.
    pub async fn settle(self) -> Result<Settled<A>, CommandError> {
        let (settled, troubles) = self.settle_what_can_be().await?;
        match troubles.into_iter().next() {
            Some((_, trouble)) => Err(trouble.into()),
            None => Ok(settled),
        }
    }

    /// The same, with what could not be settled: it stays open.
    async fn settle_what_can_be(self) -> Result<(Settled<A>, Vec<(Urn, Trouble)>), CommandError> {
        let loaded = self.state.serial;
        let (state, troubles) = match self.access.connection() {
            Some(connection) if !self.state.intents.is_empty() => {
                recovered(&self.desk, connection, self.state, self.access.store()).await?
            }
            _ => (self.state, Vec::new()),
        };
        // What was settled under the lock is on disk.
        let serial = if self.access.store().is_some() { state.serial } else { loaded };
        Ok((Settled { desk: self.desk, access: self.access, state, serial }, troubles))
    }
}

impl Loaded<Holding> {
    /// For operations by hand, which go past the engine from here. They are for emergencies: what cannot be
    /// settled of other resources is said, and does not stop them.
    pub async fn settle_for_hands(self) -> Result<(Desk, Holding, State), CommandError> {
        let (settled, troubles) = self.settle_what_can_be().await?;
        for (urn, trouble) in troubles {
            render::note(&format!("what an earlier run left open of {urn} stays open: {trouble}"));
        }
        Ok((settled.desk, settled.access, settled.state))
    }
}

/// The state as it is once all was settled that could be, and what could not.
async fn recovered(
    desk: &Desk,
    connection: &Connection,
    state: State,
    store: Option<&super::Shared>,
) -> Result<(State, Vec<(Urn, Trouble)>), CommandError> {
    let machine = Machine::recovery(
        state,
        Arc::clone(&desk.stack.registry),
        connection.place.clone(),
        settings(&desk.global, connection.pace, "recover", true),
    );
    let boxed: Box<dyn Store> = match store {
        Some(store) => Box::new(store.clone()),
        None => Box::new(Nowhere),
    };
    let mut progress = Progress::new(&desk.global);
    let work = run(machine, Arc::clone(&connection.cloud), boxed, desk.stop.receiver(), |report| {
        progress.report(&report);
    });
    // It only looks: what it has not written is looked for again.
    let done = desk.stop.or_soon(work).await;
    progress.finish();
    let (machine, _, outcome) = done?;
    match outcome.store_failed {
        Some(why) => Err(unwritten(&why)),
        None if outcome.interrupted => Err(interrupted()),
        None => Ok((machine.state().clone(), outcome.errors)),
    }
}

impl<A: Access> Settled<A> {
    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub fn connection(&self) -> Option<&Connection> {
        self.access.connection()
    }

    /// Where a run happens, or would happen.
    pub(super) fn place(&self) -> Place {
        match self.access.connection() {
            Some(connection) => connection.place.clone(),
            None => self.desk.stack.offline_place(&self.desk.config, &self.state),
        }
    }
}
