//! Live values into the state: `refresh`, and `drift --accept`.

use finsight_engine::accept::accept;
use finsight_engine::contract::Reading;
use finsight_engine::plan::{Confirmed, Observed};
use finsight_engine::state::{Entry, Finish, Row};

use super::ask::ask_or_stop;
use super::loaded::Holding;
use super::read::Read;
use super::settled::Settled;
use super::timestamp;
use crate::error::CommandError;
use crate::preflight;
use crate::render;
use crate::stack::who;

/// What is to be written, with the same questions asked as of a plan.
pub struct Taking {
    settled: Settled<Holding>,
    entries: Vec<Entry>,
}

impl Read<Holding> {
    /// What taking the live values in would write. What holds data leaves the record only by its name.
    pub async fn taking(self, confirmed: &Confirmed) -> Result<Taking, CommandError> {
        let Self { settled, observed, .. } = self;
        let observed = observed.unwrap_or_default();
        let desk = &settled.desk;
        let gone: Vec<&Row> = settled.state.all_rows().filter(|row| is_absent(&observed, row)).collect();
        // Between two names a database is not gone.
        desk.stop.or(preflight::check_gone(&gone, &settled.access.connection)).await??;
        let entries = accept(&desk.stack.registry, &settled.state, &observed, confirmed)?;
        Ok(Taking { settled, entries })
    }
}

fn is_absent(observed: &Observed, row: &Row) -> bool {
    matches!(observed.readings.get(&row.owner), Some(Reading::Absent))
}

impl Taking {
    /// Asks, and writes; the next `up` sees what differs from the program.
    pub async fn write(mut self, command: &str, yes: bool) -> Result<u8, CommandError> {
        if self.entries.is_empty() {
            return Ok(0);
        }
        let desk = &self.settled.desk;
        if !yes {
            ask_or_stop("take these values into the state", &desk.global, &desk.stop).await?;
        }
        desk.stop.begin()?;
        let at = timestamp();
        let started = Entry::UpdateStarted { command: command.to_owned(), who: who(), at: at.clone() };
        let count = u64::try_from(self.entries.len()).unwrap_or_default();
        self.entries.insert(0, started);
        self.entries.push(Entry::UpdateFinished {
            record: Finish {
                result: "succeeded".to_owned(),
                at,
                seconds: 0.0,
                summary: [("refresh".to_owned(), count)].into(),
                errors: Vec::new(),
            },
        });
        self.settled.access.store.append(self.entries)?;
        render::note(&format!("{count} resources on record were brought up to date"));
        Ok(self.settled.access.store.end())
    }
}
