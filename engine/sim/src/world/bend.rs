//! Where a deliberately broken engine is put in: at the seams, not inside.

use finsight_engine::contract::{Reply, Request};
use finsight_engine::plan::Plan;
use finsight_engine::state::{Entry, State};

use super::Ask;

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is stored.
    Store,
    /// It is acknowledged and forgotten.
    Drop,
    /// It is acknowledged, and stored only when the next such record comes, or the run ends.
    Later,
}

/// Which machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Open intents are settled.
    Recovery,
    /// The live resources are read.
    Refresh,
    /// A plan is carried out.
    Execution,
}

/// A transformation of what passes between the engine and its driver.
pub trait Bend {
    /// A record on its way to the store.
    fn record(&mut self, _entries: &mut Vec<Entry>) -> Keep {
        Keep::Store
    }

    /// A request on its way to the cloud.
    fn request(&mut self, _request: &mut Request) {}

    /// A reply on its way to the machine.
    fn reply(&mut self, _request: &Request, _reply: &mut Reply) {}

    /// A wait on its way to the clock, in milliseconds.
    fn wait(&mut self, millis: u64) -> u64 {
        millis
    }

    /// Whether the machine is told what the clock on the wall says, and not how much time has passed.
    fn is_on_the_wall(&self) -> bool {
        false
    }

    /// What is asked, as the planner hears it.
    fn ask(&mut self, _ask: &mut Ask) {}

    /// Whether the store takes the records of a writer that another has replaced.
    fn is_fenceless(&self) -> bool {
        false
    }

    /// A plan before it is carried out, and the state that it is carried out on.
    fn plan(&mut self, _plan: &mut Plan, _state: &State) {}

    /// A state as it is loaded.
    fn state(&mut self, _state: &mut State) {}

    /// How long waits between two looks or calls are, in thousandths.
    fn poll_permille(&self) -> u64 {
        1000
    }

    /// The lag that the engine believes in, in thousandths of the type's own.
    fn lag_permille(&self, _phase: Phase) -> u64 {
        1000
    }

    /// Whether Ctrl-C goes unheard.
    fn is_deaf(&self) -> bool {
        false
    }
}
