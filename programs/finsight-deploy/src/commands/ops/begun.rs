//! A restore that was cut off.

use finsight_aws::ops::database;
use finsight_aws::ops::restore::{self, RESTORE_TAG};
use finsight_aws::session::Region;
use finsight_engine::state::{Row, State};

use super::compact;
use crate::commands::patience::Stop;

/// A restore that was cut off, as the history and what stands tell of it.
pub struct Begun {
    id: String,
    options: String,
    /// The moments of updates that did not succeed, newest first; whether something came after each.
    updates: Vec<(String, bool)>,
}

impl Begun {
    /// What the state's history tells of such a command.
    pub fn of(state: &State, row: &Row, options: &str, command: &str) -> Self {
        let history = &state.history;
        let ours = history.iter().enumerate().rev().filter(|(_, update)| update.command == command);
        let open = ours.take_while(|(_, update)| !update.succeeded());
        let updates = open.map(|(index, update)| (compact(&update.at), index + 1 < history.len()));
        Self { id: row.id.clone(), options: options.to_owned(), updates: updates.collect() }
    }

    /// The moment of the restore that is to be gone on with: the mark on what stands has it, or the newest
    /// update, of which nothing may stand yet.
    pub async fn look(&self, aws: &Region) -> Result<Option<String>, Stop> {
        let fresh = restore::fresh(&self.id);
        let found = database::look(aws, &[&self.id, &fresh]).await?;
        let moment = |name: &str| {
            let (moment, options) = found.get(name)?.tags.get(RESTORE_TAG)?.split_once(' ')?;
            (options == self.options).then(|| moment.to_owned())
        };
        if let Some(moment) = moment(&fresh) {
            return Ok(Some(moment));
        }
        // Under the database's own name a mark is of a restore that may have come to its end.
        let open = |moment: &String| self.updates.iter().any(|(at, _)| at == moment);
        if let Some(moment) = moment(&self.id).filter(open) {
            return Ok(Some(moment));
        }
        Ok(self.updates.first().filter(|(_, later)| !later).map(|(at, _)| at.clone()))
    }
}
